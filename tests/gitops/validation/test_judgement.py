from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copyfile, copytree
from typing import Any

import pytest
import yaml

from documents.problem import Problem
from gitops.planning.checkout import read_declared
from gitops.validation.judgement import Judgement, judgement, stack_objects
from tests.engine import CLUSTER_UID
from tests.gitops.stacks import rendered, stack_file
from tests.samples import KEY
from tests.support.project import PROJECT

TODAY = date(2027, 1, 31)
NOTE = "image-by-digest"
WAIVER = {"rule": NOTE, "reason": "the mirror keeps tags", "until": "2027-01-31"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the models and the stack dev of the tests' project."""
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "models"):
        copied = copytree if (PROJECT / name).is_dir() else copyfile
        copied(PROJECT / name, tmp_path / name)
    return tmp_path


def judged(checkout: Path, *waivers: dict[str, Any], **fields: Any) -> Judgement:
    file = checkout / "Pulumi.dev.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["config"]["localai:waivers"] = list(waivers)
    document["config"]["localai:cluster"] = {"name": "dev", "uid": CLUSTER_UID}
    document["config"] |= {f"localai:{key}": value for key, value in fields.items()}
    file.unlink()
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return judgement(read_declared(checkout, ["dev"]), TODAY)


def test_a_note_refuses_nothing(checkout: Path):
    result = judged(checkout)

    assert result.refusals == ()
    assert [one.rule for one in result.problems] == [NOTE]
    assert str(result.notes[0]).startswith("dev: the stack: ")


@pytest.mark.parametrize("name", ["alpha", "second"])
def test_in_every_stack_but_dev_images_by_tag_refuse_unless_waived(checkout: Path, name: str):
    text = (PROJECT / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    second = text.replace("namespace: localai-dev", "namespace: localai-second")
    (checkout / f"Pulumi.{name}.yaml").write_text(second, encoding="utf-8")

    result = judgement(read_declared(checkout, [name]), TODAY)

    (line,) = map(str, result.refusals)
    assert line.startswith(f"{name}: the stack: pins by tag alone: ")
    assert line.endswith("as `localai-gitops digests lock` does [image-by-digest]")
    assert judgement(read_declared(checkout, ["dev"]), TODAY).refusals == ()


def test_the_only_stack_of_a_checkout_may_have_images_by_tag(checkout: Path):
    (checkout / "Pulumi.dev.yaml").rename(checkout / "Pulumi.trial.yaml")

    assert judgement(read_declared(checkout, ["trial"]), TODAY).refusals == ()


def test_what_is_waived_is_told_apart(checkout: Path):
    result = judged(checkout, WAIVER)

    assert result.problems == ()
    assert [one.rule for one in result.waived] == [NOTE]


def test_a_stack_that_is_bound_to_no_cluster_gets_a_note_at_its_line(checkout: Path):
    result = judged(checkout, WAIVER, cluster="dev")

    (line,) = map(str, result.notes)
    file, number, rest = line.split(":", maxsplit=2)
    assert "localai:cluster" in (checkout / file).read_text().splitlines()[int(number) - 1]
    assert rest.startswith(" dev: cluster dev: is bound to no UID: ")
    assert line.endswith(" [cluster-bound]")


PROJECT_FILE = """\
name: localai
runtime:
  name: python
  options: {toolchain: uv, virtualenv: venv}
backend: {url: "s3://state"}
options: {refresh: always}
"""
PLACES = ("backend", "options", "runtime.options.toolchain")


def test_what_the_engine_follows_and_no_plan_does_is_refused_at_its_line(checkout: Path):
    (checkout / "Pulumi.yaml").unlink()
    (checkout / "Pulumi.yaml").write_text(PROJECT_FILE, encoding="utf-8")
    result = judged(checkout, WAIVER)

    assert [str(one).split(": ")[:3] for one in result.refusals] == [
        ["Pulumi.yaml:5", "dev", "Pulumi.yaml backend"],
        ["Pulumi.yaml:6", "dev", "Pulumi.yaml options"],
        ["Pulumi.yaml:4", "dev", "Pulumi.yaml runtime.options.toolchain"],
    ]
    assert str(result.refusals[0]).endswith(" stack that needs it [engine-as-planned]")


def test_a_team_that_needs_it_waives_it(checkout: Path):
    (checkout / "Pulumi.yaml").unlink()
    (checkout / "Pulumi.yaml").write_text(PROJECT_FILE, encoding="utf-8")
    ours = {**WAIVER, "rule": "engine-as-planned", "reason": "our state is there"}
    result = judged(checkout, WAIVER, *({**ours, "object": f"Pulumi.yaml {o}"} for o in PLACES))

    assert (result.refusals, result.notes) == ((), ())


def test_a_stack_that_argo_cd_applies_needs_no_binding(checkout: Path):
    result = judged(checkout, WAIVER, cluster="dev", delivery="rendered", apiKey=KEY)

    assert "cluster-bound" not in {one.rule for one in result.problems}


def test_a_waiver_that_ran_out_refuses_with_its_line(checkout: Path):
    result = judged(checkout, {**WAIVER, "until": "2027-01-30"})

    (line,) = map(str, result.refusals)
    file, number, _ = line.split(":", maxsplit=2)
    lines = (checkout / file).read_text(encoding="utf-8").splitlines()
    assert NOTE in "".join(lines[int(number) - 1 : int(number) + 3])
    assert "ran out on 2027-01-30" in line


def test_a_pool_that_is_exposed_without_a_router_is_refused_at_its_line(checkout: Path):
    gateway = {"name": "public", "namespace": "gateways"}
    exposed = {"kind": "gateway", "pool": "chat", "host": "ai.example.com", "gateway": gateway}
    result = judged(checkout, exposure=exposed)

    (line,) = map(str, result.refusals)
    file, number, rest = line.split(":", maxsplit=2)
    assert (checkout / file).read_text().splitlines()[int(number) - 1] == "  localai:exposure:"
    assert rest.startswith(" dev: HTTPRoute localai-exposure: passes requests to Deployment")
    assert line.endswith(" [exposed-behind-a-router]")


def test_a_known_issue_that_applies_is_a_note(checkout: Path):
    result = judged(checkout, network={"clients": ["chat-app"]})

    assert result.refusals == ()
    assert "[undeclared-names-are-loaded]" in " ".join(map(str, result.notes))


def test_what_refuses_is_told_first():
    wrong = Problem(file="a.yaml", cause="is wrong", cure="fix it")
    known = replace(wrong, cause="is old", refuses=False)

    assert [one.text for one in Judgement(problems=(known, wrong)).rows] == [
        "a.yaml: is wrong; fix it",
        "a.yaml: is old; fix it",
    ]


def test_a_model_of_the_catalog_that_no_pool_uses_is_not_a_fault():
    declared = read_declared(PROJECT, [])

    assert not [one for one in judgement(declared, TODAY).problems if not one.stack]


def test_rules_see_what_the_engine_retains():
    objects = stack_objects(rendered(stack_file()))
    kept = {one.manifest["kind"] for one in objects.objects if one.retained}

    assert kept == {"PersistentVolumeClaim"}
    assert not objects.rendered


def test_rules_see_who_applies_the_objects():
    config = {**stack_file(), "delivery": "rendered", "apiKey": KEY}

    assert stack_objects(rendered(config)).rendered
