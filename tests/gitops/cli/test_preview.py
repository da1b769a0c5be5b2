import json
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest

from gitops.cli import exits, preview
from gitops.planning.base import BaseRendering
from gitops.planning.checkout import declared
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine
from tests.support.project import PROJECT, ROOT

SCHEMA = json.loads((ROOT / "docs/reference/plan.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def branch(checkout: Checkout) -> Checkout:
    """Return a checkout on a branch that adds a model to one stack."""
    checkout.git("switch", "--quiet", "--create", "change")
    checkout.edit("Pulumi.dev.yaml", "[qwen3-0.6b,", "[qwen3-0.6b, qwen3-1.7b,")
    checkout.commit("Add a model")
    return checkout


def near(text: str, one: str, other: str) -> bool:
    return any(one in line and other in line for line in text.split("\n"))


def test_an_unchanged_checkout_has_no_change(command_line: CommandLine):
    ended = command_line("preview", "--base", "HEAD", "--exit-code")
    assert ended.code == exits.DONE
    assert ended.out.count("no change") == 3
    assert ended.err == ""


def test_a_branch_is_shown_in_models_against_where_it_left_main(
    command_line: CommandLine, branch: Checkout
):
    ended = command_line("preview")
    assert ended.code == exits.DONE
    assert "Start here" in ended.out
    assert near(ended.out, "qwen3-1.7b", "added")
    assert near(ended.out, "production", "no change")
    assert branch.git("status", "--porcelain") == ""


def test_a_difference_ends_with_its_own_code_when_asked(
    command_line: CommandLine, branch: Checkout
):
    assert command_line("preview", "--exit-code").code == exits.DIFFERENT
    assert command_line("preview", "staging", "--exit-code").code == exits.DONE
    assert branch.git("worktree", "list").count("\n") == 0


def test_a_change_of_the_program_alone_is_not_called_no_change(
    command_line: CommandLine, checkout: Checkout
):
    checkout.write("stack.py", f"{(checkout.folder / 'stack.py').read_text(encoding='utf-8')}\n")
    ended = command_line("preview", "dev", "--exit-code")
    assert ended.code == exits.DIFFERENT
    assert near(ended.out, "dev", "no object changes, but see the notes")
    assert near(ended.out, "note: the program changes: stack.py;", "read it as code")


def test_a_refused_change_ends_with_one_even_when_a_difference_would_end_with_three(
    command_line: CommandLine, checkout: Checkout
):
    checkout.edit("Pulumi.dev.yaml", "    embeddings:", "    vectors:")
    ended = command_line("preview", "--exit-code", "dev")
    assert ended.code == exits.REFUSED
    assert ended.out.startswith("REFUSED")
    assert "localai-embeddings-storage" in ended.out


def test_json_goes_to_standard_output_alone_and_is_of_its_published_form(
    command_line: CommandLine, branch: Checkout
):
    ended = command_line("preview", "--output", "json")
    document = json.loads(ended.out)
    jsonschema_rs.validate(SCHEMA, document)
    assert ended.err == ""
    assert "Start here" in document["base"]
    changed = [stack["stack"] for stack in document["stacks"] if stack["objects"]]
    assert changed == ["dev"], branch.folder


def test_a_second_run_says_the_same_bytes(command_line: CommandLine, branch: Checkout):
    before = branch.private_files()
    assert command_line("preview").out == command_line("preview").out
    assert branch.private_files() == before


def test_markdown_is_a_comment(command_line: CommandLine, branch: Checkout):
    ended = command_line("preview", "--output", "markdown")
    assert ended.out.startswith("<!-- localai-gitops plan -->")
    assert near(ended.out, "qwen3-1.7b", "added"), branch.folder


def test_a_dirty_tree_is_shown_before_it_is_committed(
    command_line: CommandLine, checkout: Checkout
):
    checkout.edit("Pulumi.dev.yaml", "assistant: qwen3-0.6b", "assistant: llama-3.2-1b-instruct")
    assert near(command_line("preview", "dev").out, "assistant", "changed")


def test_against_nothing_everything_is_new(command_line: CommandLine):
    ended = command_line("preview", "dev", "--base", "none", "--output", "json")
    document = json.loads(ended.out)
    jsonschema_rs.validate(SCHEMA, document)
    changes = {change["change"] for change in document["stacks"][0]["objects"]}
    assert changes == {"create"}


def test_an_unknown_base_is_refused_with_its_cure(command_line: CommandLine):
    ended = command_line("preview", "--base", "mian")
    assert (ended.code, ended.out) == (exits.REFUSED, "")
    assert "--base mian: is not a commit in this repository" in ended.err


def test_an_unknown_base_is_a_problem_of_the_plan_that_others_read(command_line: CommandLine):
    ended = command_line("preview", "--base", "mian", "--output", "json")
    document = json.loads(ended.out)
    jsonschema_rs.validate(SCHEMA, document)
    assert ended.code == exits.REFUSED
    (problem,) = document["problems"]
    assert problem["place"] == "--base mian"
    assert problem["cause"] == "is not a commit in this repository"
    shown = command_line("preview", "--base", "mian", "--output", "markdown").out
    assert "Could not be rendered" in shown
    assert "No stack is declared" not in shown


def test_a_base_that_cannot_be_rendered_makes_everything_new_and_says_why(
    command_line: CommandLine, checkout: Checkout
):
    checkout.git("rm", "--quiet", "-r", "--cached", "gitops")
    checkout.git("commit", "--quiet", "--message", "Before there was a tool")
    ended = command_line("preview", "dev", "--base", "HEAD")
    text = " ".join(ended.out.split())
    assert ended.code == exits.DONE
    assert "no gitops/" in text
    assert "everything is new" in text
    assert "created" in text


def test_a_base_that_was_asked_for_and_refuses_itself_is_refused(
    command_line: CommandLine, checkout: Checkout
):
    checkout.write("Pulumi.dev.yaml", "config: {}\n")
    checkout.git("commit", "--quiet", "--all", "--message", "Break dev")
    checkout.git("checkout", "--quiet", "HEAD^", "--", "Pulumi.dev.yaml")
    ended = command_line("preview", "dev", "--base", "HEAD")
    assert (ended.code, ended.out) == (exits.REFUSED, "")
    assert "cannot be rendered: its own code refuses it" in ended.err


def test_a_base_whose_objects_have_another_form_is_refused_with_the_cause(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    (found,) = declared(PROJECT, ["dev"])
    bare = [
        replace(one, object={"kind": "Deployment", "metadata": {"name": "a"}})
        for one in found.parts
        if one.object
    ]
    base = BaseRendering(stacks={"dev": replace(found, parts=tuple(bare))})

    def other(*_: object) -> BaseRendering:
        return base

    monkeypatch.setattr(preview, "render_base", other)
    ended = command_line("preview", "dev", "--base", "HEAD")
    text = " ".join(ended.err.split())

    assert (ended.code, ended.out) == (exits.REFUSED, "")
    assert "cannot be compared: its objects have another form than here, KeyError" in text
    assert "use --base none" in text


def test_a_new_stack_is_all_new_and_one_that_is_gone_is_a_note(
    command_line: CommandLine, checkout: Checkout
):
    (checkout.folder / "Pulumi.dev.yaml").rename(checkout.folder / "Pulumi.trial.yaml")
    document = json.loads(command_line("preview", "--output", "json").out)
    stacks = {stack["stack"]: stack for stack in document["stacks"]}
    assert {change["change"] for change in stacks["trial"]["objects"]} == {"create"}
    assert any("Pulumi.dev.yaml was deleted" in note["text"] for note in stacks["dev"]["notes"])
    assert {change["change"] for change in stacks["dev"]["objects"]} == {"abandon"}
    assert stacks["dev"]["pools"] == []


def test_a_stack_that_is_gone_is_no_concern_of_one_that_is_named(
    command_line: CommandLine, checkout: Checkout
):
    (checkout.folder / "Pulumi.dev.yaml").unlink()
    assert "is gone" not in command_line("preview", "staging").out


@pytest.mark.parametrize("output", ["json", "markdown", "text"])
def test_a_broken_stack_file_hides_no_other_stack_and_is_refused(
    command_line: CommandLine, checkout: Checkout, output: str
):
    checkout.edit("Pulumi.dev.yaml", "cpu: 4", "cpus: 4")
    checkout.edit("Pulumi.staging.yaml", "size: 60Gi", "size: 80Gi")
    ended = command_line("preview", "--output", output)
    assert ended.code == exits.REFUSED
    assert "Pulumi.dev.yaml:" in ended.err
    assert "PersistentVolumeClaim" in ended.out
    assert "was deleted" not in ended.out
    if output == "json":
        document = json.loads(ended.out)
        jsonschema_rs.validate(SCHEMA, document)
        assert [stack["stack"] for stack in document["stacks"]] == ["production", "staging"]
        assert {one["place"].split(":")[0] for one in document["problems"]} == {"Pulumi.dev.yaml"}
    if output == "markdown":
        assert ended.out.split("\n")[2].startswith("> **Could not be rendered:** Pulumi.dev.yaml")


def test_where_nothing_can_be_shown_the_document_says_why(
    command_line: CommandLine, checkout: Checkout
):
    checkout.write("models/qwen3-0.6b.yaml", "name: [\n")
    ended = command_line("preview", "--output", "json")
    document = json.loads(ended.out)
    jsonschema_rs.validate(SCHEMA, document)
    assert (ended.code, document["stacks"]) == (exits.REFUSED, [])
    assert "models/qwen3-0.6b.yaml" in document["problems"][0]["place"]


def test_a_narrow_terminal_shows_everything(
    command_line: CommandLine, branch: Checkout, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "40")
    out = command_line("preview").out
    assert max(len(line) for line in out.split("\n")) <= 40
    together = "".join(out.split())
    for word in ("qwen3-1.7badded", "nvidia-l40s", "localai-production", "Deploymentlocalai-chat"):
        assert word in together, branch.folder


@pytest.mark.parametrize("variable", ["NO_COLOR", "TERM"])
def test_pipes_get_no_escape_codes(
    command_line: CommandLine,
    branch: Checkout,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
):
    monkeypatch.setenv(variable, "xterm-256color")
    assert "\x1b" not in command_line("preview").out, branch.folder


def test_outside_a_checkout_it_is_refused_with_the_cure(
    command_line: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    ended = command_line("preview")
    assert (ended.code, ended.out) == (exits.REFUSED, "")
    assert "run the command inside the checkout" in ended.err


def test_a_stack_file_that_is_renamed_would_make_a_second_writer(
    command_line: CommandLine, checkout: Checkout
):
    (checkout.folder / "Pulumi.dev.yaml").rename(checkout.folder / "Pulumi.trial.yaml")
    ended = command_line("preview")
    assert ended.code == exits.REFUSED
    assert "belongs to stack dev, whose file was deleted" in " ".join(ended.out.split())


def test_into_a_pipe_each_line_stays_whole_and_unpadded(
    command_line: CommandLine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("COLUMNS")
    checkout.edit("Pulumi.dev.yaml", "namespace: localai-dev", "namespace: elsewhere")
    lines = command_line("preview", "dev").out.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
    (refusal,) = [line for line in lines if line.startswith("REFUSED: PersistentVolumeClaims")]
    assert refusal.endswith("in Pulumi.dev.yaml")


@pytest.mark.parametrize("verb", ["check", "preview", "render"])
def test_a_chat_model_of_unknown_cache_is_refused_by_every_verb(
    command_line: CommandLine, checkout: Checkout, verb: str
):
    model = checkout.folder / "models" / "qwen3-0.6b.yaml"
    lines = model.read_text(encoding="utf-8").splitlines(keepends=True)
    start = lines.index("architecture:\n")
    end = next((at for at in range(start + 1, len(lines)) if lines[at][0] != " "), len(lines))
    model.write_text("".join([*lines[:start], *lines[end:]]), encoding="utf-8")
    ended = command_line(verb, "dev", *(["--stream"] if verb == "render" else []))

    assert ended.code == exits.REFUSED
    said = " ".join((ended.out + ended.err).split())
    assert "qwen3-0.6b has no architecture, so whether its cache fits is not known" in said
