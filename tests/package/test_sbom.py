from pathlib import Path

import pytest

from package.sbom import bill, main
from tests.support.project import ROOT

LOCKS = sorted(ROOT.glob("apps/*/requirements.txt"))
LOCK = f"""\
a-package==1.2.3 \\
    --hash=sha256:{"1" * 64} \\
    --hash=sha256:{"2" * 64}
uvicorn[standard]==0.5 ; python_version > "3" \\
    --hash=sha256:{"3" * 64}
"""


def test_each_package_is_named_with_the_files_that_its_lock_allows():
    first, second = bill(LOCK, "chat")["components"]

    assert first["purl"] == "pkg:pypi/a-package@1.2.3"
    assert [one["value"] for one in first["properties"]] == ["1" * 64, "2" * 64]
    assert (second["name"], second["version"]) == ("uvicorn", "0.5")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.parent.name)
def test_no_package_of_an_application_is_left_out(lock: Path, capsys: pytest.CaptureFixture[str]):
    text = lock.read_text()

    assert main([str(lock)]) == 0

    assert capsys.readouterr().out.count('"purl"') == text.count("==")


def test_a_lock_has_to_be_named(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 2
    assert "name one lock" in capsys.readouterr().err
