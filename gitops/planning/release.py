"""The release that a stack could have now, and how far the one it has is behind."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from components.checks.resolve import release_of
from documents.problem import Problem, refusal
from gitops.planning.checkout import FIRST, Declared, is_first, resolved
from gitops.planning.printable import listed
from models.catalog import Catalog
from models.definition import Definition
from settings.file import StackFile
from settings.release import Block, Release, release_name, served_digest, short

# One line of a terminal holds about so many.
_MOST = 5


def next_release(file: StackFile, catalog: Catalog, *, keep: bool = False) -> Release:
    """Return the release of a stack as its file is now, with the models of a catalog.

    With `keep`, models that the present release holds stay as they are there.

    Raises:
        RefusedError: the stack names what is not there, or cannot work.
    """
    old = file.release
    kept = old.models if old and keep else {}
    settings = file.settings.model_copy(update={"release": None})
    alone = replace(file, settings=settings, release=None)
    found = release_of(
        *resolved(alone, replace(catalog, definitions={**catalog.definitions, **kept}))
    )
    # A digest may have come with a promotion, and be in no stack file.
    known = old.images if old else {}
    images = {name: one or known.get(name, "") for name, one in found.images.items()}
    return found.model_copy(update={"images": images})


def refuse_first(stack: str, *, alone: bool) -> None:
    """Refuse to give the first stack a release file.

    Raises:
        RefusedError: it is the first stack.
    """
    if is_first(stack, alone=alone):
        cause = "is of the first stack, which serves models/ as they are"
        raise refusal(release_name(stack), cause, "name a later stack")


def release_notes(declared: Declared) -> Iterator[Problem]:
    """Yield how far stacks are behind, and which ones neither float nor have a release."""
    for file in declared.files:
        if file.release:
            yield from _blocked(file.stack, file.release, declared.blocks)
            yield from _behind(file, file.release, declared)
        elif file.settings.release is None and not is_first(file.stack, alone=declared.alone):
            yield Problem(
                file=file.document.file, stack=file.stack, refuses=False,
                cause="has no release file, so an edit of models/ reaches it at once",
                cure=f"write one with `localai-gitops release {file.stack}`, or say "
                "`localai:release: floats`",
            )  # fmt: skip


def _blocked(stack: str, release: Release, blocks: Iterable[Block]) -> Iterator[Problem]:
    for one in blocks:
        if one.release == release.digest:
            cause = f"is release {short(one.release)}, which is blocked: {one.reason}"
            cure = f"promote another one, or `localai-gitops rollback {stack}`"
            name = release_name(stack)
            yield Problem(file=name, stack=stack, refuses=False, cause=cause, cure=cure)


def _behind(file: StackFile, release: Release, declared: Declared) -> Iterator[Problem]:
    words: list[str] = []
    if models := behind(release, declared.catalog.definitions):
        verb = "differs" if len(models) == 1 else "differ"
        share = f"{len(models)} of its {len(release.models)} models {verb} in models/"
        words.append(f"{share} ({listed(models, 'model', _MOST)})")
    words += (
        f"{one.stack} runs LocalAI {one.settings.server.version}"
        for one in declared.files
        if one.stack == FIRST and one.settings.server.version != release.server
    )
    if words:
        cause = f"is behind: {'; '.join(words)}"
        cure = f"promote what was proven, or `localai-gitops release {file.stack}`"
        name = release_name(file.stack)
        yield Problem(file=name, stack=file.stack, refuses=False, cause=cause, cure=cure)


def behind(release: Release, definitions: Mapping[str, Definition]) -> tuple[str, ...]:
    """Return the models of a release that a catalog has otherwise, or no longer."""
    return tuple(
        name
        for name, digest in release.summary["models"].items()
        if name not in definitions or served_digest(definitions[name]) != digest
    )
