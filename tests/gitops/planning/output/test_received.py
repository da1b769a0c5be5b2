"""What somebody else's code hands over is a plan, or it is said why it is not."""

import json
import os
from pathlib import Path

import pytest

from gitops.planning.output.received import NoPlanError, received

GOLDEN = Path(__file__).parents[3] / "golden/model-swapped/preview.json"


def test_a_plan_is_taken_as_it_is(tmp_path: Path):
    file = tmp_path / "plan.json"
    file.write_bytes(GOLDEN.read_bytes())
    assert received(file) == json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"# Approved", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 50_000, "nested too deep"),
        (b"[" * 100 + b"]" * 100, "nested deeper than 60"),
        (b'{"version": 3, "version": 3}', "a key is there twice"),
        (b'{"version": NaN}', "NaN is not a number"),
        (b'{"version": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"version": 3, "deep": [' + b"9" * 4000 + b"]}", "a number is not below"),
        (b'{"version": 1e999}', "a number is not below"),
        (b'{"version": 3}', "not a plan"),
        (b"[" + b"0," * 2_000_001 + b"0]", "more than 2000000 values"),
        (b" " * 20_000_001, "more than 20000000 bytes"),
    ],
)
def test_what_is_no_plan_is_refused_with_its_cause(data: bytes, why: str, tmp_path: Path):
    file = tmp_path / "plan.json"
    file.write_bytes(data)
    with pytest.raises(NoPlanError, match=why):
        received(file)


def test_only_a_file_of_its_own_is_read(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    for name in ("pipe", "link", "missing", "."):
        with pytest.raises(NoPlanError, match="handed over"):
            received(tmp_path / name)


@pytest.mark.parametrize("lone", ["\\ud800", "\\u0000"])
def test_a_text_that_is_no_unicode_is_refused_or_shown_as_its_code(lone: str, tmp_path: Path):
    from gitops.planning.output.markdown import markdown

    document = json.loads(GOLDEN.read_text(encoding="utf-8")) | {"base": "here"}
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document).replace('"here"', f'"{lone}"'), encoding="utf-8")
    try:
        shown = markdown(received(file))
    except NoPlanError:
        return
    assert shown.encode("utf-8").count(b"\x00") == 0
