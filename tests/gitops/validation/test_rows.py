import json
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.problem import Problem
from gitops.validation.judgement import RULES
from gitops.validation.rows import (
    UNNAMED,
    Level,
    Row,
    annotations,
    document,
    problem_row,
    sarif,
)

PROBLEM = Problem(
    file="Pulumi.dev.yaml",
    path=("config", "localai:pools", "chat", "gpu"),
    line=7,
    cause="is 'l4', not a profile",
    cure="use one of these",
    value="l4",
)
RULE = RULES[0]
FINDING = RULE.problem(Problem(object="Job a", cause="is by tag"), "dev")
ROWS = (problem_row(PROBLEM), problem_row(FINDING), problem_row(FINDING, waived=True))
texts = st.text(max_size=20)
rows = st.builds(
    Row,
    level=st.sampled_from(Level),
    text=texts,
    file=texts,
    line=st.integers(0, 9),
    cause=texts,
    cure=texts,
    rule=texts,
)


def test_json_has_each_part_of_a_problem_under_a_key_of_its_own():
    (problem,) = document(ROWS[:1], ["dev"], None)["problems"]

    assert problem == {
        "level": "error",
        "text": str(PROBLEM),
        "file": "Pulumi.dev.yaml",
        "line": 7,
        "key": "config.localai:pools.chat.gpu",
        "value": "l4",
        "stack": "",
        "object": "",
        "cause": "is 'l4', not a profile",
        "cure": "use one of these",
        "rule": UNNAMED,
    }


@given(st.lists(rows, max_size=4))
def test_json_holds_every_row_once_by_level(table: list[Row]):
    written = document(table, [], None)

    for level, name in ((Level.ERROR, "problems"), (Level.NOTE, "notes"), (Level.WAIVED, "waived")):
        assert [one["text"] for one in written[name]] == [
            row.text for row in table if row.level is level
        ]


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """Return what a runner reads: command, properties and message."""
    _, head, message = line.split("::", 2)
    command, _, told = head.partition(" ")
    properties = dict(one.split("=", 1) for one in told.split(",") if one)
    return command, {name: unquote(one) for name, one in properties.items()}, unquote(message)


# What a runner decodes: these five and no other escape.
plain = st.text(st.characters(codec="utf-8", exclude_characters="\ufffd"), min_size=1, max_size=20)


@given(plain, plain, st.integers(1, 9), st.sampled_from([Level.ERROR, Level.NOTE]))
def test_an_annotation_is_one_line_that_reads_back(text: str, file: str, line: int, level: Level):
    row = Row(level=level, text=text, file=file, line=line, cause="", cure="", rule="a-rule")
    (written,) = annotations([row], "")

    assert "\n" not in written
    assert "\r" not in written
    command = {Level.ERROR: "error", Level.NOTE: "notice"}[level]
    told = {"file": file, "line": str(line), "title": "a-rule"}
    assert parsed(written) == (command, told, text)


def test_what_is_waived_is_told_and_annotates_nothing():
    (line,) = annotations(ROWS[2:], "")

    assert line.startswith("waived: dev: Job a: ")


@pytest.mark.parametrize(
    ("folder", "path"), [("", "Pulumi.dev.yaml"), ("ai", "ai/Pulumi.dev.yaml")]
)
def test_files_are_named_from_the_top_of_the_repository(folder: str, path: str):
    (line,) = annotations(ROWS[:1], folder)
    (result,) = sarif(ROWS[:1], folder)["runs"][0]["results"]

    assert parsed(line)[1]["file"] == path
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": path}


# The required properties of each object of SARIF 2.1.0 that is written (section 3 of the standard).
REQUIRED = {
    "log": {"version", "runs"},
    "run": {"tool"},
    "tool": {"driver"},
    "driver": {"name"},
    "rule": {"id"},
    "result": {"message"},
    "message": {"text"},
    "suppression": {"kind"},
}


def objects(log: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    (run,) = log["runs"]
    driver, results = run["tool"]["driver"], run["results"]
    return [
        ("log", log),
        ("run", run),
        ("tool", run["tool"]),
        ("driver", driver),
        *(("rule", rule) for rule in driver["rules"]),
        *(("result", one) for one in results),
        *(("message", one["message"]) for one in results),
        *(("suppression", one) for result in results for one in result.get("suppressions", ())),
    ]


@given(st.lists(rows, max_size=4))
def test_sarif_has_what_the_standard_requires(table: list[Row]):
    log = json.loads(json.dumps(sarif(table, "")))
    rules = log["runs"][0]["tool"]["driver"]["rules"]

    assert log["version"] == "2.1.0"
    for kind, one in objects(log):
        assert REQUIRED[kind] <= one.keys()
    assert len({rule["id"] for rule in rules}) == len(rules)
    for row, result in zip(table, log["runs"][0]["results"], strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == row.rule
        assert result["level"] in {"error", "note"}
        assert bool(result.get("suppressions")) == (row.level is Level.WAIVED)
        for location in result.get("locations", ()):
            place = location["physicalLocation"]
            assert unquote(place["artifactLocation"]["uri"]) == row.file
            assert place["region"]["startLine"] >= 1


def test_a_breach_without_a_key_of_its_own_is_one_of_its_stack_file():
    assert (ROWS[1].file, ROWS[1].line, ROWS[1].rule) == ("Pulumi.dev.yaml", 0, RULE.id)
