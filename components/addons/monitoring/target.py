"""Pods that Prometheus scrapes without a Service of their own: how they are found and asked."""

from collections.abc import Mapping
from dataclasses import dataclass

from lightkube.models.core_v1 import SecretKeySelector

from components.context import Context
from components.labels import ROLE, common

# No pool can have that name: what is of a pool starts with localai-.
CHECK = "model-check"
CHECK_PODS = {ROLE: CHECK}
CHECK_PORT = "metrics"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Pods with these labels, asked on a named port; `key` is the token they want, if any."""

    name: str
    labels: Mapping[str, str]
    port: str
    path: str = "/metrics"
    key: SecretKeySelector | None = None


def check_target(context: Context) -> Target:
    """Return the pod of the model check."""
    return Target(name=CHECK, labels={**common(context), **CHECK_PODS}, port=CHECK_PORT)
