"""A model file out of what a source says: the hub's answer, and the head of the file itself."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from pydantic import ValidationError

from documents.problem import Problem, RefusedError, refusal
from documents.reader import read
from documents.validation import problems
from documents.writer import to_yaml
from gitops.adapters.head import Answer, Silence
from gitops.authoring.gguf import Network, TruncatedError, UnreadableHeadError, network
from gitops.authoring.hub import HubFile, Place, Repository, UnreadableHubError, repository
from gitops.sources.sources import said_digest, said_size, status_words, unheard, way_to
from localai.server import SERVERS
from models.definition import LLAMA_CPP, Definition
from settings.access.downloads import HUB

# Answers the first bytes of an address, at most so many; 0 asks for headers alone.
Ask = Callable[[str, int], Answer | Silence]
_LARGEST_ANSWER = 8 * 1024 * 1024
# Most heads hold a vocabulary of several MB before the last of their keys.
_HEADS = (1024 * 1024, 8 * 1024 * 1024, 64 * 1024 * 1024)
_CONTEXT, _SLOTS, _BATCH = 8192, 2, 512
_POOLING = {1: "mean", 2: "cls", 3: "last"}
_RANK = 4


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One file of a source: its address, what is known of it, and where it is from in words."""

    url: str
    sha256: str
    size: int
    license: str
    origin: str
    quantization: str = ""

    @property
    def file(self) -> str:
        """Return the name of the file, as a volume may have it."""
        name = unquote(self.url.rpartition("/")[2])
        return re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip("-._")


def heard(answer: Answer | Silence, url: str) -> Answer:
    """Return an answer that holds what was asked for.

    Raises:
        RefusedError: there is none.
    """
    if isinstance(answer, Silence):
        raise refusal(url, *unheard(answer, way_to(url, answer.url)))
    if answer.status not in (200, 206):
        raise refusal(url, *status_words(answer))
    return answer


def listed(place: Place, ask: Ask) -> Repository:
    """Return what the hub says of a repository.

    Raises:
        RefusedError: it does not answer, or has no file that a pool can load.
    """
    where = f"{place.owner}/{place.name}"
    answer = heard(ask(place.question, _LARGEST_ANSWER), f"{HUB}/{where}")
    try:
        found = repository(answer.content)
    except UnreadableHubError as error:
        raise refusal(where, str(error), "check HF_ENDPOINT and the address") from None
    if not found.files:
        cause = "has no GGUF file"
        if found.split:
            cause = "has its GGUF files in several parts, and a pool loads single files"
        raise refusal(
            where, cause, "name a repository with a .gguf file, such as one of its quants"
        )
    return found


def candidates(
    found: Repository, place: Place, file: str | None, quantization: str | None
) -> Sequence[HubFile]:
    """Return the files that are meant: by their path or name, and by their quantization."""
    wanted = file or place.file
    left = [one for one in found.files if not wanted or wanted in (one.path, _name(one.path))]
    if quantization:
        left = [one for one in left if one.quantization == quantization.upper()]
    return left


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def chosen(found: Repository, place: Place, file: HubFile) -> Chosen:
    """Return a file of a repository, at the commit that was asked."""
    where = f"{place.owner}/{place.name}"
    return Chosen(
        url=f"{HUB}/{where}/resolve/{found.commit}/{quote(file.path)}", sha256=file.sha256,
        size=file.size, license=found.license, origin=f"{where} on the hub",
        quantization=file.quantization,
    )  # fmt: skip


def plain(url: str, sha256: str | None, ask: Ask) -> Chosen:
    """Return the file at an address of another host, which says its size and at best its digest.

    Raises:
        RefusedError: it does not answer, or does not say what is not given.
    """
    answer = heard(ask(url, 0), url)
    size, digest = said_size(answer), sha256 or said_digest(answer)
    if not digest:
        raise refusal(
            url, "says no digest", "give it as --sha256, of a file that you have reviewed"
        )
    if not size:
        raise refusal(url, "says no size", "use a host that does, or write the model file by hand")
    host = url.split("/")[2]
    return Chosen(url=url, sha256=digest, size=size, license="", origin=host)


def head(url: str, ask: Ask) -> Network:
    """Return what the head of a file says of its network, in as few bytes as it takes.

    Raises:
        RefusedError: it does not answer, or is no GGUF file.
    """
    for most in _HEADS:
        answer = heard(ask(url, most), url)
        try:
            return network(answer.content)
        except TruncatedError:
            if len(answer.content) < most:
                break
        except UnreadableHeadError as error:
            raise refusal(url, f"is not a GGUF file: {error}", "name a .gguf file") from None
    raise refusal(url, "ends before its metadata does", "name a whole .gguf file")


def plain_name(file: str, quantization: str) -> str:
    """Return the name of a model by its file: lower case, without quantization and ending."""
    stem = re.sub(r"(?i)\.gguf$", "", file)
    if quantization:
        stem = re.sub(rf"(?i)[-._]{re.escape(quantization)}(?=[-._]|$)", "", stem)
    return re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("-._")[:63].rstrip("-._")


def model_text(
    made: Chosen, net: Network, name: str | None, license_id: str | None
) -> tuple[str, str]:
    """Return the name of the model, and its file.

    Raises:
        RefusedError: the source does not say enough, or what it says makes no valid model.
    """
    name = name or plain_name(made.file, made.quantization)
    keys = _keys(made, net, name, license_id or made.license)
    comments = [
        "# yaml-language-server: $schema=../docs/reference/model.schema.json",
        "# Read from the source: digest, size, license, architecture. Yours to choose:",
        "# context_size and slots, within the memory that `localai-gitops models fit` says.",
    ]
    text = "\n".join(comments) + "\n" + to_yaml(keys)
    file = f"models/{name}.yaml"
    document = read(text.encode(), name=file, floats=True)
    try:
        Definition.model_validate(document.value)
    except ValidationError as error:
        raise RefusedError(map(document.placed, problems(error, Definition))) from None
    return name, text


def _keys(made: Chosen, net: Network, name: str, license_id: str) -> dict[str, Any]:
    missing = list(_missing(made, net, license_id))
    if missing:
        raise RefusedError(missing)
    kind = _kind(net)
    quantized = f", {made.quantization}" if made.quantization else ""
    keys: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "description": f"{_printable(net.name) or name} ({net.architecture}{quantized}), "
        f"from {made.origin}.",
        "license": license_id,
        "backend": LLAMA_CPP,
        "minimum_server": next(iter(SERVERS)),
        "weights": {
            "url": made.url, "file": made.file, "sha256": made.sha256, "size": made.size,
        },
        "context_size": min(net.context or _CONTEXT, _CONTEXT),
        "slots": _SLOTS,
        "batch": _BATCH,
    }  # fmt: skip
    if kind == "chat":
        keys["template"] = {"use_tokenizer_template": True}
    if net.pooling in _POOLING:
        keys["pooling"] = _POOLING[net.pooling]
    return keys | {"architecture": _figures(net)}


def _figures(net: Network) -> Mapping[str, int]:
    figures = {
        "layers": net.layers, "kv_heads": net.kv_heads, "head_dim": net.head_dim,
        "window": net.window, "full_attention_layers": net.full_attention_layers,
    }  # fmt: skip
    return {key: value for key, value in figures.items() if value is not None}


def _kind(net: Network) -> str:
    if net.pooling == _RANK:
        return "rerank"
    return "chat" if net.template and net.pooling is None else "embeddings" if net.pooling else ""


def _missing(made: Chosen, net: Network, license_id: str) -> Iterator[Problem]:
    if not license_id:
        cause, cure = "says no license", "read it there, and give its SPDX identifier as --license"
        yield Problem(file=made.url, path=(), cause=cause, cure=cure)
    if not _kind(net):
        cause = "has neither a chat template nor a pooling type, so that its kind is not known"
        yield Problem(
            file=made.url, path=(), cause=cause, cure="use an instruct or embedding model"
        )
    absent = [
        key for key, value in (("layers", net.layers), ("key/value heads", net.kv_heads),
                               ("size of a head", net.head_dim)) if not value
    ]  # fmt: skip
    if absent:
        cause = f"does not say its {', '.join(absent)}, so that no fit can be computed"
        cure = "write the model file by hand, with `architecture` as published"
        yield Problem(file=made.url, path=(), cause=cause, cure=cure)


def _printable(text: str) -> str:
    return "".join(sign for sign in " ".join(text.split()) if " " <= sign <= "~")[:80]
