import shutil
from pathlib import Path
from typing import Any

import pytest

from components.parts.kinds import KINDS
from documents.problem import RefusedError
from gitops.cluster.access import plural
from gitops.cluster.file import misplaced, read_cluster, read_clusters
from gitops.cluster.layout import ClusterObjects
from gitops.cluster.manifests import cluster_objects, manifests, refused_by_schemas
from gitops.cluster.objects import objects, placed
from gitops.cluster.plan import cluster_plan
from gitops.planning.checkout import declared
from gitops.planning.note import Kind
from settings.file import read_stack_file
from tests.gitops.checkouts import new_checkout
from tests.gitops.cluster.test_manifests import DATA
from tests.gitops.cluster.test_plan import only
from tests.gitops.cluster.test_plan import plan as planned

ADDRESS = "https://git.example.com/platform/stacks.git"
CHART = "repository: https://a.example.org, chart: a, version: 1.0.0"
FILE = "clusters/main/cluster.yaml"
TEXT = """\
controller: flux
repository:
  url: https://git.example.com/platform/stacks.git
  token: {secret: repository, key: password}
stacks:
  production:
    delivery: rendered
"""
HELD = f"{TEXT}    commit: {'a' * 40}\n"
VARIANTS = {
    "as it is": TEXT,
    "a held stack": HELD,
    "another branch": f"{TEXT}    branch: release\n",
    "a frozen stack": f"{TEXT}    frozen: true\n    quota: {{cpu: 4}}\n",
    "a project in a folder": TEXT.replace("  token:", "  folder: ai/stacks\n  token:"),
}


def project(folder: Path, text: str) -> Path:
    """Return a checkout whose only stack is rendered, with this cluster file."""
    copy = shutil.copytree(DATA, folder / "project")
    shutil.rmtree(copy / "clusters" / "main" / "manifests")
    (copy / "Pulumi.dev.yaml").unlink()
    (copy / FILE).write_text(text)
    return copy


def made(folder: Path, text: str = TEXT) -> dict[str, list[dict[str, Any]]]:
    copy = project(folder, text)
    found = cluster_objects(read_cluster(copy, "main"), declared(copy, ()))
    assert found
    assert list(refused_by_schemas(found)) == []
    return {name: [dict(one) for one in kept] for name, kept in objects(found).items()}


def named(kept: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return {one["metadata"]["name"]: one["spec"] for one in kept if one["kind"] == kind}


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_object_is_refused_by_flux_own_definitions(variant: str, tmp_path: Path):
    assert made(tmp_path, VARIANTS[variant])


def test_a_definition_refuses_what_flux_does_not_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("gitops.cluster.flux._COMPARED", "often")
    with pytest.raises(AssertionError, match="interval"):
        made(tmp_path)


def test_each_folder_is_pulled_by_one_kustomization_and_holds_no_other(tmp_path: Path):
    found = made(tmp_path)
    kustomizations = {
        **named(found["root"], "Kustomization"),
        **named(found["pulled"], "Kustomization"),
    }
    at = "./clusters/main/manifests"

    assert {name: one["path"] for name, one in kustomizations.items()} == {
        "cluster-main": f"{at}/pulled",
        "cluster-main-places": f"{at}/places",
        "stack-production": f"{at}/stacks/production",
    }
    # Flux takes every file below a folder.
    paths = [one["path"] for one in kustomizations.values()]
    assert not [one for one in paths for other in paths if one.startswith(f"{other}/")]
    assert {one["deletionPolicy"] for one in kustomizations.values()} == {"Orphan"}


def test_a_stack_is_applied_with_the_rights_of_its_own_objects_once_its_place_is_ready(
    tmp_path: Path,
):
    found = made(tmp_path)
    spec = named(found["pulled"], "Kustomization")["stack-production"]
    (binding,) = (one for one in found["places"] if one["kind"] == "RoleBinding")
    (role,) = (one for one in found["places"] if one["kind"] == "Role")

    assert spec["dependsOn"] == [{"name": "cluster-main-places"}]
    assert named(found["pulled"], "Kustomization")["cluster-main-places"]["wait"] is True
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": spec["serviceAccountName"], "namespace": "flux-system"}
    ]
    assert (role["metadata"]["namespace"], binding["roleRef"]["name"]) == (
        "localai-production", role["metadata"]["name"],
    )  # fmt: skip
    assert not [one for one in found["places"] if one["kind"].startswith("Cluster")]


def granted(folder: Path, variant: str) -> set[tuple[str, str, str]]:
    """Return each right of the accounts of Flux: group, resource and verb."""
    roles = (one for one in made(folder, VARIANTS[variant])["places"] if one["kind"] == "Role")
    return {
        (group, resource, verb)
        for one in roles
        for rule in one["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


@pytest.mark.parametrize("variant", ["a held stack", "another branch"])
def test_the_account_of_a_stack_that_follows_something_else_may_write_every_kind_of_a_stack(
    variant: str, tmp_path: Path
):
    rights = granted(tmp_path, variant)
    kinds = {
        (row.api.rpartition("/")[0], plural(kind))
        for kind, row in KINDS.items()
        if row.is_ours and kind not in ("Application", "Secret")
    }

    for verb in ("create", "get", "patch"):
        assert kinds <= {(group, resource) for group, resource, one in rights if one == verb}
    assert ("", "persistentvolumeclaims", "delete") not in rights


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_account_of_flux_reads_secrets(variant: str, tmp_path: Path):
    assert {one for one in granted(tmp_path, variant) if one[1] in ("secrets", "*")} == set()


def test_claims_and_namespaces_are_never_pruned_and_argo_cd_is_told_nothing(tmp_path: Path):
    kept = "kustomize.toolkit.fluxcd.io/prune"
    for one in (one for found in made(tmp_path).values() for one in found):
        annotations = one["metadata"].get("annotations", {})
        assert not [key for key in annotations if key.startswith("argocd.argoproj.io/")]
        stays = one["kind"] in ("Namespace", "PersistentVolumeClaim")
        assert (annotations.get(kept) == "disabled") == stays, one["metadata"]["name"]


@pytest.mark.parametrize(
    ("variant", "reference"),
    [("a held stack", {"commit": "a" * 40}), ("another branch", {"branch": "release"})],
)
def test_a_stack_that_follows_something_else_has_a_source_of_its_own(
    variant: str, reference: dict[str, str], tmp_path: Path
):
    pulled = made(tmp_path, VARIANTS[variant])["pulled"]

    assert named(pulled, "GitRepository")["stack-production"]["ref"] == reference
    assert named(pulled, "Kustomization")["stack-production"]["sourceRef"] == {
        "kind": "GitRepository", "name": "stack-production",
    }  # fmt: skip


REFUSED = {
    "charts": (
        f"charts:\n  one: {{{CHART}, namespace: b}}\n",
        "charts: is for Argo CD, but Flux pulls; delete it",
    ),
    "approvers": ("approvers: [a]\n", "approvers: is for Argo CD, but Flux pulls; delete it"),
    "windows": (
        "windows: [{kind: deny, schedule: '0 8 * * *', duration: 8h}]\n",
        "windows: is for Argo CD, but Flux pulls; delete it",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_flux_would_not_read_is_refused(case: str, tmp_path: Path):
    more, said = REFUSED[case]
    copy = project(tmp_path, TEXT + more)

    with pytest.raises(RefusedError) as refused:
        read_cluster(copy, "main")

    assert any(said in str(one) for one in refused.value.problems)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("key: password", "key: token", "has the key 'token', which Flux does not read"),
        (
            f"{ADDRESS}\n  token: {{secret: repository, key: password}}",
            ADDRESS.replace("https://", "ssh://git@"),
            "uses ssh, but Flux is given no key; use an https address",
        ),
    ],
)
def test_a_repository_that_flux_cannot_read_is_refused(
    old: str, new: str, said: str, tmp_path: Path
):
    copy = project(tmp_path, TEXT.replace(old, new))

    with pytest.raises(RefusedError) as refused:
        read_cluster(copy, "main")

    assert said in str(refused.value.problems[0])


def test_charts_of_a_stack_need_argo_cd(tmp_path: Path):
    copy = project(tmp_path, TEXT)
    chart = f"  localai:charts:\n    qdrant: {{{CHART}}}\n"
    path = copy / "Pulumi.production.yaml"
    path.write_text(path.read_text() + chart)

    (problem,) = misplaced(copy, read_clusters(copy), [read_stack_file(copy, "production")])

    assert "stacks.production: has `localai:charts`, which Argo CD installs" in str(problem)


def test_a_plan_says_what_flux_follows_and_what_stays(tmp_path: Path):
    def pulled(name: str, text: str) -> ClusterObjects:
        copy = project(tmp_path / name, text)
        found = cluster_objects(read_cluster(copy, "main"), declared(copy, ()))
        assert found
        return found

    def plan(name: str, old: str, new: str) -> list[str]:
        before, after = pulled(f"{name}-old", old), pulled(f"{name}-new", new)
        return [str(note) for note in cluster_plan(after, placed(before)).notes]

    assert plan("hold", HELD, HELD.replace("a" * 40, "b" * 40)) == [
        f"GitRepository flux-system/stack-production follows {'b' * 40}, no longer {'a' * 40}"
    ]
    assert plan("freeze", TEXT, f"{TEXT}    frozen: true\n") == [
        "Kustomization flux-system/stack-production is frozen: nothing is applied"
    ]
    moved = plan("moved", TEXT, TEXT.replace("stacks.git", "other.git"))
    assert "another repository is followed" in moved[1]
    assert "kubectl apply -f clusters/main/manifests/root/" in moved[0]


def test_a_cluster_of_flux_whose_file_is_deleted_keeps_everything(tmp_path: Path):
    checkout = new_checkout(tmp_path / "checkout")
    shutil.copytree(project(tmp_path, TEXT), checkout.folder, dirs_exist_ok=True)
    found = cluster_objects(read_cluster(checkout.folder, "main"), declared(checkout.folder, ()))
    assert found
    for path, content in manifests(found).items():
        checkout.write(f"clusters/main/manifests/{path}", content)
    checkout.commit("Start here")
    shutil.rmtree(checkout.folder / "clusters")

    (note,) = only(planned(checkout)).notes

    assert note.kind is Kind.CLUSTER_REMOVED
    assert "Flux has nothing to compare with any more" in note.text
    assert note.cure == (
        "`kubectl -n flux-system delete kustomization NAME`, which deletes nothing else"
    )
