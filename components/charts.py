"""An Argo CD Application: one pinned chart of a stack, synced, pruned, healed and retried."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from components.engine.component import Component
from components.engine.declaration import Declaration, declare
from components.parts.builders import CustomResource
from components.parts.context import Context
from components.parts.labels import bounded, common
from components.parts.part import Part, object_part
from settings.chart import ChartSettings, HelmChart

ARGO_NAMESPACE = "argocd"
IN_CLUSTER = "https://kubernetes.default.svc"
# Argo CD takes the name for the Helm release, and Helm allows that many characters.
_LONGEST_NAME = 53


@dataclass(frozen=True, kw_only=True)
class ApplicationArgs:
    """One chart of a stack, by its name there."""

    context: Context
    name: str
    chart: ChartSettings


def application(args: ApplicationArgs) -> CustomResource:
    return CustomResource(
        api_version="argoproj.io/v1alpha1",
        kind="Application",
        metadata={
            "name": application_name(args),
            "namespace": ARGO_NAMESPACE,
            "labels": common(args.context),
            # Without it, a chart that leaves the stack would leave its objects behind.
            "finalizers": ["resources-finalizer.argocd.argoproj.io"],
        },
        spec={
            "project": args.chart.project,
            "destination": {
                "server": IN_CLUSTER,
                "namespace": args.chart.namespace or args.context.settings.namespace,
            },
            "source": source(args.chart),
            "syncPolicy": sync_policy(),
        },
    )


def application_name(args: ApplicationArgs) -> str:
    """Return the name of a chart's Application; all stacks of a cluster share one namespace."""
    return name_in(args.context.settings.namespace, args.name)


def name_in(namespace: str, chart: str) -> str:
    """Return the name of the Application of a chart of the stack in a namespace."""
    return bounded(f"{namespace}-{chart}", _LONGEST_NAME)


def source(chart: HelmChart) -> dict[str, Any]:
    """Return where Argo CD finds the chart; it takes OCI repositories without their scheme."""
    helm = {"helm": {"valuesObject": chart.values}} if chart.values else {}
    return {
        "repoURL": chart.repository.removeprefix("oci://"),
        "chart": chart.chart,
        "targetRevision": chart.version,
        **helm,
    }


def sync_policy() -> dict[str, Any]:
    """Return automated sync with prune and self-heal, and three retries of 5 s to 3 min.

    What another version of the chart leaves out may be a claim: somebody agrees before it goes.
    """
    return {
        "automated": {"prune": True, "selfHeal": True},
        "syncOptions": ["CreateNamespace=true", "Prune=confirm"],
        "retry": {"limit": 3, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}},
    }


class ChartApplication(Component[ApplicationArgs]):
    """A third-party chart, applied by Argo CD."""

    token = "localai:components:ChartApplication"

    @staticmethod
    def parts(name: str, args: ApplicationArgs) -> tuple[Part, ...]:
        """Return the Application."""
        return (object_part(f"{name}-application", application(args)),)


def components(context: Context) -> Iterator[Declaration]:
    """Yield each chart of a stack."""
    for name, chart in context.settings.charts.items():
        args = ApplicationArgs(context=context, name=name, chart=chart)
        yield declare(ChartApplication, f"chart-{name}", args)
