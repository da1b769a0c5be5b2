"""What findings amount to, and their JSON form, held against the schema that is published."""

import json
from typing import Any

import jsonschema_rs
import pytest

from proof.finding import Check, Finding, Verdict, document, passed
from tests.support.project import ROOT

SCHEMA: dict[str, Any] = json.loads(
    (ROOT / "docs/reference/verify.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)


def finding(check: Check, verdict: Verdict) -> Finding:
    return Finding(check=check, pool="chat", name="a", verdict=verdict, text="seen")


@pytest.mark.parametrize("check", Check)
def test_nothing_passes_that_failed_and_an_answer_must_have_been_seen(check: Check):
    assert passed([finding(check, Verdict.PASS)])
    assert not passed([finding(check, Verdict.PASS), finding(check, Verdict.FAIL)])
    assert passed([finding(check, Verdict.UNSEEN)]) is (check is not Check.ANSWERS)


def test_the_json_form_has_every_word_of_its_schema_and_no_other():
    found = [finding(check, verdict) for check in Check for verdict in Verdict]
    made = json.loads(json.dumps(document("dev", "1.0", found)))
    VALIDATOR.validate(made)
    defined = SCHEMA["$defs"]["check"]["properties"]
    assert set(defined) == set(made["checks"][0])
    assert (defined["check"]["enum"], defined["verdict"]["enum"]) == ([*Check], [*Verdict])
