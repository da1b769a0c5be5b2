import pytest

from gitops.adoption.steps import keeper
from tests.gitops.adoption.namespaces import chart, hand_made


def test_a_workload_made_by_hand_is_kept_by_nobody():
    assert keeper(hand_made()[0], "kubectl") is None


def test_helm_forgets_its_release_and_uninstalls_nothing():
    found = keeper(chart()[0], "kubectl --namespace ai")

    assert found
    assert found.commands == (
        "kubectl --namespace ai delete secret --selector owner=helm,name=local-ai",
    )


@pytest.mark.parametrize(
    ("metadata", "word"),
    [
        ({"labels": {"argocd.argoproj.io/instance": "llm"}}, "--cascade=false"),
        ({"annotations": {"argocd.argoproj.io/tracking-id": "llm:apps/Deployment:a/b"}}, "llm"),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "llm"}}, "flux suspend"),
    ],
)
def test_a_tool_that_would_undo_the_steps_lets_go_first(metadata: dict[str, object], word: str):
    found = keeper({"metadata": metadata}, "kubectl")

    assert found
    assert word in " ".join(found.commands)
