"""Versions of a model: their tags, their semantic version, and the next one by what differs."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from math import isfinite
from typing import Any, cast

from documents.problem import refusal
from gitops.adapters.mlflow.registry import Row
from proof.bounded_json import TextError, bounded_json

_SEMVER = re.compile(r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
# What is judged of a version, in the order in which it is shown.
METRICS = ("accuracy", "f1")


@dataclass(frozen=True, order=True)
class Semver:
    """A semantic version."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.major}.{self.minor}.{self.patch}"

    def after(self, step: "Step") -> "Semver":
        """Return the next one of a kind."""
        match step:
            case Step.MAJOR:
                return Semver(self.major + 1, 0, 0)
            case Step.MINOR:
                return Semver(self.major, self.minor + 1, 0)
            case Step.PATCH:
                return Semver(self.major, self.minor, self.patch + 1)


class Step(IntEnum):
    """How far a version is from the one before; the larger, the more a client has to look at."""

    PATCH = 1
    MINOR = 2
    MAJOR = 3


def semver(text: str) -> Semver | None:
    """Return a semantic version; None where a text is none."""
    found = _SEMVER.fullmatch(text)
    return Semver(*map(int, found.groups())) if found else None


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """What is registered, as tags say it: digests of the file, its architecture, its training.

    `data` is the digest of the training data, `parameters` of the parameters, `revision` the commit
    of the code; empty where it is not said. `size` is in bytes.
    """

    digest: str
    size: int
    architecture: str
    data: str = ""
    parameters: str = ""
    revision: str = ""


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a model in a registry, with what its tags say; None where they do not."""

    row: Row
    aliases: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """Return its number in the registry."""
        return self.row.number

    @property
    def semver(self) -> Semver | None:
        """Return its semantic version."""
        return semver(self.row.tags.get("semver", ""))

    @property
    def digest(self) -> str:
        """Return the digest of its ONNX file; empty where none is written."""
        found = self.row.tags.get("digest", "")
        return found if _DIGEST.fullmatch(found) else ""

    @property
    def size(self) -> int | None:
        """Return the length of its file, bytes."""
        found = self.row.tags.get("size", "")
        return int(found) if found.isascii() and found.isdigit() and len(found) < 16 else None

    def metric(self, name: str) -> float | None:
        """Return a metric from 0 to 1."""
        return share(self.row.tags.get(name, ""))

    @property
    def artifact(self) -> Artifact:
        """Return what was registered."""
        tags = self.row.tags
        return Artifact(
            digest=self.digest, size=self.size or 0, architecture=tags.get("architecture", ""),
            data=tags.get("data_digest", ""), parameters=tags.get("parameters", ""),
            revision=tags.get("revision", ""),
        )  # fmt: skip


def with_aliases(rows: Iterable[Row], aliases: Mapping[str, int]) -> tuple[Version, ...]:
    """Return versions with the aliases that their model has, the newest first."""
    named: dict[int, list[str]] = {}
    for alias, number in sorted(aliases.items()):
        named.setdefault(number, []).append(alias)
    found = (Version(row=one, aliases=tuple(named.get(one.number, ()))) for one in rows)
    return tuple(sorted(found, key=lambda one: one.number, reverse=True))


def tags(artifact: Artifact, version: Semver, metrics: Mapping[str, float]) -> dict[str, str]:
    """Return the tags of a version: what outlives the run that made it, and everybody reads."""
    found = {
        "semver": str(version), "digest": artifact.digest, "size": str(artifact.size),
        **{name: written(metrics[name]) for name in METRICS}, "data_digest": artifact.data,
        "revision": artifact.revision, "architecture": artifact.architecture,
        "parameters": artifact.parameters,
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def step(new: Artifact, old: Artifact) -> tuple[Step, str]:
    """Return how far a version is from another one, and why."""
    if new.architecture != old.architecture:
        return Step.MAJOR, "another architecture: other inputs, outputs or operators"
    if new.data != old.data:
        return Step.MINOR, "retrained: other training data"
    if new.parameters != old.parameters:
        return Step.MINOR, "retrained: other parameters"
    return Step.PATCH, "other bytes, of the same architecture, data and parameters"


def proposed(new: Artifact, known: Iterable[Version]) -> tuple[Semver, str]:
    """Return the number of a new version after the highest one, and why it is that."""
    last = _last(known)
    if last is None or last.semver is None:
        return Semver(1, 0, 0), "the first version"
    found, why = step(new, last.artifact)
    return last.semver.after(found), f"{why} than {last.semver}"


def refuse_unfit(given: Semver, new: Artifact, known: Iterable[Version]) -> None:
    """Refuse a number that is taken, or that promises less difference than there is.

    Raises:
        RefusedError: it does.
    """
    every = [one for one in known if one.semver]
    cure = f"leave --semver out, or use {proposed(new, every)[0]}"
    if taken := next((one for one in every if one.semver == given), None):
        raise refusal(f"--semver {given}", f"is that of version {taken.number} already", cure)
    before = _last(one for one in every if one.semver and one.semver < given)
    if before is None or before.semver is None:
        return
    need, why = step(new, before.artifact)
    is_major, is_minor = given.major > before.semver.major, given.minor > before.semver.minor
    told = Step.MAJOR if is_major else Step.MINOR if is_minor else Step.PATCH
    if told < need:
        cause = f"says less than differs from {before.semver}: {why}"
        raise refusal(f"--semver {given}", cause, cure)


def _last(known: Iterable[Version]) -> Version | None:
    every = [(one.semver, one.number, one) for one in known if one.semver]
    return max(every, key=lambda one: one[:2])[2] if every else None


def written(metric: float) -> str:
    """Return a metric as tags and stack files have it, which read back is the same."""
    return f"{Decimal(repr(metric)).normalize():f}"


def share(text: str) -> float | None:
    """Return a number from 0 to 1 that a text is; None for anything else, NaN as well."""
    try:
        found = float(text) if len(text) <= 32 and text.isascii() and "_" not in text else -1.0
    except ValueError:
        return None
    return found if isfinite(found) and 0 <= found <= 1 else None


def metrics(content: bytes, name: str) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the metrics that a JSON file holds, and the keys in it that are none of ours.

    Raises:
        RefusedError: one is missing, no number, NaN, or not from 0 to 1.
    """
    cure = 'write {"accuracy": 0.99, "f1": 0.98}, measured on data it was not trained on'
    try:
        value: Any = bounded_json(content, 1 << 20)
    except TextError as error:
        raise refusal(name, f"{error}", cure) from None
    if not isinstance(value, dict):
        raise refusal(name, "holds no mapping of metrics", cure)
    values = cast("dict[str, Any]", value)
    found: dict[str, float] = {}
    for key in METRICS:
        one = values.get(key)
        if isinstance(one, bool) or not isinstance(one, int | float) or not 0 <= one <= 1:
            said = (
                "is missing" if key not in values else f"is {one!r:.40}, not a number from 0 to 1"
            )
            raise refusal(name, f"{key} {said}", cure)
        found[key] = float(one)
    return found, tuple(sorted(key for key in values if key not in METRICS))


def refuse_name(name: str) -> None:
    """Refuse a name that cannot stand in `models:/name/version`, in a path and in a label.

    Raises:
        RefusedError: it is such a name.
    """
    if not _NAME.fullmatch(name):
        cause = "is no name of a model: letters, digits, `.`, `_` and `-`, 63 at most"
        raise refusal(f"{name!r:.80}", cause, "name it like digits")


def number(text: str, known: Iterable[Version]) -> Version:
    """Return the version that a person means: by its number, semantic version, or alias.

    Raises:
        RefusedError: there is none.
    """
    every = tuple(known)
    for one in every:
        names = {str(one.number), *one.aliases, *([str(one.semver)] if one.semver else ())}
        if text in names:
            return one
    some = ", ".join(str(one.number) for one in every[:10]) or "none"
    raise refusal(f"version {text!r:.80}", "is not in the registry", f"there are: {some}")


def as_document(one: Version) -> dict[str, Any]:
    """Return a version as plain values."""
    return {
        "version": one.number,
        "semver": str(one.semver) if one.semver else None,
        **{name: one.metric(name) for name in METRICS},
        "digest": one.digest or None,
        "size": one.size,
        "aliases": list(one.aliases),
        "status": one.row.status,
        "data_digest": one.artifact.data or None,
        "parameters": one.artifact.parameters or None,
        "revision": one.artifact.revision or None,
        "architecture": one.artifact.architecture or None,
        "registered": one.row.created,
        "description": one.row.description,
    }
