"""The JSON form of what was found, held against the schema that is published."""

import json
from typing import Any

import jsonschema_rs

from gitops.acceptance.result import Kind, Result, document
from proof.finding import Check, Verdict
from tests.gitops.acceptance.test_figures import chat, load, tally
from tests.proof.test_finding import finding
from tests.support.project import ROOT

SCHEMA: dict[str, Any] = json.loads(
    (ROOT / "docs/reference/verify.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)


def test_the_json_form_has_every_word_of_its_schema_and_no_other():
    found = tuple(finding(check, verdict) for check in Check for verdict in Verdict)
    made = json.loads(json.dumps(document("dev", "1.0", Result(findings=found))))
    VALIDATOR.validate(made)
    defined = SCHEMA["$defs"]["check"]["properties"]
    assert set(defined) == set(made["checks"][0])
    assert (defined["check"]["enum"], defined["verdict"]["enum"]) == ([*Check], [*Verdict])


def test_the_json_form_of_a_load_has_its_figures_and_its_course():
    run = tally(load(), [chat(number) for number in range(10)])
    figures = run.figures("chat", "assistant")
    result = Result(kind=Kind.LOAD, findings=(), figures=(figures,), details=(run.course(),))
    made = json.loads(json.dumps(document("dev", "1.0", result)))
    VALIDATOR.validate(made)
    assert made["load"][0]["name"] == "assistant"
    assert [one["begun"] for one in made["load"][0]["course"]] == [10]
    assert SCHEMA["properties"]["kind"]["enum"] == [*Kind]
