"""What watches a stack: who scrapes it, and from where on an alert fires."""

from pydantic import Field

from documents.names import Label, LabelKey, LabelValue
from settings.base import Settings


class AlertSettings(Settings):
    """From where on an alert fires."""

    failing_percent: int = Field(
        default=5, ge=1, le=100, description="Requests that fail at the router, per model."
    )
    first_token_seconds: int = Field(
        default=5,
        ge=1,
        le=300,
        description="Time to the first token at the router, 95th percentile per model.",
    )
    saturated_percent: int = Field(
        default=90, ge=1, le=1000, description="Requests in service, of the slots of a pool."
    )
    claim_free_percent: int = Field(
        default=10, ge=1, le=99, description="Free space of a claim, below which it is nearly full."
    )


def _prometheus() -> dict[str, str]:
    # What the Prometheus Operator puts on the pods it makes.
    return {"app.kubernetes.io/name": "prometheus"}


class MonitoringSettings(Settings):
    """Monitors, rules and a dashboard for the Prometheus Operator and Grafana."""

    namespace: Label = Field(
        default="monitoring", description="Namespace of the pods that scrape; they are let in."
    )
    scraper: dict[LabelKey, LabelValue] = Field(
        default_factory=_prometheus,
        description="Labels of those pods; every pod of the namespace if empty.",
    )
    labels: dict[LabelKey, LabelValue] = Field(
        default_factory=dict[str, str],
        description="Labels by which Prometheus selects monitors and rules, such as `release`.",
    )
    interval_seconds: int = Field(default=30, ge=5, le=300, description="How often it scrapes.")
    delivered_by: Label | None = Field(
        default=None,
        description="Operator Stack or Argo CD Application that delivers this stack; an alert says "
        "when it does not converge.",
    )
    model_check: bool = Field(
        default=True,
        description="Run a small pod that asks each pool for its models and engines, and models in "
        "memory for a small answer: LocalAI has no metric of it.",
    )
    dashboard: bool = Field(default=True, description="Add a dashboard for Grafana's sidecar.")
    alerts: AlertSettings = Field(
        default_factory=AlertSettings, description="From where on an alert fires."
    )
