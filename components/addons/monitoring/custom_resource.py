"""Custom resources of the Prometheus Operator, under the labels by which it selects them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.context import Context
from components.labels import common
from settings.monitoring import MonitoringSettings


@dataclass(frozen=True, kw_only=True)
class MonitoringResource:
    """A `monitoring.coreos.com/v1` object."""

    kind: str
    metadata: dict[str, Any]
    spec: dict[str, Any]
    apiVersion: str = field(default="monitoring.coreos.com/v1", init=False)  # noqa: N815 (the API's name)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a manifest."""
        return {
            "apiVersion": self.apiVersion,
            "kind": self.kind,
            "metadata": self.metadata,
            "spec": self.spec,
        }


def settings_of(context: Context) -> MonitoringSettings:
    """Return what a stack says of its monitoring; the defaults where it says nothing."""
    return context.settings.monitoring or MonitoringSettings()


def metadata(context: Context, name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the metadata of an object that the operator is to find."""
    return {
        "name": name,
        "namespace": context.settings.namespace,
        "labels": {**settings_of(context).labels, **common(context), **labels},
    }
