"""What holds of a container while it runs: whom it reaches, how it is asked, and how it ends."""

from collections.abc import Mapping, Set
from typing import Any

from components.network.policies import SERVER_ROLE
from components.parts.roles import ROLE
from gitops.export.service import DOCUMENTS_CONTAINER, SERVER_CONTAINER, Pod

Values = Mapping[str, Any]

_FILLING = ("weights", "engines")
# The HEALTHCHECK of these images calls curl; the others have Python.
_WITH_CURL = (SERVER_CONTAINER, DOCUMENTS_CONTAINER)
_CURL = ["curl", "-fsS", "-o", "/dev/null"]
_PYTHON = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=4)"


def network(labels: Values, *, once: bool, first: bool = False) -> dict[str, Any]:
    """Return what a container reaches: a check of files nothing, a download no server."""
    if labels.get(ROLE) == SERVER_ROLE and first:
        return {"network_mode": "none"}
    return {"networks": ["downloads" if once and labels.get(ROLE) in _FILLING else "serving"]}


def health(container: Values) -> dict[str, Any]:
    """Return how Compose asks a server whether it is ready; nothing where a pod is not asked."""
    ready, start = container.get("readinessProbe", {}), container.get("startupProbe", {})
    if asked := ready.get("httpGet"):
        ports = {one.get("name"): one["containerPort"] for one in container["ports"]}
        url = f"http://127.0.0.1:{ports.get(asked['port'], asked['port'])}{asked['path']}"
        asking = _CURL if container["name"] in _WITH_CURL else ["python3", "-c", _PYTHON]
        test = ["CMD", *asking, url]
    elif "exec" in ready:
        test = ["CMD", *ready["exec"]["command"]]
    else:
        return {}
    period = start.get("periodSeconds", 5)
    return {"healthcheck": {
        "test": test,
        # Each question is a process: it is asked as often as whether it hangs, and not as often as
        # a cluster asks before it sends requests. `start_interval` would need Docker Engine 25.
        "interval": f"{container.get('livenessProbe', {}).get('periodSeconds', 15)}s",
        "timeout": f"{ready.get('timeoutSeconds', 5)}s",
        "retries": ready.get("failureThreshold", 3),
        "start_period": f"{start.get('failureThreshold', 60) * period}s",
    }}  # fmt: skip


def waited(services: Mapping[str, Values], asked: Set[str]) -> list[str]:
    """Return steps for servers that nobody asks from outside: Compose knows if they are ready."""
    return [
        f"wait {name}"
        for name, one in services.items()
        if "healthcheck" in one and name not in asked and one["deploy"].get("replicas", 1)
    ]


def grace(pod: Pod) -> dict[str, Any]:
    """Return how long a server has from the signal to its end."""
    seconds = pod.spec.get("terminationGracePeriodSeconds")
    return {"stop_grace_period": f"{seconds}s"} if seconds else {}
