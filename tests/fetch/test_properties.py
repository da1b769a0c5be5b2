"""Properties of the parts that read what others wrote: sets, addresses, first bytes."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fetch.marker import read_marker
from fetch.transfer import known_type
from fetch.volume import Volume
from fetch.weight_set import MAGIC, PATH, WeightsError, acceptable, public, read_set, set_digest

GOOD = {
    "path": f"weights/{'a' * 64}/a.gguf",
    "url": "https://example.org/a.gguf",
    "sha256": "a" * 64,
    "size": 1,
    "about": 1,
}
DIGEST = set_digest([str(GOOD["path"])])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def parsed(raw: object) -> list[Path]:
    """Read the value as a set and return the paths in it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "set.json"
        file.write_text(raw if isinstance(raw, str) else json.dumps(raw), "utf-8", "surrogatepass")
        return [Path(each.path) for each in read_set(file, allow_http=False)[1]]


def test_the_good_entry_is_read():
    assert parsed({"version": 1, "digest": DIGEST, "files": [GOOD]}) == [Path(str(GOOD["path"]))]


@settings(max_examples=40)
@given(JSON)
def test_a_set_of_another_shape_is_refused_in_one_sentence(raw: object):
    with pytest.raises(WeightsError):
        parsed(raw)


@given(st.text())
def test_text_that_is_no_set_is_refused_in_one_sentence(text: str):
    with pytest.raises(WeightsError):
        parsed(text)


def test_a_set_nested_too_deep_is_refused_in_one_sentence():
    with pytest.raises(WeightsError):
        parsed("[" * 100_000)


@settings(max_examples=60)
@given(st.sampled_from(sorted(GOOD)), JSON)
def test_an_entry_with_one_other_value_is_refused_or_stays_in_its_folder(key: str, value: object):
    try:
        paths = parsed({"version": 1, "digest": DIGEST, "files": [GOOD | {key: value}]})
    except WeightsError:
        return
    assert paths == [Path(str(GOOD["path"]))]


@given(st.text(alphabet="./\\\0\n ~a-_G%é", max_size=30))
def test_an_accepted_path_stays_in_its_own_folder(name: str):
    found = PATH.fullmatch(f"weights/{'a' * 64}/{name}.gguf")
    if found:
        path = Path(found[0])
        assert path.parts[:2] == ("weights", "a" * 64)
        assert len(path.parts) == 3
        assert ".." not in str(path)


@given(st.text(alphabet="htps:/@?#[].%a0-\n \\é", max_size=40))
def test_an_accepted_address_is_https_and_shown_without_secrets(tail: str):
    for url in (tail, f"https://{tail}", f"https://user:secret@{tail}"):
        if acceptable(url, allow_http=False):
            assert url.startswith("https://")
            assert url.isascii()
            assert "secret" not in public(url)
            assert not set("?#\n ") & set(public(url))


@given(st.binary(max_size=60), st.sampled_from(sorted(MAGIC)))
def test_random_content_is_of_a_known_type_only_with_its_first_bytes(content: bytes, suffix: str):
    head = content[:9]
    if known_type(f"a{suffix}", head, len(content)):
        assert head.startswith((b"GGUF", b"lmgg")) or head.endswith(b"{")


@settings(max_examples=40)
@given(JSON)
def test_a_marker_of_any_shape_is_read_or_ignored(raw: object):
    with tempfile.TemporaryDirectory() as folder:
        marker = Path(folder) / ".sets" / f"{DIGEST}.json"
        marker.parent.mkdir()
        marker.write_text(json.dumps(raw))
        assert read_marker(Volume(Path(folder)), DIGEST) == {}
