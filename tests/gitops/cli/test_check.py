import json
import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from documents.problem import Problem
from gitops.cli import exits
from gitops.planning.rendering.rendering import Rendering
from gitops.validation import judgement
from tests.engine import CLUSTER_UID
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine


def test_the_committed_stacks_have_nothing_to_mend(command_line: CommandLine):
    ended = command_line("check", "dev")
    assert ended.code == exits.DONE
    assert re.search(r"^1 stack, \d+ objects: no problems found$", ended.out, re.MULTILINE)
    assert ended.err == ""


def test_every_problem_is_named_with_its_line_and_cure(
    command_line: CommandLine, checkout: Checkout
):
    checkout.edit("Pulumi.dev.yaml", "cpu: 4", "cpus: 4")
    checkout.edit("Pulumi.staging.yaml", "gpu: nvidia-l4", "gpu: nvidia-l44")
    ended = command_line("check")
    assert ended.code == exits.REFUSED
    lines = ended.out.splitlines()
    assert any(line.startswith("Pulumi.dev.yaml:") and "'cpu'" in line for line in lines)
    assert any(line.startswith("Pulumi.staging.yaml:") and "nvidia-l44" in line for line in lines)


def _nothing(_: Rendering) -> Iterator[Problem]:
    return iter(())


def test_json_is_one_document_and_nothing_else(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(judgement, "schema_problems", _nothing)
    ended = command_line("check", "dev", "--output", "json")
    document = json.loads(ended.out)
    assert (document["version"], document["stacks"], document["problems"]) == (2, ["dev"], [])
    assert (ended.code, ended.err) == (exits.DONE, "")


def test_json_names_what_is_wrong(command_line: CommandLine, checkout: Checkout):
    checkout.edit("Pulumi.dev.yaml", "cpu: 4", "cpus: 4")
    ended = command_line("check", "dev", "--output", "json")
    (problem,) = json.loads(ended.out)["problems"]
    assert (problem["file"], problem["line"]) == ("Pulumi.dev.yaml", _line(checkout, "cpus: 4"))
    assert problem["key"] == "config.localai:pools.chat.cpus"
    assert (problem["cause"], problem["cure"]) == ("is not a known key", "did you mean 'cpu'?")
    assert ended.code == exits.REFUSED


def test_json_has_a_value_only_where_the_message_has_it(
    command_line: CommandLine, checkout: Checkout
):
    checkout.edit("Pulumi.dev.yaml", "cpu: 4", "password: hunter2\n      gpu: nvidia-l44")
    ended = command_line("check", "dev", "--output", "json")
    problems = {one["key"].split(".")[-1]: one for one in json.loads(ended.out)["problems"]}
    assert problems["password"]["value"] == ""
    assert "hunter2" not in ended.out


def _line(checkout: Checkout, text: str) -> int:
    lines = (checkout.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_github_output_annotates_the_line(command_line: CommandLine, checkout: Checkout):
    checkout.edit("Pulumi.dev.yaml", "cpu: 4", "cpus: 4")
    ended = command_line("check", "dev", "--output", "github")
    line = _line(checkout, "cpus: 4")
    assert ended.out.startswith(f"::error file=Pulumi.dev.yaml,line={line},title=")
    assert ended.code == exits.REFUSED


def test_sarif_output_names_the_line(command_line: CommandLine, checkout: Checkout):
    checkout.edit("Pulumi.dev.yaml", "cpu: 4", "cpus: 4")
    ended = command_line("check", "dev", "--output", "sarif")
    (result,) = json.loads(ended.out)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": _line(checkout, "cpus: 4")}
    assert ended.code == exits.REFUSED


def test_markdown_is_a_list(command_line: CommandLine, checkout: Checkout):
    checkout.edit("Pulumi.dev.yaml", "cpu: 4", "cpus: 4")
    ended = command_line("check", "--output", "markdown")
    assert all(line.startswith("- ") for line in ended.out.splitlines())


def test_a_broken_model_is_named_with_its_file(command_line: CommandLine, checkout: Checkout):
    checkout.edit("models/qwen3-0.6b.yaml", "slots: 2", "slotts: 2")
    ended = command_line("check")
    assert ended.code == exits.REFUSED
    assert "models/qwen3-0.6b.yaml:" in ended.out


SOON = date.today() + timedelta(days=30)


def _waive(checkout: Checkout, until: date) -> None:
    waiver = f'{{rule: image-by-digest, reason: the mirror keeps tags, until: "{until}"}}'
    text = (checkout.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    bound = f"{{name: dev, uid: {CLUSTER_UID}}}"
    text = text.replace("localai:cluster: dev", f"localai:cluster: {bound}")
    checkout.write("Pulumi.dev.yaml", f"{text}  localai:waivers: [{waiver}]\n")


def test_a_note_is_marked_and_lets_pass(command_line: CommandLine):
    ended = command_line("check", "dev")
    assert ended.code == exits.DONE
    assert [line for line in ended.out.splitlines() if line.startswith("note: dev: ")]


def test_a_broken_rule_refuses_with_its_id(command_line: CommandLine, checkout: Checkout):
    _waive(checkout, date(2020, 1, 31))
    ended = command_line("check", "dev")
    assert ended.code == exits.REFUSED
    first = ended.out.splitlines()[0]
    assert re.match(r"Pulumi\.dev\.yaml:[0-9]+: waivers\[0\]: waives image-by-digest but ", first)
    assert first.endswith(" [waiver-current]")
    assert "no problems found" not in ended.out


def test_json_tells_findings_apart(command_line: CommandLine, checkout: Checkout):
    _waive(checkout, SOON)
    document = json.loads(command_line("check", "dev", "--output", "json").out)
    assert (document["problems"], document["notes"]) == ([], [])
    (waived,) = document["waived"]
    assert (waived["rule"], waived["stack"]) == ("image-by-digest", "dev")
    assert waived["level"] == "waived"


def test_text_names_what_is_waived(command_line: CommandLine, checkout: Checkout):
    _waive(checkout, SOON)
    ended = command_line("check", "dev", "--output", "markdown")
    assert ended.out.startswith("- waived: dev: the stack: ")
    assert ended.code == exits.DONE
