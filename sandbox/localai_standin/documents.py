"""The documents that the stand-in answers a GET with."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from sandbox.localai_standin import NOTICE, VERSION
from sandbox.localai_standin.backends import installed
from sandbox.localai_standin.routes import ROUTES
from sandbox.localai_standin.service import Service


def models(service: Service) -> object:
    """Return every name of the list and every loose file, in another order each time."""
    names = [*service.entries, *service.loose()]
    random.shuffle(names)
    return {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}


def capabilities(service: Service) -> object:
    """Return the names with what they say that they are for."""
    data = [
        {"id": one.name, "object": "model", "capabilities": sorted(one.usecases)}
        for one in service.entries.values()
    ]
    return {"object": "list", "data": data}


def system(service: Service) -> object:
    """Return the engines that are installed and the models in memory."""
    loaded = [{"id": name} for name in service.loader.names()]
    return {"stand_in": NOTICE, "backends": installed(service.backends), "loaded_models": loaded}


def discovery(_: Service) -> object:
    """Return what anybody may know of the server."""
    return {
        "version": VERSION,
        "endpoints": {one.path: one.path for one in ROUTES if one.inference},
    }


def tags(service: Service) -> object:
    """Return the names in Ollama's form."""
    return {"models": [{"name": f"{name}:latest", "model": name} for name in service.entries]}


DOCUMENTS: Mapping[str, Callable[[Service], object]] = {
    "models": models,
    "capabilities": capabilities,
    "system": system,
    "version": lambda _: {"version": VERSION},
    "discovery": discovery,
    "instructions": lambda _: {"instructions": []},
    "sign-in": lambda _: {"authEnabled": False},
    "swagger": lambda _: {"swagger": "2.0", "info": {"title": NOTICE}},
    "tags": tags,
    "logs": lambda _: [],
    "profiles": lambda _: [],
}
