import shutil
from pathlib import Path

import pytest

from documents.problem import RefusedError
from gitops.cluster.file import misplaced, read_cluster, read_clusters
from settings.file import read_stack_file, stack_names
from tests.support.project import ROOT

DATA = ROOT / "tests" / "data" / "cluster"
FILE = "clusters/main/cluster.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shutil.copytree(DATA, tmp_path / "project")


def edit(project: Path, name: str, old: str, new: str) -> None:
    text = (project / name).read_text()
    assert old in text
    (project / name).write_text(text.replace(old, new))


def found(project: Path) -> list[str]:
    files = [read_stack_file(project, name) for name in stack_names(project)]
    return [str(one) for one in misplaced(project, read_clusters(project), files)]


def test_stacks_and_clusters_that_agree_have_nothing_to_mend(project: Path):
    assert found(project) == []


def test_without_any_cluster_file_a_stack_needs_none(project: Path):
    shutil.rmtree(project / "clusters")

    assert found(project) == []


def test_a_second_cluster_that_lists_a_stack_too_is_refused(project: Path):
    shutil.copytree(project / "clusters" / "main", project / "clusters" / "other")

    assert found(project)[:2] == [
        "clusters/other/cluster.yaml:8: stacks.dev: is a stack of cluster main too; "
        "delete one of the two",
        "clusters/other/cluster.yaml:10: stacks.production: is a stack of cluster main too; "
        "delete one of the two",
    ]


CASES = {
    "a cluster without a file": (
        ("Pulumi.dev.yaml", "cluster: main", "cluster: mian"),
        "Pulumi.dev.yaml:4: config.localai:cluster: is 'mian', which has no file "
        "clusters/mian/cluster.yaml; add it, or use one of: main",
    ),
    "a stack that its cluster does not list": (
        (FILE, "  dev:\n    delivery: operator\n  production:", "  production:"),
        "Pulumi.dev.yaml:4: config.localai:cluster: is 'main', whose file does not list this "
        "stack; add `dev` to `stacks` in clusters/main/cluster.yaml",
    ),
    "a stack that is not there": (
        (FILE, "  dev:\n", "  prod:\n    delivery: operator\n  dev:\n"),
        f"{FILE}:8: stacks.prod: is not a known stack; use one of: dev, production",
    ),
    "another delivery": (
        (FILE, "delivery: rendered", "delivery: operator"),
        f"{FILE}:11: stacks.production.delivery: is 'operator', but Pulumi.production.yaml says "
        "'rendered'; make the two agree",
    ),
    "the operator's pods among those of a stack": (
        (FILE, "workspace:\n", "workspace:\n  namespace: localai-production\n"),
        f"{FILE}:21: workspace.namespace: is 'localai-production', the namespace of stack "
        "production; give it one of its own",
    ),
    "a chart among the pods of a stack": (
        (FILE, "namespace: pulumi-operator", "namespace: localai-dev"),
        f"{FILE}:45: charts.operator.namespace: is 'localai-dev', the namespace of stack dev; "
        "give it one of its own",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_does_not_agree_is_refused_with_its_line(project: Path, case: str):
    change, problem = CASES[case]
    edit(project, *change)
    if case == "a stack that its cluster does not list":
        # Without an operator stack its settings would be read by nobody.
        text = (project / FILE).read_text()
        start, end = text.index("workspace:"), text.index("windows:")
        (project / FILE).write_text(text[:start] + text[end:])
        edit(project, FILE, "  token:\n    secret: repository\n    key: token\n", "")

    assert problem in found(project)


def test_an_unknown_cluster_is_told_those_there_are(project: Path):
    with pytest.raises(RefusedError, match=r"cluster\.yaml: is not there; use one of: main$"):
        read_cluster(project, "other")


@pytest.mark.parametrize("name", ["../main", "../x", "Main Street", ""])
def test_a_name_that_no_cluster_can_have_is_refused_before_its_file_is_missed(
    tmp_path: Path, name: str
):
    with pytest.raises(RefusedError, match=r"no cluster can be named by; use a-z, 0-9, hyphens$"):
        read_cluster(tmp_path, name)


def test_a_folder_that_names_no_cluster_is_refused(project: Path):
    (project / "clusters" / "main").rename(project / "clusters" / "Main Street")

    with pytest.raises(RefusedError, match="is in a folder that no cluster can be named by"):
        read_clusters(project)


QUOTA = "  localai:cluster: main\n  localai:quota: {}\n"


@pytest.mark.parametrize(
    ("quota", "told"),
    [
        ("{extraCpu: 1, extraMemory: 512Mi}", []),
        (
            "{extraCpu: 1, extraMemory: 256Mi}",
            [
                "Pulumi.dev.yaml:5: config.localai:quota: has no room for the operator's pod; "
                "write {extraCpu: 1, extraMemory: 1Gi} or more"
            ],
        ),
    ],
)
def test_a_quota_without_room_for_the_workspace_is_refused(
    project: Path, quota: str, told: list[str]
):
    edit(project, "Pulumi.dev.yaml", "  localai:cluster: main\n", QUOTA.format(quota))

    assert found(project) == told


def test_a_quota_needs_no_room_for_pods_that_are_in_another_namespace(project: Path):
    edit(
        project,
        "Pulumi.dev.yaml",
        "  localai:cluster: main\n",
        QUOTA.format("{extraCpu: 1, extraMemory: 256Mi}"),
    )
    edit(project, FILE, "workspace:\n", "workspace:\n  namespace: localai-engines\n")

    assert found(project) == []


def test_a_quota_without_room_for_the_claim_of_the_state_is_refused(project: Path):
    quota = QUOTA.format("{extraCpu: 1, extraMemory: 1Gi}")
    edit(project, "Pulumi.dev.yaml", "  localai:cluster: main\n", quota)
    edit(project, FILE, "  url: s3://states.example/localai", "  claim: state")

    assert found(project) == [
        "Pulumi.dev.yaml:5: config.localai:quota: has no room for the operator's pod and the claim "
        "of the state; write {extraCpu: 1, extraMemory: 1Gi, extraClaims: 1} or more"
    ]
