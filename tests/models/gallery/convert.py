"""Makes model files of gallery entries: `python -m tests.models.gallery.convert INDEX`.

INDEX is a list of entries, one JSON object a line, with the keys of LocalAI's gallery (name,
license, backend, usecases, parameters, mmproj, options, files). What cannot be said in a model file
is counted by its reason. Sizes are not in a gallery: they are estimated from names.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from documents.validation import problems
from gitops.adoption.files import UnfetchableError, https_address
from gitops.adoption.model import engine_of
from gitops.adoption.running import mapping
from localai.server import SERVERS
from models.definition import LLAMA_CPP, STABLE_DIFFUSION, Definition
from models.options import refusals
from models.parameters import Parameters

TARGET = Path(__file__).with_name("entries.jsonl")
CHOSEN = 300
_ARCHIVES = ("gz", "bz2", "zip", "xz", "tar")
_TYPES = ("gguf", "bin", "safetensors")
_KINDS = {
    "chat": "chat", "completion": "chat", "vision": "chat", "embeddings": "embeddings",
    "rerank": "rerank", "image": "image", "transcript": "transcription",
}  # fmt: skip
_OF_ENGINES = {
    LLAMA_CPP: "chat", "whisper": "transcription", "parakeet-cpp": "transcription",
    STABLE_DIFFUSION: "image", "rerankers": "rerank",
}  # fmt: skip
_ROLES = {
    "vae_path": "vae", "clip_l_path": "clip_l", "clip_g_path": "clip_g", "t5xxl_path": "t5xxl",
    "llm_path": "llm",
}  # fmt: skip
_PART = re.compile(r"-[0-9]{5}-of-[0-9]{5}")
_BILLIONS = re.compile(r"(?<![a-z0-9.])([0-9]{1,3}(?:\.[0-9]{1,2})?)b(?![a-z])", re.IGNORECASE)
_BITS = re.compile(r"i?q([2-8])|bf?(16)|f(16|32)", re.IGNORECASE)


class InexpressibleError(Exception):
    """An entry that no model file can say; the text is the reason."""


def converted(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a model file for a gallery entry.

    Raises:
        InexpressibleError: there is no such model file.
    """
    engine, kind = _engine_and_kind(entry)
    weights, companions = _files(entry)
    options = [str(option) for option in entry.get("options") or ()]
    keys: dict[str, Any] = {
        "name": re.sub(r"[^a-z0-9._-]+", "-", entry["name"].lower())[:63].strip("._-"),
        "kind": kind,
        "description": ", ".join(entry.get("tags") or ()) or "A model of the gallery.",
        "license": _license(entry.get("license")),
        "backend": engine,
        "minimum_server": "v4.8.0",
        "weights": weights,
        "companions": companions,
        "parameters": _parameters(entry),
        "options": [one for one in options if not list(refusals(engine, [one.split("=")[0]]))],
    }
    if engine == LLAMA_CPP:
        size = entry.get("context_size") or mapping(entry.get("parameters")).get("context_size")
        keys |= {"context_size": size or 4096, "slots": 1}
        keys["template"] = {"use_tokenizer_template": True} if kind == "chat" else None
    return {key: value for key, value in keys.items() if value not in (None, [], {})}


def _engine_and_kind(entry: Mapping[str, Any]) -> tuple[str, str]:
    engine = engine_of(entry)
    known = {name for server in SERVERS.values() for name in server.engines}
    if not engine:
        raise InexpressibleError("names no engine")
    if engine not in known:
        raise InexpressibleError(f"the engine {engine} is in no known LocalAI version")
    if entry.get("embeddings") is True:
        return engine, "embeddings"
    if entry.get("reranking") is True:
        return engine, "rerank"
    uses = entry.get("usecases") or ()
    kind = next((_KINDS[use] for use in uses if use in _KINDS), None)
    if kind is None and uses:
        raise InexpressibleError(f"is for {uses[0]}, which no kind of model is")
    if kind is None and engine not in _OF_ENGINES:
        raise InexpressibleError(f"is for what {engine} does, which no kind of model is")
    return engine, kind or _OF_ENGINES[engine]


def _files(entry: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    files = {one["filename"]: one for one in entry.get("files") or ()}
    _check_types(list(files))
    main = str(mapping(entry.get("parameters")).get("model"))
    roles = _companions(entry, set(files) - {main})
    if not {main, *roles.values()} <= set(files):
        raise InexpressibleError("loads a file that it does not list")
    if set(files) > {main, *roles.values()}:
        raise InexpressibleError("lists a file that no key names")
    return _file(files[main]), {role: _file(files[path]) for role, path in roles.items()}


def _check_types(names: list[str]) -> None:
    if not names:
        raise InexpressibleError("names no file: the engine fetches a repository by itself")
    if sum(bool(_PART.search(name)) for name in names) > 1:
        raise InexpressibleError("is one model in several files")
    for ending in (name.rpartition(".")[2].lower() for name in names):
        if ending in _ARCHIVES:
            raise InexpressibleError("is an archive")
        if ending not in _TYPES:
            raise InexpressibleError(f"is a .{ending} file")


def _companions(entry: Mapping[str, Any], others: set[str]) -> dict[str, str]:
    """Return the paths of companions by role; the index names some only by what they are."""
    said = [str(one) for one in entry.get("options") or ()]
    options = dict(one.split(":", 1) for one in said if ":" in one)
    roles = {role: options[name] for name, role in _ROLES.items() if name in options}
    if entry.get("mmproj"):
        roles["mmproj"] = str(entry["mmproj"])
    rest = others - set(roles.values())
    if len(rest) == 1 and engine_of(entry) == LLAMA_CPP:
        (path,) = rest
        if "mmproj" in path and "mmproj" not in roles:
            roles["mmproj"] = path
        elif options.get("spec_type", "").startswith("draft"):
            roles["draft"] = path
    return roles


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    if not file.get("sha256"):
        raise InexpressibleError("gives no sha256")
    try:
        url = https_address(file["uri"])
    except UnfetchableError as error:
        raise InexpressibleError(f"its address {error}") from None
    name = re.sub(r"[^A-Za-z0-9._-]", "-", file["filename"].rpartition("/")[2])
    return {"url": url, "file": name, "sha256": file["sha256"], "size": _size(name)}


def _size(name: str) -> str:
    billions, bits = _BILLIONS.search(name), _BITS.search(name)
    said = int(next(filter(None, bits.groups()))) if bits else 5
    return f"about {float(billions[1]) * (said + 0.5) / 8 if billions else 1.0:.2f} GB"


def _license(text: str | None) -> str:
    if not text:
        return "LicenseRef-unknown"
    plain = re.sub(r"[^A-Za-z0-9.+-]", "-", text)
    known = {"mit": "MIT", "apache-2.0": "Apache-2.0"}
    return known.get(plain.lower(), f"LicenseRef-{plain}")[:64]


def _parameters(entry: Mapping[str, Any]) -> dict[str, Any]:
    given = mapping(entry.get("parameters"))
    floats = ("temperature", "top_p", "min_p", "repeat_penalty")
    return {
        key: float(value) if key in floats else value
        for key, value in given.items()
        # LocalAI takes a penalty of 0 for unset, so a definition leaves it out.
        if key in Parameters.model_fields and not (key.endswith("penalty") and value == 0)
    }


def chosen(made: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield so many of them: first what is rare, then evenly over the rest."""
    shapes = Counter(map(_shape, made))
    rare = [one for one in made if shapes[_shape(one)] <= CHOSEN // 10]
    rest = [one for one in made if shapes[_shape(one)] > CHOSEN // 10]
    wanted = CHOSEN - len(rare)
    yield from (*rare, *(rest[index * len(rest) // wanted] for index in range(wanted)))


def _shape(keys: Mapping[str, Any]) -> str:
    options = sorted(option.partition(":")[0] for option in keys.get("options", ()))
    return f"{keys['backend']} {keys['kind']} {sorted(keys.get('companions', ()))} {options}"


def main(index: Path) -> None:
    """Write the chosen entries, and print what became of the others."""
    lines = index.read_text(encoding="utf-8").splitlines()
    made: dict[str, dict[str, Any]] = {}
    reasons: Counter[str] = Counter()
    for entry in map(json.loads, lines):
        try:
            keys = converted(entry)
            Definition.model_validate(keys)
        except InexpressibleError as error:
            reasons[str(error)] += 1
        except ValidationError as error:
            first = problems(error, Definition)[0]
            reasons[f"REFUSED {first.path} {first.cause} ({entry['name']})"] += 1
        else:
            made.setdefault(keys["name"], keys)
    found = chosen(list(made.values()))
    text = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in found)
    TARGET.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(lines)} entries, {len(made)} names can be said, {CHOSEN} written\n")
    for reason, count in reasons.most_common():
        sys.stdout.write(f"{count:5} {reason}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
