import shutil
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitops.adapters.git import Git
from gitops.adapters.process import run
from gitops.cli.cluster import write
from gitops.cluster.file import read_clusters
from gitops.cluster.notes import Pair, notes
from gitops.cluster.plan import with_clusters
from gitops.planning.checkout import read_whole
from gitops.planning.note import Kind, Rank, rank_of
from gitops.planning.objects import Change
from gitops.planning.plan import ClusterPlan, Plan
from tests.gitops.checkouts import Checkout
from tests.gitops.cluster.test_manifests import allowed

FILE = "clusters/main/cluster.yaml"
MANIFESTS = "clusters/main/manifests"


def plan(project: Checkout, *, compared: bool = True) -> Plan:
    git = Git(folder=project.folder, run=run)
    head = read_whole(project.folder, ())
    empty = Plan(base="", compared=compared, stacks=())
    clusters = read_clusters(project.folder)
    return with_clusters(empty, git, git.commit("HEAD"), head, clusters)


def only(found: Plan) -> ClusterPlan:
    (one,) = found.clusters
    return one


def said(one: ClusterPlan) -> list[str]:
    return [f"{note.kind}: {note}" for note in one.notes]


def test_a_cluster_that_stays_as_it_is_has_no_change(project: Checkout):
    found = plan(project)

    assert (only(found).objects, only(found).notes, found.differs) == ((), (), False)


EDITS: dict[str, tuple[tuple[str, str], list[str]]] = {
    "another repository": (
        ("platform/stacks.git", "somebody/stacks.git"),
        [
            "repository-changes: another repository is followed: "
            "https://git.example.com/platform/stacks.git -> "
            "https://git.example.com/somebody/stacks.git by Application argocd/cluster-main, "
            "Application argocd/cluster-main-places, Application argocd/operator-dev, "
            "Application argocd/stack-production, Stack localai-dev/dev; "
            "whoever can write there decides what the cluster runs",
        ],
    ),
    "another hold": (
        ("commit: 0123456789abcdef0123456789abcdef01234567", f"commit: {'a' * 40}"),
        [
            f"revision-changes: Application argocd/stack-production follows {'a' * 40}, "
            "no longer 0123456789abcdef0123456789abcdef01234567"
        ],
    ),
    "a lower standard": (
        ("delivery: operator", "delivery: operator\n    podSecurity: baseline"),
        [
            "pod-security-changes: the Pod Security Standard of namespace localai-dev changes "
            "from restricted to baseline; pods there may do more"
        ],
    ),
    "state elsewhere": (
        ("s3://states.example/localai", "s3://states.example/other"),
        [
            "state-moves: the state of Stack localai-dev/dev is elsewhere: backend "
            "s3://states.example/localai -> s3://states.example/other; move it there first "
            "(`pulumi stack export`, then `import`): an engine without it creates everything anew"
        ],
    ),
    "another workspace": (
        ("1" * 64, "2" * 64),
        [
            "workspace-changes: the program runs in another image: "
            f"registry.example.com/localai/workspace@sha256:{'1' * 64} -> "
            f"registry.example.com/localai/workspace@sha256:{'2' * 64} for Stack localai-dev/dev"
        ],
    ),
    "a frozen stack": (
        ("delivery: operator", "delivery: operator\n    frozen: true"),
        ["stack-freezes: Stack localai-dev/dev is frozen: nothing is applied"],
    ),
    "more people": (
        ("[platform]", "[platform, anybody]"),
        [
            "sync-changes: who may sync by hand changes: AppProject argocd/operator-dev, "
            "AppProject argocd/stack-production"
        ],
    ),
    "other times": (
        ("duration: 10h", "duration: 1h"),
        [
            "sync-changes: when Argo CD may sync changes: AppProject argocd/operator-dev, "
            "AppProject argocd/stack-production"
        ],
    ),
    "more kinds for a chart": (
        ("clusterKinds:\n", "clusterKinds:\n      - {group: apps, kind: Thing}\n"),
        [
            "project-widens: more is let through: clusterResourceWhitelist apps/Thing "
            "by AppProject argocd/chart-operator"
        ],
    ),
    "another chart": (
        ("version: 2.9.0", "version: 2.10.0"),
        ["revision-changes: Application argocd/chart-operator follows 2.10.0, no longer 2.9.0"],
    ),
    "a quota": (("cpu: 64", "cpu: 96"), []),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_a_cluster_file_says_what_it_does(project: Checkout, name: str):
    edit, expected = EDITS[name]
    project.edit(FILE, *edit)
    write("main")

    found = plan(project)

    told = [one for one in said(only(found)) if not one.startswith("cluster-starts")]
    assert [
        one for one in told if not one.startswith("project-widens") or len(told) == 1
    ] == expected
    assert found.differs
    assert {one.change for one in only(found).objects} == {Change.UPDATE}
    assert all(one.fields for one in only(found).objects)


def test_what_starts_a_cluster_is_applied_by_a_person(project: Checkout):
    project.edit(FILE, "stacks.git\n", "stacks.git\n  branch: release\n")
    write("main")

    assert (
        "cluster-starts: nothing pulls what starts the cluster: Application argocd/cluster-main; "
        "`kubectl apply -f clusters/main/manifests/root/` once it is merged"
    ) in said(only(plan(project)))


def test_a_stack_of_more_kinds_needs_more_rights(project: Checkout):
    text = (project.folder / "Pulumi.dev.yaml").read_text()
    remove_charts(project)
    project.commit("Start without a chart")
    project.write("Pulumi.dev.yaml", text)

    told = said(only(plan(project)))

    assert (
        "rights-widen: Role argocd/localai-engine-dev grants more: applications.argoproj.io "
        "(create, delete, get, list, patch, watch), events (list, watch)"
    ) in told


def test_a_cluster_that_is_new_is_told_as_one(project: Checkout):
    shutil.move(project.folder / "clusters", project.folder.parent / "clusters")
    project.commit("Start without a cluster")
    shutil.move(project.folder.parent / "clusters", project.folder / "clusters")

    one = only(plan(project))

    assert [note.kind for note in one.notes] == [Kind.CLUSTER_ADDED]
    assert {change.change for change in one.objects} == {Change.CREATE}
    assert "Deployment" not in {change.kind for change in one.objects}


def test_a_cluster_whose_file_is_deleted_keeps_everything(project: Checkout):
    shutil.rmtree(project.folder / "clusters")

    one = only(plan(project))

    assert (one.there, [note.kind for note in one.notes]) == (False, [Kind.CLUSTER_REMOVED])
    assert one.notes[0].cure == (
        "delete cluster-main, then its other Applications, with `kubectl -n argocd delete "
        "application NAME`, which deletes nothing else; `argocd app delete` deletes all that they "
        "pulled, unless given `--cascade=false`"
    )
    assert {change.change for change in one.objects} == {Change.ABANDON}


def remove_dev(project: Checkout) -> None:
    (project.folder / "Pulumi.dev.yaml").unlink()
    text = (project.folder / FILE).read_text()
    start, end = text.index("workspace:"), text.index("windows:")
    text = text[:start] + text[end:]
    text = text.replace("  dev:\n    delivery: operator\n", "")
    project.write(FILE, text.replace("  token:\n    secret: repository\n    key: token\n", ""))
    write("main")


def remove_charts(project: Checkout) -> None:
    text = (project.folder / "Pulumi.dev.yaml").read_text()
    project.write("Pulumi.dev.yaml", text[: text.index("  localai:charts:")])
    write("main")


def chart_in_production(project: Checkout) -> None:
    """Declare in production, which Argo CD applies, the chart of dev."""
    dev = (project.folder / "Pulumi.dev.yaml").read_text()
    charts = dev[dev.index("  localai:charts:") :].replace("localai-dev", "localai-production")
    production = (project.folder / "Pulumi.production.yaml").read_text()
    project.write("Pulumi.production.yaml", production + charts)
    write("main")


def remove_quota(project: Checkout) -> None:
    text = (project.folder / FILE).read_text()
    start, end = text.index("    quota:"), text.index("workspace:")
    project.write(FILE, text[:start] + text[end:])
    write("main")


def test_a_stack_that_leaves_a_cluster_keeps_its_namespace_and_its_stack_object(
    project: Checkout,
):
    remove_dev(project)

    one = only(plan(project))

    fates = {(change.kind, change.name): change.change for change in one.objects}
    assert fates["Namespace", "localai-dev"] is Change.ABANDON
    assert fates["Stack", "dev"] is Change.ABANDON
    assert fates["Application", "operator-dev"] is Change.DELETE
    assert fates["Role", "localai-engine-dev"] is Change.DELETE
    assert (
        "stack-stays: Stack localai-dev/dev stays, and the operator goes on with it, without "
        "its rights; `kubectl delete stack dev -n localai-dev`" in said(one)
    )
    assert (
        "namespace-stays: namespace localai-dev stays with all that is in it; "
        "delete it by hand once nothing in it is needed" in said(one)
    )


def test_the_last_chart_of_a_stack_that_the_operator_applies_stays(project: Checkout):
    remove_charts(project)

    told = [one for one in said(only(plan(project))) if one.startswith("chart-stays")]

    assert told == [
        "chart-stays: the last chart of dev stays and its `Stack` stalls: once a stack has no "
        "chart, its program may delete nothing in argocd; delete its Application once it is "
        "merged, then ask for a run (docs/operator.md)"
    ]


def test_the_last_chart_of_a_stack_that_argo_cd_applies_stays(project: Checkout):
    without = (project.folder / "Pulumi.production.yaml").read_text()
    chart_in_production(project)
    project.commit("Add a chart")
    project.write("Pulumi.production.yaml", without)
    write("main")

    told = [one for one in said(only(plan(project))) if one.startswith("chart-stays")]

    assert told == [
        "chart-stays: Application argocd/localai-production-notes stays: once a stack has no "
        "chart, Argo CD deletes nothing for it in argocd; "
        "`kubectl delete application localai-production-notes -n argocd` once it is merged"
    ]


def test_a_chart_that_is_not_the_last_is_deleted_without_a_person(project: Checkout):
    chart_in_production(project)
    two = (project.folder / "Pulumi.production.yaml").read_text()
    more = two[two.index("    notes:\n") :].replace("    notes:\n", "    minutes:\n")
    project.write("Pulumi.production.yaml", two + more)
    write("main")
    project.commit("Add two charts")
    project.write("Pulumi.production.yaml", two)
    write("main")

    assert Kind.CHART_STAYS not in {note.kind for note in only(plan(project)).notes}


@pytest.mark.parametrize("change", [remove_dev, remove_charts, remove_quota])
def test_what_a_change_deletes_from_places_is_let_through_by_the_project_after_it(
    project: Checkout, change: Callable[[Checkout], None]
):
    def places() -> dict[str, Any]:
        return {
            path.name: yaml.safe_load(path.read_text())
            for path in (project.folder / MANIFESTS / "places").iterdir()
        }

    before = places()
    change(project)
    gone = [before[name] for name in before.keys() - places().keys()]
    after = project.folder / MANIFESTS / "appproject-argocd.cluster-main-places.yaml"
    limits = yaml.safe_load(after.read_text())["spec"]

    assert gone
    # Argo CD does not see, and so does not prune, what the project of now does not let through.
    assert [one for one in gone if not allowed(limits, one)] == []


def test_stale_manifests_are_told_with_the_command(project: Checkout):
    project.edit(FILE, "cpu: 64", "cpu: 96")

    found = plan(project)

    assert [change.name for change in only(found).objects] == ["cluster"]
    assert said(only(found)) == [
        "manifests-stale: this is what the files make, but it is not what is there: "
        f"{MANIFESTS}/places/resourcequota-localai-production.cluster.yaml; "
        "run `localai-gitops cluster render main`, and commit what it writes"
    ]


def test_what_was_edited_by_hand_at_the_base_is_compared_as_it_was_pulled(project: Checkout):
    project.edit(f"{MANIFESTS}/places/resourcequota-localai-production.cluster.yaml", "'64'", "'1'")
    project.write(f"{MANIFESTS}/places/broken.yaml", "kind: [")
    project.write(f"{MANIFESTS}/places/pod.yaml", "kind: Pod\nmetadata: {name: mine}\n")
    project.commit("Edit by hand")
    (project.folder / MANIFESTS / "places" / "broken.yaml").unlink()
    (project.folder / MANIFESTS / "places" / "pod.yaml").unlink()
    write("main")

    one = only(plan(project))

    assert [(change.kind, change.change) for change in one.objects] == [
        ("ResourceQuota", Change.UPDATE), ("Pod", Change.DELETE),
    ]  # fmt: skip
    assert said(one) == [
        f"manifest-unreadable: {MANIFESTS}/places/broken.yaml of the base is not an object that "
        "can be compared"
    ]


def test_a_stack_that_no_cluster_lists_is_a_problem_of_the_plan(project: Checkout):
    project.edit("Pulumi.dev.yaml", "cluster: main", "cluster: mian")

    found = plan(project)

    assert found.clusters == ()
    assert "no file clusters/mian/cluster.yaml" in str(found.problems[0])


def test_nothing_is_said_of_a_cluster_while_one_of_its_stacks_is_refused(project: Checkout):
    project.write("Pulumi.dev.yaml", "config: {}\n")

    assert plan(project).clusters == ()


def test_what_gives_power_is_read_before_what_only_changes():
    first = ("repository-changes", "rights-widen", "project-widens", "revision-changes")

    assert {rank_of(kind) for kind in first} == {Rank.PROGRAM}
    assert rank_of("namespace-stays") is rank_of("cluster-removed") is Rank.DELETION


values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["spec", "rules", "subjects", "roleRef", "labels", "annotations", "verbs", "source",
             "roles", "sourceRepos", "backend", "repoURL", "resources", "name", "preview",
             "workspaceTemplate", "image", "pod-security.kubernetes.io/enforce"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    kinds = ("Role", "ClusterRoleBinding", "AppProject", "Application", "Stack", "Namespace")
    fields = st.sampled_from(["spec", "rules", "subjects", "roleRef"])
    return {
        **draw(st.dictionaries(fields, values)),
        "kind": draw(st.sampled_from(kinds)),
        "metadata": {"name": "one", "namespace": None, "labels": draw(values)},
    }


@given(
    st.none() | objects(), objects(), st.sampled_from(["root/a", "a", "stacks/dev/a", "places/a"])
)
def test_whatever_a_base_holds_its_notes_are_sentences(
    old: dict[str, Any] | None, new: dict[str, Any], path: str
):
    pairs = [Pair(path=path, old=old, new=new), Pair(path=path, old=new, new=None)]

    for note in notes("main", pairs, {"places", "root"}):
        assert str(note).strip() == str(note)
        assert "\n" not in str(note)
