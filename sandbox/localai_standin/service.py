"""What the stand-in knows while it runs: the list as read, the models in memory, the counters."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

from sandbox.localai_standin.loader import Loader
from sandbox.localai_standin.metrics import Metrics
from sandbox.localai_standin.model_list import Entry, loose_files

KEY_HEADERS = ("Authorization", "x-api-key", "xi-api-key")


@dataclass(frozen=True, kw_only=True)
class Service:
    """A server that has not answered anything yet; no keys mean that none is needed."""

    entries: Mapping[str, Entry]
    models: Path
    backends: Path
    loader: Loader
    api_keys: frozenset[str] = frozenset()
    upload_bytes: int = 15_000_000
    metrics: Metrics = field(default_factory=Metrics)

    def loose(self) -> list[str]:
        """Return the files right in the models folder, which are models without an entry."""
        return loose_files(self.models)

    def allows(self, headers: Message) -> bool:
        """Tell whether a request has one of the keys, in the first header that is there."""
        sent = next(filter(None, (headers.get(name, "") for name in KEY_HEADERS)), "")
        key = sent.removeprefix("Bearer ").encode()
        known = [hmac.compare_digest(key, one.encode()) for one in self.api_keys]
        return not self.api_keys or any(known)
