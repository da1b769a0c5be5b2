import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from documents.problem import RefusedError
from gitops.adapters.git import Git
from gitops.adapters.process import run
from gitops.cli.cluster import steps, write
from gitops.cluster.file import read_clusters
from gitops.cluster.manifests import cluster_objects
from gitops.cluster.objects import objects
from gitops.cluster.switch import hazards, switched, with_switches
from gitops.planning.checkout import declared, render_file
from gitops.planning.note import Kind
from gitops.planning.plan import Plan, stack_plan
from gitops.planning.rendering.rendering import Rendering
from models.catalog import read_catalog
from settings.file import read_stack_file
from settings.stack.delivery import Delivery
from tests.gitops.checkouts import Checkout
from tests.gitops.cluster.test_manifests import DATA
from tests.gitops.commands import CommandLine
from tests.support.project import PROJECT

FILE = "clusters/main/cluster.yaml"
HOLD = "    commit: 0123456789abcdef0123456789abcdef01234567\n"
OTHER = {Delivery.OPERATOR: Delivery.RENDERED, Delivery.RENDERED: Delivery.OPERATOR}


def both(root: Path, stack: str) -> tuple[Rendering, Rendering]:
    """Return a stack as it is and as the other writer would have it."""
    file, catalog = read_stack_file(root, stack), read_catalog(root)
    now = render_file(file, catalog)
    assert now.keys
    other = switched(file, OTHER[file.settings.delivery], now.keys.callers)
    return now, render_file(other, catalog)


@pytest.mark.parametrize(
    ("root", "stack"),
    [(DATA, "dev"), (DATA, "production"), (PROJECT, "dev"), (PROJECT, "production")],
)
def test_the_other_writer_applies_the_same_objects_and_pods(root: Path, stack: str):
    now, then = both(root, stack)

    assert now.delivery != then.delivery
    assert list(hazards(now, then)) == []
    assert list(hazards(then, now)) == []


@cache
def production() -> tuple[Rendering, Rendering]:
    return both(DATA, "production")


def edited(rendering: Rendering, kind: str, **metadata: Any) -> Rendering:
    parts = tuple(
        replace(part, object={**part.object, "metadata": {**part.object["metadata"], **metadata}})
        if part.object and part.object["kind"] == kind
        else part
        for part in rendering.parts
    )
    return replace(rendering, parts=parts)


def test_an_object_that_would_be_lost_made_or_changed_is_told():
    now, then = production()
    less = replace(
        then,
        parts=tuple(one for one in then.parts if one.object and one.object["kind"] != "Service"),
    )

    assert list(hazards(now, less)) == ["Service localai-chat would be left without a writer"]
    assert list(hazards(less, now)) == ["Service localai-chat would be created"]
    assert list(hazards(now, edited(then, "Deployment", annotations={"a": "b"}))) == [
        "Deployment localai-chat would change: metadata.annotations.a: (none) -> b"
    ]


def numbered(found: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the first words of each step, and which are done."""
    texts = [re.sub(r"^\d+\. (\(done\) )?", "", one) for one in found]
    return texts, [one.split(".")[0] for one in found if "(done)" in one]


def test_each_way_freezes_first_and_ends_with_the_pods_of_before(project: Checkout):
    project.edit(FILE, HOLD, "")
    for stack, to in (("dev", Delivery.RENDERED), ("production", Delivery.OPERATOR)):
        texts, done = numbered(steps(stack, to))
        changed = next(at for at, one in enumerate(texts) if one.startswith("In one change"))
        released = next(at for at, one in enumerate(texts) if one.startswith("Delete `frozen`"))

        assert done == []
        assert texts[0].startswith("Set `frozen: true`")
        assert texts[1].startswith("Wait until")
        assert 1 < changed < released
        assert texts[-1].startswith("See that the pods are those of before")


@pytest.mark.usefixtures("project")
def test_the_old_writer_is_gone_before_the_new_one_starts():
    texts, _ = numbered(steps("dev", Delivery.RENDERED))
    order = [
        next(at for at, one in enumerate(texts) if part in one)
        for part in ("pulumi stack rm", "kubectl delete stacks.pulumi.com dev", "Delete `frozen`")
    ]

    assert order == sorted(order)
    assert "{secret: localai-api-key, key: api-key}" in texts[2]
    assert (
        "`PULUMI_BACKEND_URL=s3://states.example/localai pulumi stack rm --force --yes "
        "--preserve-config organization/localai/dev`"
    ) in texts[3]


def test_a_state_on_a_claim_is_dropped_in_the_pod_that_has_it(project: Checkout):
    project.edit(FILE, "  url: s3://states.example/localai", "  claim: state")
    texts, _ = numbered(steps("dev", Delivery.RENDERED))

    assert "`kubectl exec dev-workspace-0 -n localai-dev -c pulumi -- pulumi stack rm" in texts[3]


def test_what_the_files_no_longer_say_is_not_guessed(project: Checkout):
    project.edit(FILE, "workspace:\n", "workspace:\n  namespace: engines\n")
    project.edit(FILE, "delivery: operator", "delivery: operator\n    frozen: true")
    before, _ = numbered(steps("dev", Delivery.RENDERED))
    change_files(project)
    after, _ = numbered(steps("dev", Delivery.RENDERED))

    assert "Keep the next two steps as they are here" in before[2]
    assert before[3].startswith("`PULUMI_BACKEND_URL=s3://states.example/localai pulumi stack rm")
    assert before[4].startswith("`kubectl delete stacks.pulumi.com dev -n engines`")
    for step in after[3:5]:
        assert "clusters/main/cluster.yaml no longer says where" in step
        assert "in a checkout of the commit before it" in step
        assert "kubectl" not in step


def test_steps_that_the_files_show_are_marked_as_done(project: Checkout):
    project.edit(FILE, "delivery: operator", "delivery: operator\n    frozen: true")

    assert numbered(steps("dev", Delivery.RENDERED))[1] == ["1"]
    change_files(project)
    assert numbered(steps("dev", Delivery.RENDERED))[1] == ["1", "2", "3"]
    project.edit(FILE, "    frozen: true\n", "")
    assert len(numbered(steps("dev", Delivery.RENDERED))[1]) == 7


def change_files(project: Checkout) -> None:
    """Do the third step for dev."""
    text = (project.folder / FILE).read_text()
    start, end = text.index("workspace:"), text.index("windows:")
    text = text[:start] + text[end:]
    text = text.replace("  token:\n    secret: repository\n    key: token\n", "")
    project.write(FILE, text.replace("delivery: operator", "delivery: rendered"))
    project.edit(
        "Pulumi.dev.yaml",
        "config:\n",
        "config:\n  localai:delivery: rendered\n"
        "  localai:apiKey: {secret: localai-api-key, key: api-key}\n",
    )


def planned(project: Checkout, base: Rendering) -> Plan:
    (head,) = declared(project.folder, ["dev"])
    plan = Plan(base="", compared=True, stacks=(stack_plan(base, head),))
    git = Git(folder=project.folder, run=run)
    return with_switches(plan, git, project.head, read_clusters(project.folder))


def test_another_writer_is_refused_unless_the_stack_is_frozen_before_and_after(
    project: Checkout,
):
    (base,) = declared(project.folder, ["dev"])
    project.edit(FILE, "delivery: operator", "delivery: operator\n    frozen: true")
    project.commit("Freeze")
    change_files(project)

    frozen = planned(project, base)
    project.edit(FILE, "    frozen: true\n", "")
    released = planned(project, base)
    project.git("stash", "--quiet")
    project.edit(FILE, "    frozen: true\n", "")
    project.commit("Freeze nothing")
    change_files(project)
    project.edit(FILE, "delivery: rendered", "delivery: rendered\n    frozen: true")
    late = planned(project, base)

    assert not frozen.refused
    assert str(frozen.stacks[0].notes[0]) == (
        "delivery changes from operator to rendered while the stack is frozen: nobody applies it; "
        "`localai-gitops cluster switch dev --to rendered` says what is next"
    )
    for plan in (released, late):
        assert [one.kind for one in plan.stacks[0].refusals] == [Kind.DELIVERY_CHANGES]


def pulling(project: Checkout) -> set[str]:
    write("main")
    (cluster,) = read_clusters(project.folder)
    made = cluster_objects(cluster, declared(project.folder, ()))
    assert made
    return {one["metadata"]["name"] for one in objects(made)[""] if one["kind"] == "Application"}


def test_no_application_of_one_writer_has_the_name_of_one_of_the_other(project: Checkout):
    """Argo CD prunes what an Application of that name has applied before."""
    before = pulling(project)
    project.edit(FILE, "delivery: operator", "delivery: operator\n    frozen: true")
    change_files(project)
    after = pulling(project)

    assert (before - after, after - before) == ({"operator-dev"}, {"stack-dev"})


def test_a_stack_that_is_held_or_that_flux_applies_has_no_other_writer(project: Checkout):
    with pytest.raises(RefusedError) as held:
        steps("production", Delivery.OPERATOR)
    project.edit(FILE, HOLD, "")
    change_files(project)
    project.edit("Pulumi.dev.yaml", "  localai:charts:", "  localai:waivers: []\n  localai:charts:")
    text = (project.folder / FILE).read_text()
    project.write(FILE, "controller: flux\n" + text[: text.index("windows:")])
    dev = (project.folder / "Pulumi.dev.yaml").read_text()
    project.write("Pulumi.dev.yaml", dev[: dev.index("  localai:waivers: []")])
    with pytest.raises(RefusedError) as flux:
        steps("production", Delivery.OPERATOR)

    assert "stacks.production.commit: holds the files of the writer of now" in str(
        held.value.problems[0]
    )
    assert "controller: has Flux, which applies rendered stacks only" in str(flux.value.problems[0])


def test_the_command_prints_the_steps_and_changes_nothing(
    command_line: CommandLine, project: Checkout, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(project.folder)
    ended = command_line("cluster", "switch", "dev", "--to", "rendered")

    assert (ended.code, ended.err) == (0, "")
    assert [line.split(".")[0] for line in ended.out.splitlines()] == list("1234567")
    assert project.git("status", "--porcelain") == ""


def test_a_stack_that_cannot_be_rendered_says_what_it_needs_first(
    command_line: CommandLine, project: Checkout, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(project.folder)
    project.edit("Pulumi.dev.yaml", "config:\n", "config:\n  localai:router: {replicas: 1}\n")
    ended = command_line("cluster", "switch", "dev", "--to", "rendered")

    assert ended.code == 1
    assert "router.masterKey" in ended.err
