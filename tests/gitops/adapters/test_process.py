import sys
from pathlib import Path

import pytest

from gitops.adapters.process import MissingProgramError, run


def test_a_program_that_fails_reports_its_code_its_output_and_its_errors(tmp_path: Path):
    script = "import sys; print('said'); print('wrong', file=sys.stderr); sys.exit(7)"
    done = run([sys.executable, "-c", script], tmp_path)
    assert (done.code, done.output.strip(), done.errors.strip()) == (7, b"said", "wrong")


def test_a_program_runs_in_its_folder_with_its_environment(tmp_path: Path):
    script = "import os; print(os.getcwd(), os.environ['WORD'])"
    done = run([sys.executable, "-c", script], tmp_path, {"WORD": "hello"})
    assert done.output.decode().split() == [str(tmp_path.resolve()), "hello"]


def test_a_program_cannot_wait_for_input(tmp_path: Path):
    done = run([sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"], tmp_path)
    assert done.output.strip() == b"''"


def test_errors_in_another_encoding_are_still_readable(tmp_path: Path):
    script = "import sys; sys.stderr.buffer.write(b'caf\\xe9')"
    assert run([sys.executable, "-c", script], tmp_path).errors.startswith("caf")


def test_a_missing_program_is_named_with_its_cure(tmp_path: Path):
    with pytest.raises(MissingProgramError, match="no-such-program is not on PATH; install it"):
        run(["no-such-program"], tmp_path)
