"""An API server reduced to one stored object and a record of the requests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx2

from sandbox.plugins.api import Api
from sandbox.plugins.properties import Properties

CONFIG_MAP: Properties = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "a", "namespace": "n"},
}
KINDS = {
    "/api/v1": [
        ("ConfigMap", "configmaps", True),
        ("Endpoints", "endpoints", True),
        ("Namespace", "namespaces", False),
        ("PersistentVolumeClaim", "persistentvolumeclaims", True),
        ("Service", "services", True),
    ],
    "/apis/apps/v1": [("Deployment", "deployments", True)],
    "/apis/networking.k8s.io/v1": [("Ingress", "ingresses", True)],
    "/apis/storage.k8s.io/v1": [("StorageClass", "storageclasses", False)],
}


def status(code: int, reason: str, message: str) -> httpx2.Response:
    """Return a refusal as the API server writes it."""
    return httpx2.Response(code, json={"code": code, "reason": reason, "message": message})


@dataclass
class HttpStub:
    """Answers discovery by itself and everything else from a queue, in order."""

    answers: list[httpx2.Response] = field(default_factory=list[httpx2.Response])
    requests: list[httpx2.Request] = field(default_factory=list[httpx2.Request])

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path in KINDS:
            keys = ("kind", "name", "namespaced")
            listed = [dict(zip(keys, one, strict=True)) for one in KINDS[path]]
            return httpx2.Response(200, json={"resources": listed})
        if not self.answers and path.startswith("/apis/") and path.count("/") == 3:
            return status(404, "NotFound", "no such group")
        self.requests.append(request)
        return self.answers.pop(0)

    def will_answer(self, *answers: Properties | httpx2.Response) -> None:
        """Queue answers: refusals as responses, objects as mappings."""
        for one in answers:
            ready = one if isinstance(one, httpx2.Response) else httpx2.Response(200, json=one)
            self.answers.append(ready)

    def api(self) -> Api:
        """Return an API whose server this is."""
        transport = httpx2.MockTransport(self)
        return Api(http=httpx2.Client(transport=transport, base_url="https://stub"))

    def sent(self) -> list[tuple[str, str, Any]]:
        """Return method, path and body of each request."""
        return [
            (one.method, one.url.path, json.loads(one.content) if one.content else None)
            for one in self.requests
        ]
