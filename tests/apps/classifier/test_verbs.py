"""The verbs of the classifier, as far as they need none of its packages."""

from pathlib import Path

import pytest

from apps.classifier.__main__ import main

PLAN = ["plan", "--first", "1.0.0", "--second", "1.1.0", "--expected", "0.9", "--least", "0.05"]


def test_a_file_that_cannot_be_written_is_named_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "nowhere" / "plan.json"

    assert main([*PLAN, str(file)]) == 1

    assert f"{file}: No such file or directory; name a file" in capsys.readouterr().err
