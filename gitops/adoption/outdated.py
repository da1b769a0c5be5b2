"""What LocalAI of today does not read or has no image of, wherever it stands in a document."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from documents.foreign import foreign_yaml, hidden
from documents.problem import KeyPath, RefusedError
from gitops.adoption.remark import Remark, fault
from gitops.adoption.running import mapping
from localai.server import Server
from localai.tables.engine_options import EARLIER_NAMES
from localai.tables.gone import ENGINES, TAGS, VARIABLES

Place = Callable[[KeyPath], str]


@dataclass(frozen=True, kw_only=True)
class Outdated:
    """One thing that would not work: where, why, and what to do."""

    path: KeyPath
    cause: str
    cure: str


def faults(document: Any, server: Server, place: Place) -> Iterator[Remark]:
    """Yield a remark on each thing in a document that a server does not read any more."""
    for one in outdated(document, server):
        yield fault(place(one.path), one.cause, one.cure)


def outdated(document: Any, server: Server) -> Iterator[Outdated]:
    """Yield each thing in a document that a server does not read any more, in its order."""
    yield from _walk(document, (), server)


def _walk(value: Any, path: KeyPath, server: Server) -> Iterator[Outdated]:
    if isinstance(value, dict):
        known = cast("Mapping[Any, Any]", value)
        yield from _of_mapping(known, path, server)
        for key, one in known.items():
            yield from _of_variable(str(key), one, (*path, _step(key)))
            yield from _walk(one, (*path, _step(key)), server)
    elif isinstance(value, list):
        for index, one in enumerate(cast("list[Any]", value)):
            yield from _walk(one, (*path, index), server)
    elif isinstance(value, str):
        yield from _of_text(value, path, server)


def _step(key: Any) -> str | int:
    return key if isinstance(key, int) and not isinstance(key, bool) else str(key)


def _of_mapping(value: Mapping[Any, Any], path: KeyPath, server: Server) -> Iterator[Outdated]:
    """Yield what several keys say together: an image in two, a variable, a model's engine."""
    repository, tag = value.get("repository"), value.get("tag")
    if isinstance(repository, str) and isinstance(tag, str | int | float):
        yield from _image(f"{repository}:{tag}", (*path, "tag"))
    name = value.get("name")
    if isinstance(name, str) and value.keys() <= {"name", "value"} and "value" in value:
        yield from _of_variable(name, value["value"], path)
    if "backend" in value or "parameters" in value:
        yield from _engine(value, path, server)
        yield from _weights(value, path)


def _of_variable(name: str, value: Any, path: KeyPath) -> Iterator[Outdated]:
    plain = name.removeprefix("LOCALAI_")
    # Lower case, as values of the chart have them, may be anything.
    if plain in VARIABLES and not isinstance(value, dict | list):
        cause = f"the variable {name} is not read any more: {VARIABLES[plain]}"
        yield Outdated(path=path, cause=cause, cure="leave it out")


_PAIR = re.compile(r"([A-Z][A-Z0-9_]*)=")
_IMAGE = re.compile(r"(?:[a-z0-9.:-]+/)*(?:localai/localai|local-ai|localai)(?::[\w.-]+)?")
_OLD_FOLDER = re.compile(r"/build(?:/[\w.-]+)*")
_OLD_GALLERY = "go-skynet/model-gallery"


def _of_text(text: str, path: KeyPath, server: Server) -> Iterator[Outdated]:
    if "\n" in text:
        yield from _of_document(text, path, server)
        return
    if found := _PAIR.match(text):
        yield from _of_variable(found[1], text, path)
    if path and path[-1] in ("image", "Image") and _IMAGE.fullmatch(text.partition("@")[0]):
        yield from _image(text, path)
    if found := _OLD_FOLDER.search(text):
        yield _folder(found[0], path, server)
    if path and path[-1] in ("url", "uri") and _GGML.search(text) and "whisper" not in text:
        yield _of_before(text, path)
    if "/aio/" in text:
        cause = f"{text!r:.80} is a file of all-in-one images, which are not built since v4.0.0"
        yield Outdated(path=path, cause=cause, cure="write a file for each of its models")
    if _OLD_GALLERY in text:
        cause = f"the gallery {_OLD_GALLERY} describes GGML files of 2023, and is not kept up"
        yield Outdated(path=path, cause=cause, cure="name a file of weights in a model file")


def _of_document(text: str, path: KeyPath, server: Server) -> Iterator[Outdated]:
    """Yield what stands in YAML inside a text, such as a key of a ConfigMap."""
    try:
        documents = [hidden(one) for one in foreign_yaml(text.encode(), name="")]
    except RefusedError:
        return
    for document in documents:
        # One level: what is a text in there is a template or a description.
        if isinstance(document, dict | list):
            yield from _walk(_without_texts(document), path, server)


def _without_texts(value: Any) -> Any:
    """Return a document whose texts of several lines are left out."""
    if isinstance(value, dict):
        known = cast("Mapping[Any, Any]", value)
        return {key: _without_texts(one) for key, one in known.items()}
    if isinstance(value, list):
        return [_without_texts(one) for one in cast("list[Any]", value)]
    return "" if isinstance(value, str) and "\n" in value else value


def _image(text: str, path: KeyPath) -> Iterator[Outdated]:
    text = text.partition("@")[0]
    if not _IMAGE.fullmatch(text):
        return
    tag = text.rpartition(":")[2] if ":" in text.rpartition("/")[2] else ""
    words = next((why for word, why in TAGS.items() if _has(tag, word)), "")
    if words:
        cure = "the pool's `gpu` and `localai:server.version` choose the image"
        yield Outdated(path=path, cause=f"{text} is gone: {words}", cure=cure)
    if not re.match(r"v?[0-9]+\.[0-9]+\.[0-9]+", tag):
        cause = f"{text} names no version: what it means changes without a commit"
        yield Outdated(path=path, cause=cause, cure="`localai:server.version` names one")


def _has(tag: str, word: str) -> bool:
    return re.search(rf"(?:\A|[-_]){word}(?:[-_0-9]|\Z)", tag) is not None


def _folder(found: str, path: KeyPath, server: Server) -> Outdated:
    if found.startswith("/build/models"):
        return Outdated(
            path=path,
            cause=f"/build/models is read up to v3.0 alone; LocalAI {server.version} reads "
            f"{server.paths.models}, so that what is mounted here stays unused and weights are "
            "lost with the container",
            cure=f"a pool mounts its claim where {server.version} looks",
        )
    cause = f"{found} is a path in images up to v3.0, and not in those of today"
    return Outdated(path=path, cause=cause, cure="leave it out: a pool starts the server itself")


def _engine(value: Mapping[Any, Any], path: KeyPath, server: Server) -> Iterator[Outdated]:
    named = str(value.get("backend") or "").lower()
    engine = EARLIER_NAMES.get(named, named)
    if engine and engine not in server.engines and engine in ENGINES:
        cause = f"the engine {named} is gone, and LocalAI {server.version} has none of that name"
        cure = "take a GGUF file of the model, which llama-cpp loads"
        yield Outdated(path=(*path, "backend"), cause=cause, cure=cure)


_GGML = re.compile(r"(?i)(?:\A|[-_./])ggml(?:v[0-9])?(?:[-_./]|\Z)|\.bin\Z|\.ggml\Z")


def _weights(value: Mapping[Any, Any], path: KeyPath) -> Iterator[Outdated]:
    name = mapping(value.get("parameters")).get("model")
    text = str(name or "").partition("@")[0]
    if "whisper" in f"{value.get('backend')} {text}".lower() or text.endswith(".gguf"):
        return
    if _GGML.search(text):
        yield _of_before(text, (*path, "parameters", "model"))


def _of_before(text: str, path: KeyPath) -> Outdated:
    shown = text.rpartition("/")[2]
    cause = f"{shown!r:.80} is a file of before GGUF, which no engine of today loads"
    cure = "take a GGUF file of the model: `localai-gitops models add huggingface://…`"
    return Outdated(path=path, cause=cause, cure=cure)
