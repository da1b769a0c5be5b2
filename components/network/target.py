"""Pods whose metrics Prometheus reads: monitoring and what it watches share this, and no more."""

from collections.abc import Mapping
from dataclasses import dataclass

from lightkube.models.core_v1 import SecretKeySelector


@dataclass(frozen=True, kw_only=True)
class Target:
    """Pods with these labels, asked on a named port; `key` is the token they need, if any."""

    name: str
    labels: Mapping[str, str]
    port: str
    path: str = "/metrics"
    key: SecretKeySelector | None = None
