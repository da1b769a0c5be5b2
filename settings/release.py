"""releases/<stack>.yaml: what a stack serves, as one thing that has a digest.

It is written by commands alone, in one form, so that every other hand in it is seen.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from documents.files import declared_bytes
from documents.problem import Problem, RefusedError
from documents.reader import LARGEST_BYTES, Document
from documents.reader import read as read_document
from documents.validation import Strict, contradiction, read
from documents.writer import to_yaml
from models.definition import Definition
from models.sampling import sampling
from models.weights import Weights
from settings.names import ClientName, Digest, ImageReference, ModelName, PoolName
from settings.served import ServedVersion
from settings.stack.waivers import day

FOLDER = "releases"
# What must not be promoted again; no stack has this name.
BLOCKED = "blocked"
HEADER = "# Written by `localai-gitops`: release, promote, rollback. `check` refuses other edits.\n"
# What a model file says to people and to the tool alone.
_WORDS = {"description", "license", "minimum_server", "smoke"}
_Version = Annotated[str, Field(pattern=r"^v[0-9]+\.[0-9]+\.[0-9]+$", max_length=32)]


def canonical(value: Any) -> bytes:
    """Return a plain value as JSON in the one form that digests are taken of."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest_of(value: Any) -> str:
    """Return the digest of a plain value."""
    return f"sha256:{sha256(canonical(value)).hexdigest()}"


class Release(Strict):
    """What a stack serves: its server, its images, its models whole, and their other names."""

    server: _Version = Field(description="LocalAI version.")
    images: dict[ImageReference, Digest | Literal[""]] = Field(
        description="Images of server and engines with their digests; empty by tag alone."
    )
    aliases: dict[ClientName, ModelName] = Field(
        default_factory=dict[str, str], description="Other names of models."
    )
    models: Annotated[dict[ModelName, Definition], Field(min_length=1, max_length=10_000)] = Field(
        description="Every model of the stack's list, as models/<name>.yaml has it."
    )
    served: dict[PoolName, ServedVersion] = Field(
        default_factory=dict[str, ServedVersion],
        max_length=200,
        description="Models of a registry, by their names in the stack.",
    )

    @model_validator(mode="after")
    def _models_have_their_names(self) -> Self:
        for name, model in self.models.items():
            if name != model.name:
                raise contradiction(f"has {model.name} under the name {name}", "write it anew")
        return self

    @property
    def summary(self) -> Mapping[str, Any]:
        """Return it as evidence records it: each model as a digest, and the digest of all else."""
        found = {
            "server": self.server,
            "images": dict(sorted(self.images.items())),
            "models": {name: served_digest(one) for name, one in sorted(self.models.items())},
            "aliases": dict(self.aliases),
        }
        if self.served:
            served = {name: digest_of(one) for name, one in self._served.items()}
            found = {**found, "served": served}
        return {**found, "digest": digest_of(found)}

    @property
    def digest(self) -> str:
        """Return its identity, to which evidence is bound."""
        return self.summary["digest"]

    @property
    def content(self) -> Mapping[str, Any]:
        """Return all that its file holds but for the two digests, in the order of the file."""
        return {
            "server": self.server,
            "images": dict(sorted(self.images.items())),
            **({"aliases": dict(sorted(self.aliases.items()))} if self.aliases else {}),
            "models": {name: _written(one) for name, one in sorted(self.models.items())},
            **({"served": served} if (served := self._served) else {}),
        }

    @property
    def _served(self) -> dict[str, Any]:
        return {name: _fields(one) for name, one in sorted(self.served.items())}

    @property
    def text(self) -> str:
        """Return the one text that a file of it may hold."""
        digests = {"digest": self.digest, "seal": digest_of(self.content)}
        return HEADER + to_yaml({**digests, **self.content})


class ReleaseFile(Release):
    """What a stack serves, with its digests: commands write it, and people do not."""

    digest_: Digest = Field(alias="digest", description="Digest of what is served.")
    seal: Digest = Field(description="Digest of all that the file holds.")


def short(digest: str) -> str:
    """Return the part of a digest by which people name a release."""
    return digest.removeprefix("sha256:")[:12]


def served_digest(model: Definition) -> str:
    """Return the digest of what a definition makes a server do."""
    return digest_of(_served(model))


def resolved(model: Definition) -> Definition:
    """Return a definition with the parameters that a server really gets."""
    return model.model_copy(update={"parameters": sampling(model)})


def _served(model: Definition) -> dict[str, Any]:
    """Return everything of a definition that decides what is served, with its real parameters."""
    fields = model.model_dump(mode="json", exclude=_WORDS, exclude_defaults=True)
    return {**fields, "parameters": sampling(model).model_dump(mode="json", exclude_none=True)}


def _written(model: Definition) -> dict[str, Any]:
    """Return a definition as its own file has it."""
    fields = resolved(model).model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    fields["weights"] = _weights(model.weights)
    if model.companions:
        files = model.companions.items()
        fields["companions"] = {role.value: _weights(one) for role, one in files}
    return fields


def _fields(served: ServedVersion) -> dict[str, Any]:
    return served.model_dump(mode="json", by_alias=True)


def _weights(weights: Weights) -> dict[str, Any]:
    fields = weights.model_dump(mode="json", exclude_defaults=True)
    return {**fields, "size": weights.size.written}


def release_name(stack: str) -> str:
    """Return the name of the release file of a stack."""
    return f"{FOLDER}/{stack}.yaml"


def read_release(root: Path, stack: str) -> Release | None:
    """Return the release of a stack in a folder; None where it has no release file.

    Raises:
        RefusedError: it is not valid, or was edited by hand.
    """
    name = release_name(stack)
    if not os.path.lexists(root / name):
        return None
    return parse_release(declared_bytes(root, name, most=LARGEST_BYTES), name)


def parse_release(content: bytes, name: str) -> Release:
    """Return the release in the bytes of a file, called `name` in messages.

    Raises:
        RefusedError: it is not valid, or was edited by hand.
    """
    content = content.replace(b"\r\n", b"\n")
    document = read_document(content, name=name, floats=True)
    file, found = read(ReleaseFile, document.value)
    if file is None or found:
        raise RefusedError(map(document.placed, found))
    release = Release.model_construct(
        server=file.server, images=file.images, aliases=file.aliases, models=file.models,
        served=file.served,
    )  # fmt: skip
    if problem := _edited(file, release, content, document):
        raise RefusedError([problem])
    return release


def _edited(
    file: ReleaseFile, release: Release, content: bytes, document: Document
) -> Problem | None:
    cure = (
        "take the edit back with `git checkout`; what is meant goes into models/ or the stack "
        "file, and from there by `localai-gitops release`"
    )
    for key, said, real in (
        ("digest", file.digest_, release.digest), ("seal", file.seal, digest_of(release.content)),
    ):  # fmt: skip
        if said != real:
            cause = f"is {said[:19]}…, and that of the content is {real[:19]}…: it was edited"
            return document.problem((key,), cause, cure)
    ours, theirs = release.text.splitlines(), content.decode().splitlines()
    if content == release.text.encode():
        return None
    same = (index for index, pair in enumerate(zip(ours, theirs, strict=False))
            if pair[0] != pair[1])  # fmt: skip
    line = next(same, min(len(ours), len(theirs))) + 1
    cause = "is not as the command wrote it: it was edited"
    return Problem(file=document.file, line=line, cause=cause, cure=cure)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs between the summaries of two releases, in words."""
    if old["server"] != new["server"]:
        yield f"the server is {new['server']}, and was {old['server']}"
    for what in ("images", "models", "aliases", "served"):
        before, after = old.get(what, {}), new.get(what, {})
        for name in sorted({*before, *after}):
            if name not in before:
                yield f"{what} have {name}, and had it not"
            elif name not in after:
                yield f"{what} had {name}, and have it no longer"
            elif before[name] != after[name]:
                yield f"{what}: {name} changed"


class Block(Strict):
    """A release that must not be promoted again."""

    release: Digest = Field(description="Its digest.")
    reason: Annotated[str, Field(min_length=1, max_length=300)] = Field(description="Why.")
    since: Annotated[date, BeforeValidator(day)] = Field(description="Since when, in quotes.")


class BlockedFile(Strict):
    """releases/blocked.yaml: `rollback` adds to it, and people delete what they have fixed."""

    blocked: Annotated[tuple[Block, ...], Field(max_length=1000, strict=False)]


def read_blocked(root: Path) -> tuple[Block, ...]:
    """Return the releases that are blocked in a folder; none without a file.

    Raises:
        RefusedError: the file is not valid.
    """
    name = release_name(BLOCKED)
    if not os.path.lexists(root / name):
        return ()
    document = read_document(declared_bytes(root, name, most=LARGEST_BYTES), name=name)
    file, found = read(BlockedFile, document.value)
    if file is None or found:
        raise RefusedError(map(document.placed, found))
    return file.blocked


def blocked_reason(root: Path, releases: Iterable[Release | None]) -> str:
    """Return why one of some releases is blocked in a folder; nothing where none is.

    Raises:
        RefusedError: the file is not valid.
    """
    digests = {one.digest for one in releases if one}
    return next((one.reason for one in read_blocked(root) if one.release in digests), "")


def blocked_text(blocks: Iterable[Block]) -> str:
    """Return the text of the file of blocked releases."""
    listed = [one.model_dump(mode="json") for one in blocks]
    head = "# Not promoted again: `rollback` adds a release, and whoever fixed it deletes it.\n"
    return head + to_yaml({"blocked": listed})
