from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.problem import Problem
from documents.reader import Document
from gitops.adapters.head import Answer, Reason, Silence
from gitops.sources.sources import is_cut_off, source_problems, sources, unreachable
from models.definition import Definition
from settings.access.downloads import HubSettings
from tests.models.entries import DIGEST, chat

URL = "https://huggingface.co/o/r/resolve/main/model.gguf"
OTHER = "b" * 64
DOCUMENT = Document(
    file="models/sample.yaml", value={},
    lines={("weights", "url"): 7, ("weights", "sha256"): 9, ("weights", "size"): 10},
)  # fmt: skip


def weights(**fields: Any) -> dict[str, Any]:
    return {
        "url": URL, "file": "model.gguf", "sha256": DIGEST, "size": 5_000_000_000, **fields,
    }  # fmt: skip


def model(**fields: Any) -> Definition:
    return Definition.model_validate(chat(weights=weights(**fields)))


def judged(answer: Answer | Silence, **fields: Any) -> list[Problem]:
    (source,) = sources(model(**fields), DOCUMENT)
    return list(source_problems([source], {URL: answer}))


def answer(status: int = 302, **headers: str) -> Answer:
    known = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(url=URL, status=status, headers=known)


def hub(size: int = 5_000_000_000, sha256: str = DIGEST, **headers: str) -> Answer:
    return answer(302, x_linked_size=str(size), x_linked_etag=f'"{sha256}"', **headers)


def said(found: list[Problem]) -> list[tuple[bool, str]]:
    return [(one.refuses, str(one)) for one in found]


def test_a_source_that_agrees_is_right():
    assert judged(hub(content_length="1058")) == []


def test_another_size_is_named_with_its_line():
    ((refuses, line),) = said(judged(hub(size=5_000_000_001)))

    assert refuses
    assert line.startswith(
        "models/sample.yaml:10: weights.size: is 5000000000, but huggingface.co has 5000000001 "
    )


def test_another_digest_is_named_with_its_line():
    ((refuses, line),) = said(judged(hub(sha256=OTHER)))

    assert refuses
    assert line.startswith("models/sample.yaml:9: weights.sha256: is 0123456789ab…, but hugg")
    assert OTHER in line


def test_an_estimate_is_told_the_bytes_and_refused_where_it_is_far_off():
    (near,) = judged(hub(), size="about 5.03 GB")
    (far,) = judged(hub(), size="about 4.40 GB")

    assert (near.refuses, near.cure) == (False, "write 5000000000")
    assert (far.refuses, far.path) == (True, ("weights", "size"))


def test_a_small_estimate_is_not_refused_for_its_rounding():
    (found,) = judged(hub(size=74_400_000), size="about 0.07 GB")

    assert not found.refuses


@pytest.mark.parametrize(
    "headers",
    [
        {"etag": f'"{DIGEST}"', "x_repo_commit": "c"},
        {"etag": f'W/"{DIGEST}"', "x_repo_commit": "c"},
        {"x_checksum_sha256": DIGEST.upper()},
    ],
)
def test_a_mirror_may_say_the_digest_in_its_own_way(headers: dict[str, str]):
    assert judged(answer(200, content_length="5000000000", **headers)) == []


def test_what_a_source_does_not_say_is_only_noted():
    found = judged(answer(200, etag=f'"{OTHER}"'))

    assert [one.refuses for one in found] == [False, False]
    assert [one.path[-1] for one in found] == ["size", "sha256"]


def test_the_length_of_a_redirect_is_not_that_of_the_file():
    (found,) = judged(answer(302, content_length="1058"))

    assert "does not show the file (302)" in found.cause


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (404, "EntryNotFound", "has no such file in that repository"),
        (404, "RevisionNotFound", "knows no such revision"),
        (404, "", "has no such file (404)"),
        (401, "RepoNotFound", "has no such repository, or it is private"),
        (401, "GatedRepo", "says that the model is gated"),
        (403, "GatedRepo", "says that the model is gated"),
        (401, "", "wants a login"),
        (403, "", "forbids it"),
        (405, "", "does not answer to HEAD"),
        (429, "", "has had too many requests"),
        (503, "", "is in trouble (503)"),
        (418, "", "does not show the file (418)"),
    ],
)
def test_a_refusal_is_told_in_words(status: int, code: str, words: str):
    ((refuses, line),) = said(judged(answer(status, x_error_code=code)))

    assert refuses
    assert line.startswith(f"models/sample.yaml:7: weights.url: huggingface.co {words}")


@pytest.mark.parametrize("reason", Reason)
def test_silence_is_told_in_words(reason: Reason):
    ((refuses, line),) = said(judged(Silence(url=URL, reason=reason, text="is 10.0.0.1")))

    assert refuses
    assert line.startswith("models/sample.yaml:7: weights.url: ")
    assert "{" not in line


@pytest.mark.parametrize(("count", "cut_off"), [(1, False), (2, True)])
def test_no_network_is_told_once_and_a_host_that_is_down_at_its_files(count: int, cut_off: bool):
    answers = {
        f"{URL}{number}": Silence(url=URL, reason=Reason.NAME, text="no name server")
        for number in range(count)
    }

    assert is_cut_off(answers) == cut_off
    assert str(unreachable(answers)).startswith(f"--sources: none of {count} files can be ")


def test_where_a_redirect_leads_is_told_without_its_signature():
    away = Silence(
        url="https://u:hush@10.0.0.1/a?signature=hush", reason=Reason.REFUSED, text="is not public"
    )
    ((_, line),) = said(judged(away))

    assert "leads to 10.0.0.1, which is not public" in line
    assert "hush" not in line


def test_a_mirror_is_asked_in_the_place_of_the_hub():
    mirror = HubSettings(endpoint="https://mirror.example/hf")
    (source,) = sources(model(), DOCUMENT, mirror)

    assert source.url == "https://mirror.example/hf/o/r/resolve/main/model.gguf"


def test_every_file_of_a_model_is_asked_and_no_image():
    image = f"oci://registry.example/models/a@sha256:{DIGEST}"
    companion = weights(url=URL.replace("model", "eyes"), file="eyes.gguf")
    made = Definition.model_validate(
        chat(weights=weights(url=image), companions={"mmproj": companion})
    )

    assert [one.path for one in sources(made, DOCUMENT)] == [("companions", "mmproj")]


HEADERS = st.dictionaries(
    st.sampled_from(["x-linked-size", "x-linked-etag", "etag", "content-length", "x-repo-commit",
                     "x-error-code", "x-checksum-sha256"]),
    st.text(max_size=70),
)  # fmt: skip


@given(st.integers(100, 599), HEADERS)
def test_any_answer_is_judged_in_single_lines(status: int, headers: Mapping[str, str]):
    for one in judged(Answer(url=URL, status=status, headers=headers)):
        assert "\n" not in str(one)
        assert one.line in (7, 9, 10)
