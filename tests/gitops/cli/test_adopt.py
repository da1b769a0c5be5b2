import json
from pathlib import Path

import pytest
import yaml

from gitops.adapters import kubectl
from gitops.adapters.process import Finished
from gitops.cli import adopt as verb
from gitops.cli import exits
from tests.gitops.adoption.namespaces import (
    CHAT,
    PLAIN_KEY,
    SIZES,
    Object,
    hand_made,
    listed,
    with_figures,
)
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine, Ended

ADOPT = ("adopt", "--namespace", "ai", "--stack", "home")


def written(folder: Path, objects: list[Object]) -> str:
    file = folder / "objects.json"
    file.write_text(json.dumps(listed(objects)))
    return str(file)


def test_an_adoption_is_written_and_the_check_wants_figures_then_digests(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    facts = tmp_path / "facts.txt"
    facts.write_text(SIZES)
    source = written(tmp_path, hand_made())
    ended = command_line(*ADOPT, "--from", source, "--facts", str(facts))

    assert ended.code == exits.DONE, ended.err
    assert (checkout.folder / "home.import.json").is_file()
    (refused,) = command_line("check", "home").out.splitlines()
    assert "assistant-7b has no architecture" in refused
    model = checkout.folder / "models" / "assistant-7b.yaml"
    model.write_text(with_figures({"": model.read_text()})[""])
    (refused,) = (
        line for line in command_line("check", "home").out.splitlines()
        if not line.startswith(("note: ", "waived: "))
    )  # fmt: skip
    assert refused.endswith("[image-by-digest]")


def test_a_file_that_is_there_is_not_overwritten(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    (checkout.folder / "Pulumi.home.yaml").write_text("mine\n")
    ended = command_line(*ADOPT, "--from", written(tmp_path, hand_made()))

    assert ended.code == exits.REFUSED
    assert "Pulumi.home.yaml: is there already" in ended.err
    assert not (checkout.folder / "models" / "words.yaml").exists()


def test_what_the_engine_wrote_into_a_stack_file_stays_there(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    file = checkout.folder / "Pulumi.home.yaml"
    file.write_text("encryptionsalt: v1:abc\nconfig: {}\n")
    ended = command_line(*ADOPT, "--from", written(tmp_path, hand_made()), "--force")

    assert ended.code == exits.DONE, ended.err
    assert file.read_text().endswith("\nencryptionsalt: v1:abc\n")


def test_without_models_nothing_is_written_and_the_report_says_why(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    ended = command_line(*ADOPT, "--from", written(tmp_path, hand_made()[:3]))

    assert ended.code == exits.REFUSED
    assert "nothing was written" in ended.out
    assert not (checkout.folder / "Pulumi.home.yaml").exists()


def test_models_copied_from_a_claim_are_read(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    copied = tmp_path / "copied"
    copied.mkdir()
    (copied / "one.yaml").write_text(yaml.safe_dump(CHAT))
    source = written(tmp_path, hand_made()[:3])
    ended = command_line(*ADOPT, "--from", source, "--models", str(copied), "--output", "json")

    assert ended.code == exits.DONE, ended.err
    assert json.loads(ended.out)["written"][1] == "models/assistant-7b.yaml"
    assert (checkout.folder / "models" / "assistant-7b.yaml").is_file()


@pytest.mark.parametrize("output", ["text", "json", "markdown"])
def test_no_form_of_the_report_holds_a_key(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path, output: str
):
    objects = hand_made(env=[{"name": "API_KEY", "value": PLAIN_KEY}])
    secret = {"kind": "Secret", "metadata": {"name": "s"}, "data": {"k": PLAIN_KEY}}
    source = written(tmp_path, [*objects, secret])
    ended = command_line(*ADOPT, "--from", source, "--output", output)

    assert ended.code == exits.DONE, ended.err
    assert "plain text" in ended.out
    assert PLAIN_KEY not in ended.out + ended.err
    texts = [path.read_text() for path in checkout.folder.glob("*home*")]
    assert texts
    assert PLAIN_KEY not in "".join(texts)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("{", "is not JSON: Expecting property name"),
        ("a: b: c", "is not YAML: "),
        ("[1]", "holds something that is not a Kubernetes object"),
        (
            "kind: List\nitems: []\n",
            "objects.yaml: nothing of namespace ai in it has an image of LocalAI, and it runs "
            "nothing; check --namespace, or the file",
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path, content: str, cause: str
):
    del checkout
    file = tmp_path / "objects.yaml"
    file.write_text(content)
    ended = command_line(*ADOPT, "--from", str(file))

    assert ended.code == exits.REFUSED
    assert cause in ended.err
    assert ended.err.count("\n") == 1


def from_cluster(
    monkeypatch: pytest.MonkeyPatch, command_line: CommandLine, finished: Finished
) -> Ended:
    def answer(*_: object) -> Finished:
        return finished

    monkeypatch.setattr(verb, "run", answer)
    return command_line(*ADOPT, "--context", "Home Lab", "--output", "json")


def test_a_cluster_is_asked_by_kubectl(
    command_line: CommandLine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
):
    answer = json.dumps(listed(hand_made())).encode()
    ended = from_cluster(monkeypatch, command_line, Finished(code=0, output=answer, errors=""))

    assert ended.code == exits.DONE, ended.err
    assert "localai:cluster: home-lab" in (checkout.folder / "Pulumi.home.yaml").read_text()
    assert kubectl.command("Home Lab", "ai")[2] in ended.out


def test_a_cluster_that_refuses_is_quoted(
    command_line: CommandLine, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
):
    del checkout
    ended = from_cluster(monkeypatch, command_line, Finished(code=1, output=b"", errors="no"))

    assert ended.code == exits.REFUSED
    assert "namespace ai: kubectl says: no" in ended.err
