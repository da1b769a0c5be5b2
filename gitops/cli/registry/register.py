"""`registry register`: an ONNX file becomes the next version of a model, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from documents.files import given_bytes
from documents.problem import refusal
from gitops.adapters.git import Git
from gitops.adapters.mlflow.api import RegistryError
from gitops.adapters.mlflow.registry import FILE, Mlflow
from gitops.adapters.process import run
from gitops.cli.registry.connection import known
from gitops.cli.terminal import busy, say
from gitops.registry.onnx import OnnxError, architecture
from gitops.registry.versions import (
    METRICS,
    Artifact,
    Semver,
    Version,
    metrics,
    proposed,
    refuse_name,
    refuse_unfit,
    semver,
    tags,
)
from proof.bounded_json import TextError, bounded_json
from settings.release import digest_of

# A model of this kind has some megabytes; it is held in memory whole.
_LARGEST = 1 << 30
_SMALL = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The command line of `registry register`, as typed."""

    file: Path
    name: str
    metrics: Path
    semver: str
    data_digest: str
    parameters: Path | None
    revision: str | None
    description: str
    dry_run: bool


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What came of it: a version, or what a new one would be; and why it has its number."""

    version: Version | None
    semver: Semver
    why: str
    new: bool


def register(wanted: Wanted, registry: Mlflow) -> Registration:
    """Register a file, or find the version that has its bytes already.

    Raises:
        RefusedError: file, metrics or number are not what a version can be made of.
        RegistryError: the registry does not answer, or refuses; then there is no new version,
            or it is said which is to be deleted.
    """
    refuse_name(wanted.name)
    content = given_bytes(wanted.file, most=_LARGEST)
    artifact = _artifact(wanted, content)
    found, others = metrics(given_bytes(wanted.metrics, most=_SMALL), str(wanted.metrics))
    if others:
        say(f"{wanted.metrics}: not registered, since nothing judges it: {', '.join(others)}")
    given = _given(wanted.semver)
    with busy("Asking the registry"):
        versions = known(registry, wanted.name)
    if same := next((one for one in versions if one.digest == artifact.digest), None):
        _refuse_lost(registry, wanted.name, same.number, len(content))
        return _same(same, found, given)
    if given:
        refuse_unfit(given, artifact, versions)
    number, why = proposed(artifact, versions)
    number, why = (given, "as given") if given else (number, why)
    if wanted.dry_run:
        return Registration(version=None, semver=number, why=why, new=True)
    with busy(f"Uploading {wanted.file.name}"):
        registry.create_model(wanted.name)
        experiment = registry.experiment(wanted.name)
        source = registry.upload(experiment, wanted.name, content)
        # It comes into being last: a failure before leaves none, and one after takes it back.
        row = registry.create_version(
            wanted.name, source, tags(artifact, number, found), wanted.description
        )
        _take_back_lost(registry, wanted.name, row.number, len(content))
        before = _before(registry, wanted.name, Version(row=row))
    if before:
        why = "another run registered these bytes meanwhile"
        return Registration(version=before, semver=number, why=why, new=False)
    return Registration(version=Version(row=row), semver=number, why=why, new=True)


def _before(registry: Mlflow, name: str, made: Version) -> Version | None:
    """Return the version of another run with the same bytes, for which a new one is deleted.

    Raises:
        RegistryError: another run took the same number for other bytes; the new one is gone.
    """
    try:
        older = [one for one in known(registry, name) if one.number < made.number]
    except RegistryError as error:
        _take_back(registry, name, made.number, error.cause)
        raise
    same = next((one for one in older if one.digest == made.digest), None)
    taken = next((one for one in older if one.semver == made.semver), None)
    if same or taken:
        _take_back(registry, name, made.number, "another run registered the same meanwhile")
    if taken and not same:
        cause = f"another run registered {taken.semver} meanwhile, as version {taken.number}"
        raise RegistryError(cause, "run it again: it gets the next number")
    return same


def _artifact(wanted: Wanted, content: bytes) -> Artifact:
    try:
        form = architecture(content)
    except OnnxError as error:
        raise refusal(str(wanted.file), error.cause, error.cure) from None
    return Artifact(
        digest=f"sha256:{sha256(content).hexdigest()}", size=len(content),
        architecture=form.digest, data=_digest(wanted.data_digest),
        parameters=_parameters(wanted.parameters), revision=_revision(wanted.revision),
    )  # fmt: skip


def _digest(text: str) -> str:
    if text and (len(text) != 71 or not text.startswith("sha256:") or set(text[7:]) - _HEX):
        cure = "take the SHA-256 of the training data, and write sha256: before it"
        raise refusal("--data-digest", f"is {text!r:.80}, not a digest", cure)
    return text


_HEX = frozenset("0123456789abcdef")


def _parameters(file: Path | None) -> str:
    """Return the digest of the parameters of a training, however their file is laid out."""
    if file is None:
        return ""
    try:
        return digest_of(bounded_json(given_bytes(file, most=_SMALL)))
    except TextError as error:
        raise refusal(str(file), str(error), "write the parameters as JSON") from None


def _revision(given: str | None) -> str:
    if given is not None:
        if given and (not 7 <= len(given) <= 64 or set(given) - _HEX):
            raise refusal("--revision", f"is {given!r:.80}, not a commit", "give its hash")
        return given
    git = Git(folder=Path.cwd(), run=run)
    if git.is_repository() and git.is_clean():
        return git.commit("HEAD") or ""
    say("note: no revision of the code is recorded, since there is no commit of all of it here")
    return ""


def _given(text: str) -> Semver | None:
    if not text:
        return None
    if found := semver(text):
        return found
    raise refusal("--semver", f"is {text!r:.80}, not a semantic version", "write it like 1.2.0")


def _same(there: Version, found: Mapping[str, float], given: Semver | None) -> Registration:
    """Return the version that has the same bytes already.

    Raises:
        RefusedError: something else is said of it now.
    """
    cure = "leave it as it is, or register other bytes"
    if differs := [name for name in METRICS if there.metric(name) != found[name]]:
        told = f"{differs[0]} {there.metric(differs[0])}, not {found[differs[0]]}"
        raise refusal("--metrics", f"version {there.number} has these bytes, with {told}", cure)
    if there.semver is None or (given and given != there.semver):
        cause = f"version {there.number} has these bytes, as {there.semver}"
        raise refusal("--semver", cause, cure)
    why = "these bytes are registered already"
    return Registration(version=there, semver=there.semver, why=why, new=False)


def _refuse_lost(registry: Mlflow, name: str, number: int, length: int) -> None:
    if wrong := _lost(registry, name, number, length):
        cause = f"version {number} of {name} has these bytes, but its file {wrong}"
        cure = f"bring the file back, or {_DELETE.format(name, number)}, and register it again"
        raise RegistryError(cause, cure)


def _take_back_lost(registry: Mlflow, name: str, number: int, length: int) -> None:
    try:
        wrong = _lost(registry, name, number, length)
    except RegistryError as error:
        _take_back(registry, name, number, error.cause)
        raise
    if wrong:
        cause = f"the file of {name} {wrong}, and {length} were sent"
        _take_back(registry, name, number, cause)
        cure = "look at the artifact store, and run it again"
        raise RegistryError(f"{cause}, so version {number} was deleted again", cure)


def _lost(registry: Mlflow, name: str, number: int, length: int) -> str:
    """Return what is wrong with the stored file of a version; empty if it is there whole."""
    there = registry.files(name, number).get(FILE)
    if there is None:
        return "is not in the artifact store"
    return "" if there == length else f"has {there} bytes there"


def _take_back(registry: Mlflow, name: str, number: int, why: str) -> None:
    """Delete a version that was just made.

    Raises:
        RegistryError: it stays; it is said why it was to go.
    """
    try:
        registry.delete(name, number)
    except RegistryError as error:
        cause = f"{why}, but version {number} of {name} could not be deleted: {error.cause}"
        raise RegistryError(cause, f"{_DELETE.format(name, number)}, and run it again") from None


_DELETE = "delete it with `localai-gitops registry delete {} {}`"


def lines(wanted: Wanted, made: Registration) -> Sequence[str]:
    """Return what came of it in words."""
    name = wanted.name
    if made.version is None:
        return [f"{name} would be {made.semver}: {made.why}", "nothing was registered"]
    number = made.version.number
    verb = "registered" if made.new else "is there"
    return [
        f"{verb}: models:/{name}/{number}, {made.semver}: {made.why}",
        f"next: localai-gitops registry declare {name} {number} --stack STACK",
    ]
