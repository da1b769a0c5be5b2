"""A suite is read strictly: what is broken in it is refused with file, line and key."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from documents.problem import RefusedError
from gitops.acceptance.suite import Suite, read_suite, suite_problems, suites, validator
from settings.file import StackFile, read_stack_file

GOOD: dict[str, Any] = {
    "description": "Capitals.",
    "questions": [
        {
            "id": "france",
            "ask": "What is the capital of France?",
            "expect": {"contains": ["Paris"]},
        },
        {"id": "sum", "ask": "2+2?", "system": "Be brief.", "expect": {"exact": "4"}},
        {"id": "object", "ask": "JSON?", "expect": {"json_schema": {"type": "object"}}},
        {"id": "near", "ask": "Who?", "expect": {"similar": {"to": "A baker.", "at_least": 0.8}}},
        {"id": "rule", "ask": "Why?", "expect": {"judge": "It names a reason."}},
    ],
}


def read(folder: Path, text: str) -> Suite:
    (folder / "evaluations").mkdir(exist_ok=True)
    (folder / "evaluations" / "facts.yaml").write_text(text, encoding="utf-8")
    return read_suite(folder, "facts")[0]


def refusals(folder: Path, text: str) -> list[str]:
    with pytest.raises(RefusedError) as refused:
        read(folder, text)
    return [str(one) for one in refused.value.problems]


def test_a_suite_has_each_kind_of_expectation_and_says_whom_it_needs(tmp_path: Path):
    suite = read(tmp_path, yaml.safe_dump(GOOD, sort_keys=False))
    assert [one.id for one in suite.questions] == ["france", "sum", "object", "near", "rule"]
    assert (suite.needs_judge, suite.needs_embedder, suite.tokens) == (True, True, 256)


def test_the_digest_is_of_what_is_asked_and_of_what_is_right():
    made = Suite.model_validate(GOOD)
    same = Suite.model_validate({**GOOD, "description": "Other words."})
    assert same.digest == made.digest
    others = [{**GOOD, "tokens": 8}, {**GOOD, "questions": GOOD["questions"][:4]}]
    assert len({made.digest, *(Suite.model_validate(one).digest for one in others)}) == 3


@pytest.mark.parametrize(
    ("expect", "cause"),
    [
        ("{}", "expect: expects nothing; use one of exact, contains"),
        ("{exact: a, judge: b}", "expect: expects exact and judge at once; use one of"),
        ("{contains: []}", "contains: has too few entries"),
        ("{contains: Paris}", "contains: is not a list"),
        ('{exact: " "}', "exact: is empty; write what is meant"),
        ("{json_schema: {type: objekt}}", "json_schema: is not a JSON Schema: "),
        ("{json_schema: {$ref: 'https://h/s'}}", "json_schema: is not a JSON Schema: "),
        ("{json_schema: {$ref: 'file:///etc/passwd'}}", "json_schema: is not a JSON Schema: "),
        ("{similar: {to: a, at_least: 1.5}}", "similar.at_least: is 1.5, too large"),
        ("{similar: {to: a, at_least: 0}}", "similar.at_least: is 0"),
        ("{similar: {to: a}}", "similar.at_least: is missing"),
        ("{regex: a}", "regex: is not a known key"),
    ],
)
def test_a_broken_expectation_is_refused_at_its_line(tmp_path: Path, expect: str, cause: str):
    text = f"description: a\nquestions:\n  - id: one\n    ask: b\n    expect: {expect}\n"
    assert any(
        line.startswith("evaluations/facts.yaml:5: questions[0].expect") and cause in line
        for line in refusals(tmp_path, text)
    ), refusals(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "is empty"),
        ("- a\n", "is not a mapping"),
        ("description: a\nquestions: []\n", "has too few entries"),
        ("description: &a b\n", "uses a YAML anchor"),
        ("description: a\nquestions:\n" + "  - {id: b, ask: c, expect: {exact: d}}\n" * 2,
         "has two questions named b; rename one of them"),
    ],
)  # fmt: skip
def test_what_is_no_suite_is_refused(tmp_path: Path, text: str, cause: str):
    assert any(cause in line for line in refusals(tmp_path, text))


WORDS = st.sampled_from([*Suite.model_fields, "id", "ask", "expect", "exact", "contains", "judge",
                         "json_schema", "similar", "to", "at_least", "$ref", "type"])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=9) | st.just("a"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(found=st.dictionaries(WORDS, VALUES, max_size=4))
def test_whatever_stands_in_a_file_is_a_suite_or_refused(
    tmp_path_factory: pytest.TempPathFactory, found: Any
):
    folder = tmp_path_factory.getbasetemp()
    try:
        problems = () if read(folder, yaml.safe_dump(found)).questions else None
    except RefusedError as refused:
        problems = refused.problems
    assert problems is not None
    assert all(one.file and one.cause and one.cure for one in problems)


def stack_file(folder: Path, **evaluate: Any) -> StackFile:
    config = {
        "localai:namespace": "a", "localai:cluster": "b", "localai:server": {"version": "v4.9.0"},
        "localai:pools": {"chat": {"models": ["one", "two"], "storage": {"size": "1Gi"}}},
        "localai:acceptance": {"evaluate": evaluate},
    }  # fmt: skip
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}, sort_keys=False))
    return read_stack_file(folder, "dev")


def test_a_stack_names_the_judge_that_its_suite_needs(tmp_path: Path):
    read(tmp_path, yaml.safe_dump(GOOD))
    short = stack_file(tmp_path, facts={"models": ["one"], "leastPercent": 80})
    told = [str(one) for one in suite_problems(tmp_path, [short])]
    assert len(told) == 2
    place = "config.localai:acceptance.evaluate.facts: has no judge"
    assert f"{place}, which evaluations/facts.yaml needs; add `judge: NAME`" in told[0]
    assert "has no embedder" in told[1]
    whole = {"models": ["one"], "leastPercent": 80, "judge": "two", "embedder": "two"}
    (wanted,) = suites(tmp_path, stack_file(tmp_path, facts=whole))
    assert (wanted.name, wanted.settings.least_percent) == ("facts", 80)


def test_a_suite_that_is_not_there_is_refused_and_one_that_no_stack_names_is_read(tmp_path: Path):
    file = stack_file(tmp_path, other={"models": ["one"], "leastPercent": 80})
    read(tmp_path, yaml.safe_dump(GOOD))
    (tmp_path / "evaluations" / "idle.yaml").write_text("a: 1\n")
    told = [str(one) for one in suite_problems(tmp_path, [file])]
    words = "evaluate.other: asks the suite other, and evaluations/other.yaml is not there; use one"
    assert any(words in one for one in told)
    assert any(one.startswith("evaluations/idle.yaml:1: a: is not a known key") for one in told)


@pytest.mark.parametrize("key", ["$schema", "$ref", "$dynamicRef"])
def test_a_schema_that_refers_elsewhere_is_refused_and_not_fetched(tmp_path: Path, key: str):
    expect = {"json_schema": {key: "http://127.0.0.1:9/elsewhere"}}
    text = yaml.safe_dump({**GOOD, "questions": [{"id": "a", "ask": "b", "expect": expect}]})
    assert "is not a JSON Schema" in " ".join(refusals(tmp_path, text))


def doubling(levels: int) -> dict[str, Any]:
    chain = {f"a{at}": {"allOf": [{"$ref": f"#/$defs/a{at + 1}"}] * 2} for at in range(levels)}
    return {"$defs": {**chain, f"a{levels}": {"type": "object"}}, "$ref": "#/$defs/a0"}


def deep(levels: int, inner: int) -> dict[str, Any]:
    found: dict[str, Any] = {"$defs": {f"a{levels}": {}}, "$ref": "#/$defs/a0"}
    for at in range(levels):
        node: dict[str, Any] = {"$ref": f"#/$defs/a{at + 1}"}
        for _ in range(inner):
            node = {"not": node}
        found["$defs"][f"a{at}"] = node
    return found


@pytest.mark.parametrize(
    ("schema", "cause"),
    [
        (deep(90, 30), "nested too deeply"),
        (doubling(40), "take more than 100000 steps"),
        (doubling(400), "more than 100 references"),
        ({"items": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}, "is circular at #"),
        ({"$defs": {"a": {"$anchor": "x"}}, "$ref": "#x"}, "refers to #x"),
        ({"properties": {"a": {"$id": "urn:x", "$ref": "#"}}}, "has $id"),
    ],
)
def test_a_schema_that_would_take_for_ever_is_refused(schema: dict[str, Any], cause: str):
    with pytest.raises(ValueError, match=re.escape(cause)):
        validator(schema)


def test_a_schema_may_name_its_parts_and_properties_as_it_likes():
    schema = {"$defs": {"a/b": {"type": "string"}}, "properties": {
        "$id": {"$ref": "#/$defs/a~1b"}, "$ref": {"type": "integer"}}}  # fmt: skip
    made = validator(schema)
    assert made.is_valid({"$id": "x", "$ref": 1})
    assert not made.is_valid({"$id": 1})
    assert validator(doubling(10)).is_valid({})
