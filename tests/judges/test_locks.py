"""pip-audit finds vulnerabilities, or says that nobody could tell; it is never green in silence."""

from pathlib import Path
from typing import Any

import pytest

from judges.verdict import JudgeError
from judges.workflows import lock_findings, silence

LOCK = Path("/checkout/requirements.txt")


def found(*packages: dict[str, Any]) -> list[str]:
    report = {"dependencies": list(packages)}
    return [str(one) for one in lock_findings(LOCK, LOCK.name, report)]


def test_a_vulnerability_names_its_cure():
    known = {"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"]}

    assert found({"name": "idna", "version": "1.0", "vulns": [known]}) == [
        "requirements.txt: idna 1.0 is vulnerable; 1.1, 2.0 mends it [PYSEC-1]"
    ]


def test_a_package_without_one_is_no_finding():
    assert found({"name": "idna", "version": "1.0", "vulns": []}) == []


def test_a_package_that_nobody_could_look_up_is_a_finding():
    assert found({"name": "idna", "skip_reason": "not found"}) == [
        "requirements.txt: not found [unknown]"
    ]


def test_a_lock_without_packages_is_a_finding():
    assert found() == ["requirements.txt: requirements.txt names no package [empty]"]


def test_a_service_that_does_not_answer_is_said():
    told = "Traceback\n\nrequests.exceptions.ConnectionError: no route to api.osv.dev\n"

    assert "does not answer (requests.exceptions.ConnectionError: no route" in silence("", told)
    assert silence("{}", told) == ""


@pytest.mark.parametrize("told", ["", "Traceback\nKeyError: 'name'", "error: no such option"])
def test_any_other_failure_is_no_silence(told: str):
    with pytest.raises(JudgeError, match="pip-audit did not answer"):
        silence("", told)
