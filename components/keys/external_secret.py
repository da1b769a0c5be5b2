"""An ExternalSecret: one key of a Secret, brought in from a store outside of the cluster."""

from components.parts.builders import CustomResource
from components.parts.context import Context
from components.parts.labels import common
from settings.keys import ExternalKey


def external_secret(context: Context, name: str, key: str, source: ExternalKey) -> CustomResource:
    """Return the ExternalSecret that fills one key of a Secret of its own name."""
    # The defaults are written out: what the API server fills in is a difference to Argo CD.
    found = {
        "key": source.remote_key,
        **({"property": source.property} if source.property else {}),
        "conversionStrategy": "Default",
        "decodingStrategy": "None",
        "metadataPolicy": "None",
    }
    return CustomResource(
        api_version="external-secrets.io/v1",
        kind="ExternalSecret",
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
