"""The ConfigMap from which Grafana's sidecar reads the dashboard of a stack."""

import json
from collections.abc import Sequence

from lightkube.models.core_v1 import ConfigMap

from components.addons.monitoring.panel import dashboard
from components.addons.monitoring.panels import panels
from components.context import Context
from components.labels import bounded, metadata
from components.pool import Pool

# The sidecar's default label (kiwigrid/k8s-sidecar, as the Grafana chart sets it up).
SIDECAR_LABEL = {"grafana_dashboard": "1"}
NAME = "localai-dashboard"
# Grafana allows that many characters.
_LONGEST_UID = 40


def dashboard_map(context: Context, pools: Sequence[Pool]) -> ConfigMap:
    """Return the dashboard under a fixed name, changed in place.

    The sidecar writes each key as a file into one folder for all namespaces: under a new name, the
    new file could be written before the old one of the same name is removed.
    """
    namespace = context.settings.namespace
    uid = bounded(f"localai-{namespace}", _LONGEST_UID)
    document = dashboard(uid, f"LocalAI {context.stack}", panels(context, pools))
    text = json.dumps(document, indent=1) + "\n"
    return ConfigMap(
        metadata=metadata(context, NAME, SIDECAR_LABEL), data={f"localai-{namespace}.json": text}
    )
