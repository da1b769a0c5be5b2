"""How many pods of a pool run: what an autoscaler goes by, and between which bounds."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from documents.names import Label
from documents.validation import contradiction, form
from settings.base import Settings

Address = Annotated[
    str,
    form(
        r"^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?$",
        "http://prometheus.monitoring:9090",
        max_length=500,
    ),
]
MetricName = Annotated[
    str, form(r"^[a-zA-Z_:][a-zA-Z0-9_:]*$", "http_requests_total", max_length=200)
]


_TARGETS = {"cpu": "cpu", "metric": "metric", "requests": "requests", "per_minute": "perMinute"}


class MetricTarget(Settings):
    """A metric of the pods that an adapter serves as custom.metrics.k8s.io."""

    name: MetricName = Field(description="Name of the metric.")
    value: int = Field(ge=1, le=10**9, description="Its average over the pods to keep.")


class ScalingSettings(Settings):
    """Bounds and target of an autoscaler, which then owns the number of pods."""

    min: int = Field(ge=0, le=1000, description="Pods that always run; 0 lets the pool sleep.")
    max: int = Field(ge=1, le=1000, description="Pods that ever run.")
    cpu: int | None = Field(
        default=None, ge=1, le=100, description="Per cent of its cores a pod may use on average."
    )
    metric: MetricTarget | None = Field(default=None, description="A metric of the pods.")
    requests: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="Requests in service per pod, those that wait for a slot included, as the "
        "router counts them.",
    )
    per_minute: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="Requests a minute per pod, as the router counts them.",
    )
    warm_up_seconds: int = Field(
        default=300,
        ge=10,
        le=3600,
        description="Time a new pod may take to serve; a pod is not taken away sooner.",
    )

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if self.min > self.max:
            raise contradiction(
                f"scales from {self.min} to {self.max}, which is less", "raise max or lower min"
            )
        targets = [key for name, key in _TARGETS.items() if getattr(self, name) is not None]
        if len(targets) != 1:
            found = " and ".join(targets) if targets else "nothing"
            raise contradiction(f"scales by {found}", f"give one of {', '.join(_TARGETS.values())}")
        if self.min == 0 and not self.by_router:
            raise contradiction(
                f"scales to zero by {targets[0]}, which no pod is there to show",
                "use `requests` or `perMinute`, which the router counts, or min 1",
            )
        return self

    @property
    def by_router(self) -> bool:
        """Return whether it goes by what the router counts, which KEDA reads."""
        return self.requests is not None or self.per_minute is not None


class StackScaling(Settings):
    """What the pools of a stack can grow into."""

    gpus: dict[Label, Annotated[int, Field(ge=0, le=100_000)]] = Field(
        default_factory=dict[str, int],
        description="GPUs (or MIG slices) its nodes have, by profile; pools may not need more.",
    )
    prometheus: Address | None = Field(
        default=None, description="Prometheus that holds the router's metrics, for KEDA."
    )
