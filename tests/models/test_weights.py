from typing import Any

import pytest
from pydantic import ValidationError

from models.weights import Weights, WeightsSize
from tests.models.entries import DIGEST, WEIGHTS


def weights(**fields: Any) -> Weights:
    return Weights.model_validate(WEIGHTS | fields)


def refusal(**fields: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        weights(**fields)
    (detail,) = caught.value.errors()
    assert detail["loc"] == tuple(fields)
    return detail.get("ctx", {})["cause"]


def test_a_file_lies_below_its_digest():
    assert weights().path == f"weights/{DIGEST}/model.gguf"


@pytest.mark.parametrize(
    ("text", "count", "most"),
    [
        ("about 5.03 GB", 5_030_000_000, 5_035_000_000),
        ("about 0.81 GB", 810_000_000, 815_000_000),
        ("about 4.1 GB", 4_100_000_000, 4_150_000_000),
        ("about 1 MB", 1_000_000, 1_500_000),
        ("about 0.000001 MB", 1, 1),
        ("about 10000 GB", 10**13, 10**13),
    ],
)
def test_an_estimate_is_in_decimal_units_and_stands_for_what_rounds_to_it(
    text: str, count: int, most: int
):
    size = weights(size=text).size

    assert (size.bytes, size.most, size.exact) == (count, most, False)


@pytest.mark.parametrize("count", [1, 5_027_783_488, 10**13])
def test_a_count_of_bytes_is_exact(count: int):
    assert weights(size=count).size == WeightsSize(bytes=count, exact=True)


@pytest.mark.parametrize(
    "value",
    [
        0, -1, 10**13 + 1, True, False, 1.0, "", "5 GB", "5000000000", "about 5GB", "about 5 GiB",
        "about 0 GB", "about 0.0 MB", "about -1 GB", "about 10001 GB", "about " + "9" * 400 + " GB",
        "about 1e3 GB", "about 5 GB\n", "About 5 GB", [1], {"bytes": 1, "exact": True},
    ],
)  # fmt: skip
def test_what_is_no_size_is_refused_in_one_short_line(value: object):
    cause = refusal(size=value)

    assert cause.endswith(" is not a size")
    assert len(cause) < 80


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (WeightsSize(bytes=5_027_783_488, exact=True), "5.03 GB"),
        (WeightsSize(bytes=5_030_000_000, exact=False), "about 5.03 GB"),
        (WeightsSize(bytes=999_999_999, exact=True), "1000 MB"),
        (WeightsSize(bytes=150_000_000, exact=False), "about 150 MB"),
    ],
)
def test_a_size_is_shown_as_file_hosts_show_it(size: WeightsSize, text: str):
    assert str(size) == text


def test_an_upper_case_digest_is_refused_with_the_one_to_write():
    with pytest.raises(ValidationError) as caught:
        weights(sha256=DIGEST.upper())

    assert caught.value.errors()[0].get("ctx", {})["cure"] == f"write {DIGEST}"


@pytest.mark.parametrize(
    "text", ["", DIGEST[1:], DIGEST + "0", DIGEST + "\n", "g" * 64, f"sha256:{DIGEST}", "٣" * 64]
)
def test_what_is_no_digest_is_refused(text: str):
    assert "is not a sha256" in refusal(sha256=text)


@pytest.mark.parametrize(
    "url",
    [
        "https://weights.example/model.gguf",
        "https://weights.example:8443/a/b%20c@main/model.gguf",
        "https://nexus/repository/models/model.gguf",
    ],
)
def test_a_plain_https_address_is_taken(url: str):
    assert weights(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://weights.example/a",
        "HTTPS://weights.example/a",
        "ftp://weights.example/a",
        "file:///etc/passwd",
        "huggingface://owner/name/a.gguf",
        "//weights.example/a",
        "https://weights.example",
        "https:///a",
        "https://weights.example /a",
        "https://weights.example/a b",
        "https://weights.example/a\n",
        "https://weights.example\\.evil.example/a",
        "https://w\u0435ights.example/a",
        "https://weights{0}.ex\u2100mple/a",
        "https://[::1/a",
        "https://weights.example:/a",
        " https://weights.example/a",
        "",
    ],
)
def test_another_address_is_refused(url: str):
    assert refusal(url=url).endswith("is not an https address")


@pytest.mark.parametrize("rest", ["/a?b=c", "/a?", "/a#b", "/a#", "?a"])
def test_an_address_with_a_query_or_a_fragment_is_refused(rest: str):
    assert "carries" in refusal(url=f"https://weights.example{rest}")


@pytest.mark.parametrize("user", ["me@", "me:secret@", "@", ":@"])
def test_an_address_with_a_user_is_refused_without_saying_who(user: str):
    cause = refusal(url=f"https://{user}weights.example/a")

    assert cause == "carries a user name, a query or a fragment"


@pytest.mark.parametrize("file", ["a.gguf", "A-1_b.c.gguf", "ggml-base.bin", "ae.safetensors"])
def test_a_file_of_numbers_is_taken(file: str):
    assert weights(file=file, url=f"https://weights.example/{file}").file == file


@pytest.mark.parametrize(
    "file",
    [
        "a.pt",
        "a.pth",
        "a.ckpt",
        "a.pkl",
        "a.gguf.pt",
        "a.py",
        "a.so",
        "a",
        "a.safetensors.index",
        "a.GGUF",
    ],
)
def test_a_file_that_could_run_code_is_refused(file: str):
    assert "is of a type that is not allowed" in refusal(file=file)


@pytest.mark.parametrize(
    "file",
    ["../a.gguf", "/a.gguf", "a/b.gguf", "a\\b.gguf", ".gguf", "a b.gguf", "a.gguf\n", "", "ä.gguf",
     "-a.gguf", "a:b.gguf", "a..gguf", "m" * 196 + ".gguf"],
)  # fmt: skip
def test_a_file_that_could_leave_its_folder_is_refused(file: str):
    assert "is not a plain file name" in refusal(file=file)


def test_a_file_may_lie_in_an_image_named_by_its_content():
    image = "registry.test:5000/models/qwen@sha256:" + "a" * 64

    assert weights(url=f"oci://{image}").image == image
    assert weights().image is None


@pytest.mark.parametrize(
    "rest",
    [
        "registry.test/models/qwen:v1",
        "registry.test/models/qwen@sha256:" + "A" * 64,
        "registry.test@sha256:" + "a" * 64,
        "registry.test/a b@sha256:" + "a" * 64,
    ],
)
def test_an_image_by_tag_is_refused(rest: str):
    assert refusal(url=f"oci://{rest}").endswith("is not an image by digest")
