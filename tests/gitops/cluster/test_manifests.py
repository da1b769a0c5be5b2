import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.parts.kinds import KINDS
from gitops.adapters.git import Git
from gitops.adapters.process import run
from gitops.cluster.access import AWAITED, EVENTS, LEAVABLE, namespaced, plural
from gitops.cluster.file import Cluster, read_cluster
from gitops.cluster.manifests import (
    cluster_objects,
    cluster_problems,
    folder,
    found,
    manifests,
    refused_by_schemas,
    unmerged,
)
from gitops.cluster.objects import ClusterObjects, objects, placed
from gitops.cluster.secrets import needed
from gitops.planning.checkout import declared, read_declared
from gitops.planning.rendering.rendering import Rendering
from gitops.validation.custom_resources.sources import SOURCES
from sandbox.argocd.application import Repository
from settings.cluster import Event
from tests.gitops.commands import CommandLine
from tests.support.project import PROJECT, ROOT

DATA = ROOT / "tests" / "data" / "cluster"
RENDER = "run: cd tests/data/cluster && python -m gitops cluster render main"


OURS = {kind for kind, row in KINDS.items() if row.is_ours}


@cache
def renderings() -> tuple[Rendering, ...]:
    return tuple(declared(DATA, ()))


@cache
def file() -> Cluster:
    return read_cluster(DATA, "main")


def pulled(cluster: Cluster | None = None) -> ClusterObjects:
    made = cluster_objects(cluster or file(), renderings())
    assert made
    return made


@cache
def by_folder() -> dict[str, list[dict[str, Any]]]:
    return {name: [dict(one) for one in kept] for name, kept in objects(pulled()).items()}


def edited(old: str, new: str, tmp_path: Path) -> ClusterObjects:
    copy = shutil.copytree(DATA, tmp_path / "project")
    path = copy / "clusters" / "main" / "cluster.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return pulled(read_cluster(copy, "main"))


def test_the_committed_manifests_are_what_the_files_make():
    assert found(folder(DATA, "main")) == manifests(pulled()), RENDER


VARIANTS = {
    "as it is": ("delivery: operator", "delivery: operator"),
    "state on a claim": ("  url: s3://states.example/localai", "  claim: state"),
    "secrets by a service": (
        "  passphrase:\n    secret: state\n    key: passphrase",
        "  provider: awskms://key",
    ),
    "a held stack": ("delivery: operator", f"delivery: operator\n    commit: {'a' * 40}"),
    "a frozen stack": ("delivery: operator", "delivery: operator\n    frozen: true"),
    "a project in a folder": ("  token:", "  folder: ai/stacks\n  token:"),
    "told": (
        "approvers: [platform]",
        "approvers: [platform]\n"
        "notifications: {webhook: {secret: argocd-notifications-secret, key: told}}",
    ),
    "no time and nobody": ("approvers: [platform]", "approvers: []"),
    "one namespace for the operator's pods": (
        "workspace:\n", "workspace:\n  namespace: localai-engines\n",
    ),
    "two charts in one namespace": (
        "charts:\n",
        "charts:\n  more: {repository: https://charts.example, chart: more, version: 1.0.0, "
        "namespace: pulumi-operator}\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_object_is_refused_by_the_schemas(variant: str, tmp_path: Path):
    assert list(refused_by_schemas(edited(*VARIANTS[variant], tmp_path))) == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_two_objects_of_a_cluster_have_one_path(variant: str, tmp_path: Path):
    made = edited(*VARIANTS[variant], tmp_path)

    assert len(placed(made)) == sum(map(len, objects(made).values()))


def test_a_stack_of_the_operator_heals_drift_and_leaves_what_runs(tmp_path: Path):
    (made,) = objects(edited(*VARIANTS["a frozen stack"], tmp_path))["stacks/dev"]
    spec = made["spec"]

    assert spec["preview"] is True
    assert spec["refresh"] is spec["continueResyncOnCommitMatch"] is True
    assert spec["destroyOnFinalize"] is False
    assert spec["resyncFrequencySeconds"] >= 600
    assert spec["retryMaxBackoffDurationSeconds"] <= 600
    assert spec["updateTemplate"]["spec"] == {"ttlAfterCompleted": "1h"}
    assert {one["type"] for one in spec["envRefs"].values()} == {"Secret"}
    assert "prerequisites" not in spec


def together(tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return what a cluster pulls whose stacks are the operator's, one after the other."""
    copy = shutil.copytree(DATA, tmp_path / "project")
    path = copy / "clusters" / "main" / "cluster.yaml"
    text = path.read_text().replace("delivery: rendered", "delivery: operator\n    after: [dev]")
    path.write_text(text.replace("workspace:\n", "workspace:\n  namespace: localai-engines\n"))
    made = pulled(read_cluster(copy, "main"))
    assert list(refused_by_schemas(made)) == []
    return {name: [dict(one) for one in kept] for name, kept in objects(made).items()}


def test_a_stack_that_waits_for_another_finds_it_in_its_own_namespace(tmp_path: Path):
    made = together(tmp_path)
    (first,), (second,) = made["stacks/dev"], made["stacks/production"]

    assert second["spec"]["prerequisites"] == [
        {"name": "dev", "requirement": {"succeededWithinDuration": "20m"}}
    ]
    assert first["metadata"]["name"] == "dev"
    assert "prerequisites" not in first["spec"]
    assert {one["metadata"]["namespace"] for one in (first, second)} == {"localai-engines"}
    for application, project in pairs(made):
        path = application["source"].get("path", "")
        inside = made[path.partition("clusters/main/manifests")[2].lstrip("/")] if path else []
        assert all(allowed(project, one) for one in inside)


def test_each_stack_of_one_namespace_has_an_account_with_its_own_rights_alone(tmp_path: Path):
    made = together(tmp_path)
    accounts = {
        one["spec"]["serviceAccountName"]: one["spec"]["workspaceTemplate"]["spec"]
        for name in ("dev", "production")
        for one in made[f"stacks/{name}"]
    }
    given = {
        (one["metadata"]["namespace"], subject["namespace"], subject["name"])
        for one in made["places"]
        if one["kind"] == "RoleBinding"
        for subject in one["subjects"]
    }
    (shared,) = (
        one
        for one in made["places"]
        if (one["kind"], one["metadata"]["name"]) == ("Namespace", "localai-engines")
    )

    assert all(name == spec["serviceAccountName"] for name, spec in accounts.items())
    assert given == {
        ("argocd", "localai-engines", "localai-engine-dev"),
        ("localai-dev", "localai-engines", "localai-engine-dev"),
        ("localai-production", "localai-engines", "localai-engine-production"),
    }
    assert shared["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def told(tmp_path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what Argo CD is told of notifications, and the Applications."""
    made = objects(edited(*VARIANTS["told"], tmp_path))
    known = [dict(one) for name in ("", "root") for one in made[name]]
    (keys,) = (one for one in known if one["metadata"]["name"] == "argocd-notifications-cm")
    return keys, [one for one in known if one["kind"] == "Application"]


def test_every_application_is_told_of_under_names_that_nobody_else_has(tmp_path: Path):
    keys, applications = told(tmp_path)
    marks = {f"notifications.argoproj.io/subscribe.localai-{event}.localai" for event in Event}

    assert len(applications) == 5
    for one in applications:
        assert marks <= one["metadata"]["annotations"].keys()
    assert {name.split(".", 1)[1].removeprefix("webhook.") for name in keys["data"]} == {
        "localai",
        *(f"localai-{event}" for event in Event),
    }


def test_the_address_of_notifications_is_a_reference_that_bootstrap_asks_for(tmp_path: Path):
    keys, _ = told(tmp_path)
    service = yaml.safe_load(keys["data"]["service.webhook.localai"])
    known = {
        one.place: one.keys for one in needed(pulled(read_cluster(tmp_path / "project", "main")))
    }

    assert service["url"] == "$told"
    assert known["argocd/argocd-notifications-secret"] == {"told"}


def test_keys_of_notifications_that_nothing_makes_any_more_trouble_no_sync(tmp_path: Path):
    keys, _ = told(tmp_path)

    assert keys["metadata"]["annotations"]["argocd.argoproj.io/compare-options"] == (
        "IgnoreExtraneous"
    )
    assert "Prune=false" in keys["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]


def asked(rendering: Rendering) -> str:
    made = cluster_objects(file(), [rendering, *renderings()[1:]])
    assert made
    (stack,) = objects(made)["stacks/dev"]
    return stack["metadata"]["annotations"]["pulumi.com/reconciliation-request"]


def test_a_stack_runs_again_when_its_rights_change_and_only_then():
    dev = renderings()[0]
    kinds = {part.object["kind"]: part for part in dev.parts if part.object}
    fewer = tuple(part for part in dev.parts if part is not kinds["ConfigMap"])
    none = tuple(part for part in dev.parts if not part.object or part.object["kind"] != "Secret")

    assert asked(replace(dev, parts=fewer)) == asked(dev)
    assert asked(replace(dev, parts=none)) != asked(dev)


def test_a_held_stack_names_its_commit_and_no_branch(tmp_path: Path):
    (made,) = objects(edited(*VARIANTS["a held stack"], tmp_path))["stacks/dev"]

    assert (made["spec"]["commit"], made["spec"].get("branch")) == ("a" * 40, None)


def pairs(objects: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[Any, Any]]:
    """Yield each Application with its project."""
    known = [one for name in ("", "root") for one in objects[name]]
    projects = {one["metadata"]["name"]: one for one in known if one["kind"] == "AppProject"}
    for one in known:
        if one["kind"] == "Application":
            yield one["spec"], projects[one["spec"]["project"]]["spec"]


def allowed(project: Any, thing: Any) -> bool:
    """Return whether a project lets an object through."""
    group, _, _ = thing["apiVersion"].rpartition("/")
    kind = {"group": group, "kind": thing["kind"]}
    namespace = thing["metadata"].get("namespace")
    if namespace is None:
        return kind in project["clusterResourceWhitelist"]
    return within(project, namespace) and kind in project["namespaceResourceWhitelist"]


def within(project: Any, namespace: str) -> bool:
    return not {namespace, "*"}.isdisjoint(one["namespace"] for one in project["destinations"])


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_project_lets_through_its_application_and_what_is_in_its_folder(
    variant: str, tmp_path: Path
):
    made = edited(*VARIANTS[variant], tmp_path)
    known = {name: [dict(one) for one in kept] for name, kept in objects(made).items()}
    for application, project in pairs(known):
        spaces = [one["namespace"] for one in project["destinations"]]
        assert within(project, application["destination"]["namespace"])
        assert len(spaces) == len(set(spaces))
        path = application["source"].get("path", "")
        if path:
            inside = known[path.partition("clusters/main/manifests")[2].lstrip("/")]
            assert all(allowed(project, one) for one in inside)


def test_a_project_lets_through_no_namespace_and_no_kind_that_no_stack_has():
    seen = {
        application["project"]: (
            {one["namespace"] for one in project["destinations"]},
            {one["kind"] for one in project["namespaceResourceWhitelist"]},
            {one["kind"] for one in project["clusterResourceWhitelist"]},
        )
        for application, project in pairs(by_folder())
        if "path" in application["source"]
    }
    # What leaves the namespace of a stack that is gone must be let through, too.
    places = ({"*"},
              {"ResourceQuota", "ServiceAccount", "Role", "RoleBinding"},
              {"Namespace", "ClusterRole", "ClusterRoleBinding"})  # fmt: skip

    assert seen["cluster-main"] == ({"argocd"}, {"ConfigMap", "AppProject", "Application"}, set())
    assert seen["cluster-main-places"] == places
    assert seen["operator-dev"] == ({"localai-dev"}, {"Stack"}, set())
    assert seen["stack-production"] == (
        {"localai-production"}, {"Stack", *OURS} - {"Application", "Secret"}, set()
    )  # fmt: skip


def test_a_sync_that_failed_is_tried_again_at_the_newest_commit():
    retries = [application["syncPolicy"]["retry"] for application, _ in pairs(by_folder())]

    assert retries
    assert all((one["limit"], one["refresh"]) == (3, True) for one in retries)


def wave(one: dict[str, Any]) -> int:
    return int(one["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0"))


def test_places_come_before_the_operator_and_stacks_come_last():
    order = sorted(by_folder()[""], key=wave)
    named = [one["metadata"]["name"] for one in order if one["kind"] == "Application"]

    assert named == ["cluster-main-places", "chart-operator", "operator-dev", "stack-production"]
    assert {one["kind"] for one in order if wave(one) == wave(order[0])} == {
        "AppProject",
        "ConfigMap",
    }


def test_argo_cd_deletes_no_namespace():
    for one in by_folder()["places"]:
        kept = one["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-options")
        assert (one["kind"] == "Namespace") == (kept == "Prune=false,Delete=false")


def test_a_stale_an_absent_and_a_foreign_file_are_told_with_the_command(tmp_path: Path):
    copy = shutil.copytree(DATA, tmp_path / "project")
    home = folder(copy, "main")
    stack = home / "stacks" / "dev" / "stack-localai-dev.dev.yaml"
    stack.write_text(stack.read_text().replace("refresh: true", "refresh: false"))
    (home / "root" / "application-argocd.cluster-main.yaml").unlink()
    (home / "more.yaml").write_text("kind: Pod\n")

    told = [str(one) for one in cluster_problems(copy, read_declared(copy, ()))]

    run = "run `localai-gitops cluster render main`"
    at = "clusters/main/manifests"
    assert told == [
        f"{at}/more.yaml: is not made by the cluster file or a stack; {run}",
        f"{at}/root/application-argocd.cluster-main.yaml: is not there; {run}",
        f"{at}/stacks/dev/stack-localai-dev.dev.yaml: is not what the files make now; {run}",
    ]


def test_the_command_writes_what_is_committed_and_leaves_the_files_of_others(
    command_line: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    copy = shutil.copytree(DATA, tmp_path / "project")
    monkeypatch.chdir(copy)
    home = folder(copy, "main")
    (home / "more.yaml").write_text("kind: Pod\n")
    refused = command_line("cluster", "render", "main")
    (home / "more.yaml").unlink()
    stack = home / "stacks" / "dev" / "stack-localai-dev.dev.yaml"
    stack.write_text(stack.read_text().replace("refresh: true", "refresh: false"))
    checked = command_line("check")
    written = command_line("cluster", "render", "main")

    assert (refused.code, written.code) == (1, 0)
    assert "more.yaml: was not written by this command; move it elsewhere" in refused.err
    assert "is not what the files make now; run `localai-gitops cluster render main`" in checked.out
    assert found(home) == found(folder(DATA, "main"))
    assert [one.name for one in home.parent.iterdir() if one.name.startswith(".")] == []


@cache
def parts() -> tuple[Rendering, ...]:
    return (*renderings(), *declared(PROJECT, ()))


def covered(rendering: Rendering, verb: str) -> Iterator[tuple[str, str, str]]:
    for namespace, rules in namespaced(rendering).items():
        for rule in rules:
            if verb in rule.verbs:
                for group in rule.apiGroups or ():
                    yield from ((namespace, group, one) for one in rule.resources or ())


def resource(manifest: Any) -> tuple[str, str, str]:
    group = manifest["apiVersion"].rpartition("/")[0]
    return manifest["metadata"]["namespace"], group, plural(manifest["kind"])


@given(st.data())
def test_rights_are_those_that_the_parts_need_and_no_others(data: st.DataObject):
    whole = data.draw(st.sampled_from(parts()))
    some = data.draw(st.sets(st.sampled_from(range(len(whole.parts)))))
    rendering = replace(whole, parts=tuple(whole.parts[index] for index in sorted(some)))
    made = [part.object for part in rendering.parts if part.object]
    homes = {one["metadata"]["namespace"] for one in made}
    needed = {resource(one) for one in made}
    kept = {resource(part.object) for part in rendering.parts if part.object and part.retain}
    left = {(rendering.namespace, *one) for one in LEAVABLE if rendering.namespace in homes}
    awaited = {
        (one["metadata"]["namespace"], *looked_at)
        for one in made
        for looked_at in (EVENTS, *AWAITED.get(one["kind"], ()))
    }
    expected = {
        "create": needed,
        "patch": needed,
        "get": needed | left,
        "delete": needed - kept | left,
        "list": needed | left | awaited,
        "watch": needed | left | awaited,
    }

    for verb, resources in expected.items():
        found = list(covered(rendering, verb))
        assert (set(found), len(found)) == (resources, len(resources)), verb
    verbs = {
        verb for rules in namespaced(rendering).values() for one in rules for verb in one.verbs
    }
    assert verbs <= expected.keys()


@pytest.mark.parametrize("source", SOURCES, ids=lambda one: one.kind)
def test_a_kind_has_the_resource_of_its_definition(source: Any):
    assert plural(source.kind) == source.plural


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("Ingress", "ingresses"),
        ("NetworkPolicy", "networkpolicies"),
        ("PersistentVolumeClaim", "persistentvolumeclaims"),
        ("ResourceClaimTemplate", "resourceclaimtemplates"),
    ],
)
def test_a_kind_of_kubernetes_has_its_resource(kind: str, resource: str):
    assert plural(kind) == resource


def test_only_a_bound_stack_may_read_the_namespace_that_tells_clusters_apart():
    bound = [replace(one, cluster_uid="0" * 8) for one in renderings()]
    made = cluster_objects(file(), bound)
    assert made
    (role,) = (one for one in objects(made)["places"] if one["kind"] == "ClusterRole")

    assert role["rules"] == [
        {
            "verbs": ["get"],
            "apiGroups": [""],
            "resources": ["namespaces"],
            "resourceNames": ["kube-system"],
        }
    ]
    assert not [one for one in by_folder()["places"] if one["kind"] == "ClusterRole"]


def test_nothing_is_judged_where_a_stack_of_the_cluster_was_not_asked_about():
    assert cluster_objects(file(), renderings()[:1]) is None


def test_a_commit_without_the_manifests_is_told(tmp_path: Path):
    copy = shutil.copytree(DATA, tmp_path / "project")
    repository = Repository(path=copy)
    repository.git("init", "--quiet", "--initial-branch=main")
    held = repository.commit("Hold them")
    (folder(copy, "main") / "root" / "application-argocd.cluster-main.yaml").unlink()
    lacking = repository.commit("Lose one")
    git = Git(folder=copy, run=run)

    assert list(unmerged(git, held, pulled())) == []
    assert list(unmerged(git, lacking, pulled())) == [
        (
            f"is at {lacking[:9]}, which does not hold what is in clusters/main/manifests/ here",
            "commit it and merge it first",
        )
    ]
    assert list(unmerged(git, "f" * 40, pulled())) == [
        ("is at fffffffff, which this checkout lacks", "run `git pull`")
    ]
