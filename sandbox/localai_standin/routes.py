"""The routes that the stand-in has, by method and path; a part of a path can be a `:name`."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, kw_only=True)
class Inference:
    """What a route asks of a model.

    `engine` is the engine's path, `shape` what becomes of its answer, `usecase` which model answers
    when none is named, and `fallback` the name that is assumed when there is no such model.
    """

    usecase: str
    engine: str
    shape: str
    fallback: str = ""


@dataclass(frozen=True, kw_only=True)
class Route:
    """A method and a path, and what is asked there: an inference, or what `does` names."""

    method: str
    path: str
    does: str = ""
    inference: Inference | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """The route of a request and the parts of its path, or the status that says there is none."""

    status: HTTPStatus = HTTPStatus.OK
    route: Route | None = None
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        """The path under which the request is counted; empty where nothing is known there."""
        return self.route.path if self.route else ""


_CHAT = Inference(usecase="chat", engine="/v1/chat/completions", shape="chat")
_COMPLETION = Inference(
    usecase="completion", engine="/v1/completions", shape="completion", fallback="gpt-4o"
)
_EMBEDDINGS = Inference(
    usecase="embeddings", engine="/v1/embeddings", shape="embeddings", fallback="gpt-4o"
)
_INFERENCES = {
    _CHAT: ("/v1/chat/completions", "/chat/completions"),
    _COMPLETION: ("/v1/completions", "/completions", "/v1/engines/:model/completions"),
    _EMBEDDINGS: ("/v1/embeddings", "/embeddings", "/v1/engines/:model/embeddings"),
    Inference(usecase="chat", engine="/v1/messages", shape="messages"): (
        "/v1/messages",
        "/messages",
    ),
    Inference(usecase="chat", engine="/v1/responses", shape="messages"): (
        "/v1/responses",
        "/responses",
    ),
    Inference(usecase="chat", engine="/v1/chat/completions", shape="ollama"): ("/api/chat",),
    Inference(usecase="rerank", engine="/v1/rerank", shape="plain"): ("/v1/rerank",),
    Inference(usecase="tokenize", engine="/tokenize", shape="tokens"): ("/v1/tokenize",),
    Inference(usecase="image", engine="/v1/images/generations", shape="plain"): (
        "/v1/images/generations",
        "/images/generations",
    ),
    Inference(usecase="transcript", engine="/v1/audio/transcriptions", shape="plain"): (
        "/v1/audio/transcriptions",
        "/audio/transcriptions",
    ),
    Inference(usecase="tts", engine="/v1/audio/speech", shape="plain"): (
        "/v1/audio/speech",
        "/audio/speech",
        "/tts",
    ),
}
PATHS = frozenset(
    path
    for one, paths in _INFERENCES.items()
    for path in paths
    if one in (_CHAT, _COMPLETION, _EMBEDDINGS)
)
"""Where chats, completions and embeddings are asked for."""

_TOLD = {
    "health": ("/healthz", "/readyz"),
    "metrics": ("/metrics",),
    "models": ("/v1/models", "/models"),
    "capabilities": ("/v1/models/capabilities", "/models/capabilities"),
    "system": ("/system",),
    "version": ("/version",),
    "discovery": ("/.well-known/localai.json",),
    "instructions": ("/api/instructions",),
    "sign-in": ("/api/auth/status",),
    "swagger": ("/swagger/*",),
    "tags": ("/api/tags",),
    "logs": ("/api/backend-logs",),
    "profiles": ("/api/voice-profiles",),
}
_DONE = {
    "unload": ("/backend/shutdown", "/v1/backend/shutdown"),
    "load": ("/backend/load", "/v1/backend/load"),
    "start": ("/api/fine-tuning/jobs", "/api/quantization/jobs"),
    "store": ("/stores/set", "/stores/get", "/stores/find", "/stores/delete"),
}
ROUTES = (
    *(
        Route(method="POST", path=path, inference=one)
        for one, paths in _INFERENCES.items()
        for path in paths
    ),
    *(Route(method="GET", path=path, does=does) for does, paths in _TOLD.items() for path in paths),
    *(
        Route(method="POST", path=path, does=does)
        for does, paths in _DONE.items()
        for path in paths
    ),
)
PUBLIC = frozenset({"health", "discovery", "instructions", "sign-in", "swagger"})


def find(method: str, path: str) -> Found:
    """Return the route of a request, or 405 where the path has another method, or 404."""
    asked = path.strip("/").split("/")
    matching = [(one, parts) for one in ROUTES if (parts := matched(one.path, asked)) is not None]
    for route, parts in matching:
        if route.method == method:
            return Found(route=route, parts=parts)
    return Found(status=HTTPStatus.METHOD_NOT_ALLOWED if matching else HTTPStatus.NOT_FOUND)


def matched(pattern: str, asked: list[str]) -> tuple[tuple[str, str], ...] | None:
    """Return the named parts of a path that has the form of a pattern, or None."""
    words = pattern.strip("/").split("/")
    if words[-1] == "*":
        words[-1:] = [":rest"] * max(len(asked) - len(words) + 1, 1)
    if len(words) != len(asked):
        return None
    pairs = list(zip(words, asked, strict=True))
    if any(word != part for word, part in pairs if not word.startswith(":")):
        return None
    return tuple((word[1:], part) for word, part in pairs if word.startswith(":"))


def is_public(method: str, path: str, found: Found) -> bool:
    """Tell whether a request is answered without a key."""
    known = found.route is not None and found.route.does in PUBLIC
    return known or (method == "GET" and (path == "/" or path.startswith("/static/")))
