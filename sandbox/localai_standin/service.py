"""What the stand-in knows while it runs, and the documents it answers with."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.localai_standin import NOTICE
from sandbox.localai_standin.backends import installed
from sandbox.localai_standin.loader import Loader
from sandbox.localai_standin.metrics import Metrics
from sandbox.localai_standin.model_list import Entry, loose_files

PUBLIC = frozenset({"/healthz", "/readyz"})


@dataclass(frozen=True, kw_only=True)
class Service:
    """The list as read at the start, the models in memory, the counters."""

    entries: Mapping[str, Entry]
    api_keys: frozenset[str]
    loader: Loader
    metrics: Metrics

    def names(self) -> list[str]:
        """Return every name that /v1/models lists: those of the list, then loose files."""
        return [*self.entries, *loose_files(self.loader.models)]

    def allows(self, path: str, header: str) -> bool:
        """Tell whether a request may be answered: health always, all else with a key."""
        sent = header.removeprefix("Bearer ").encode()
        known = [hmac.compare_digest(sent, key.encode()) for key in self.api_keys]
        return path in PUBLIC or not self.api_keys or any(known)

    def document(self, path: str) -> dict[str, object] | None:
        """Return the JSON answer to a GET, or None where there is no such route."""
        if path in ("/v1/models", "/models"):
            data = [{"id": name, "object": "model"} for name in self.names()]
            return {"object": "list", "data": data}
        if path == "/system":
            loaded = [{"id": name} for name in self.loader.loaded]
            backends = installed(self.loader.backends)
            return {"stand_in": NOTICE, "backends": backends, "loaded_models": loaded}
        return {"version": NOTICE} if path == "/version" else None


def service(entries: Mapping[str, Entry], api_keys: frozenset[str], loader: Loader) -> Service:
    """Return a service that has not answered anything yet."""
    return Service(entries=entries, api_keys=api_keys, loader=loader, metrics=Metrics())
