"""An ExternalSecret: one key of a Secret, brought in from a store outside of the cluster."""

from dataclasses import asdict, dataclass, field
from typing import Any

from components.parts.context import Context
from components.parts.labels import common
from settings.keys import ExternalKey


@dataclass(frozen=True, kw_only=True)
class ExternalSecret:
    """The custom resource `external-secrets.io/v1 ExternalSecret`."""

    metadata: dict[str, Any]
    spec: dict[str, Any]
    apiVersion: str = field(default="external-secrets.io/v1", init=False)  # noqa: N815 (the API's name)
    kind: str = field(default="ExternalSecret", init=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a manifest."""
        return asdict(self)


def external_secret(context: Context, name: str, key: str, source: ExternalKey) -> ExternalSecret:
    """Return the ExternalSecret that fills one key of a Secret of its own name."""
    # The defaults are written out: what the API server fills in is a difference to Argo CD.
    found = {
        "key": source.remote_key,
        **({"property": source.property} if source.property else {}),
        "conversionStrategy": "Default",
        "decodingStrategy": "None",
        "metadataPolicy": "None",
    }
    return ExternalSecret(
        metadata={
            "name": name,
            "namespace": context.settings.namespace,
            "labels": common(context),
        },
        spec={
            "secretStoreRef": {"name": source.store.name, "kind": source.store.kind.value},
            "refreshInterval": source.refresh_interval,
            # The Secret goes with it: nobody else may write into it, and none is left behind.
            "target": {"name": name, "creationPolicy": "Owner", "deletionPolicy": "Retain"},
            "data": [{"secretKey": key, "remoteRef": found}],
        },
    )
