"""An Argo CD Application: one pinned chart, synced, pruned, healed and retried."""

from collections.abc import Mapping
from typing import Any

from components.charts import ApplicationArgs, ChartApplication, application, source, sync_policy
from components.parts.part import plain
from settings.chart import ChartSettings
from tests.samples import LONGEST_NAMESPACE, LONGEST_POOL, context

CHART = {"repository": "https://charts.test/stable", "chart": "qdrant", "version": "1.15.5"}


def chart(**fields: Any) -> ChartSettings:
    return ChartSettings.model_validate({**CHART, **fields})


def manifest(
    name: str = "qdrant",
    namespace: str = "localai-test",
    chart_fields: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the Application of a chart in a stack of a namespace."""
    found = chart(**(chart_fields or {}))
    args = ApplicationArgs(context=context(namespace=namespace), name=name, chart=found)
    return plain(application(args))


def test_it_heals_creates_the_namespace_of_its_chart_and_asks_before_it_prunes():
    policy = manifest()["spec"]["syncPolicy"]

    assert policy["automated"] == {"prune": True, "selfHeal": True}
    assert policy["syncOptions"] == ["CreateNamespace=true", "Prune=confirm"]


def test_it_tries_three_times_after_5_10_and_20_seconds_but_never_after_3_minutes():
    assert sync_policy()["retry"] == {
        "limit": 3,
        "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"},
    }


def test_it_names_one_version_of_one_chart():
    assert source(chart()) == {
        "repoURL": "https://charts.test/stable",
        "chart": "qdrant",
        "targetRevision": "1.15.5",
    }


def test_an_oci_repository_is_named_as_argo_cd_wants_it():
    assert (
        source(chart(repository="oci://registry.test/charts"))["repoURL"] == "registry.test/charts"
    )


def test_values_are_handed_on_as_they_are():
    values = {"replicaCount": 1, "on": True, "list": ["a"]}

    assert source(chart(values=values))["helm"] == {"valuesObject": values}


def test_it_lives_where_argo_cd_looks_and_goes_where_the_stack_is():
    found = manifest()

    assert found["metadata"]["namespace"] == "argocd"
    assert found["spec"]["destination"] == {
        "server": "https://kubernetes.default.svc",
        "namespace": "localai-test",
    }


def test_a_chart_may_go_elsewhere_and_belong_to_a_project():
    spec = manifest(chart_fields={"project": "vectors", "namespace": "elsewhere"})["spec"]

    assert spec["project"] == "vectors"
    assert spec["destination"]["namespace"] == "elsewhere"


def test_it_is_a_custom_resource_of_argo_cd():
    (part,) = ChartApplication.parts(
        "chart-a", ApplicationArgs(context=context(), name="a", chart=chart())
    )

    assert part.token == "kubernetes:argoproj.io/v1alpha1:Application"
    assert part.name == "chart-a-application"


def test_two_stacks_of_one_cluster_may_have_the_same_chart():
    names = {manifest(namespace=name)["metadata"]["name"] for name in ("dev", "staging")}

    assert names == {"dev-qdrant", "staging-qdrant"}


def test_its_name_is_a_helm_release_even_with_the_longest_names():
    one, other = (
        manifest(name=LONGEST_POOL[:-1] + end, namespace=LONGEST_NAMESPACE)["metadata"]["name"]
        for end in "ab"
    )

    assert one != other
    # Helm refuses a longer release name, and Argo CD takes the Application's.
    assert len(one) == len(other) == 53
