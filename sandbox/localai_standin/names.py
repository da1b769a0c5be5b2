"""What the name in a request means: a model of the list, a file by its path, or a refusal."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from http import HTTPStatus

from sandbox.localai_standin.model_list import Entry

INVALID = "invalid_request_error"


class RefusedError(Exception):
    """A request that is answered with this status and these words, in the server's error form."""

    def __init__(self, status: HTTPStatus, message: str, kind: str = "") -> None:
        """Say what the client is told."""
        super().__init__(message)
        self.status, self.message, self.kind = status, message, kind


def resolve(entries: Mapping[str, Entry], name: str, loose: Collection[str]) -> Entry:
    """Return the model that a name means, through one alias.

    A name with a slash, or that of a file right in the models folder, is loaded by its path with
    defaults: LocalAI has no switch against this.

    Raises:
        RefusedError: there is no such name, or its entry leads nowhere, or is disabled.
    """
    name = name.removesuffix(":latest")
    found = entries.get(name) if name else None
    if found is None and ("/" in name or name in loose):
        return Entry(name=name, model=name)
    if found is None:
        words = f'model "{name}" not found. To see available models, call GET /v1/models'
        raise RefusedError(HTTPStatus.NOT_FOUND, words, INVALID)
    target = entries.get(found.alias) if found.alias else found
    if target is None or (found.alias and target.alias):
        words = f'alias "{name}" targets "{found.alias}", which is not a model'
        raise RefusedError(HTTPStatus.BAD_REQUEST, words, INVALID)
    if target.disabled:
        words = f'model "{name}" is disabled and cannot be loaded'
        raise RefusedError(HTTPStatus.FORBIDDEN, words, "model_disabled")
    return target


def suitable(entries: Mapping[str, Entry], usecase: str) -> str:
    """Return any model that says it is for a use, or an empty name."""
    names = [one.name for one in entries.values() if one.name and usecase in one.usecases]
    return random.choice(names) if names else ""  # noqa: S311 (as good as a map's order)
