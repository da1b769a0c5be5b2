"""What a change lets run that did not run before: images, and charts, by where they come from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from gitops.planning.note import Kind, Note
from gitops.planning.objects import ObjectChange
from gitops.planning.printable import listed
from gitops.planning.rendering.rendering import Rendering

_ARTIFACT = "oci://"
# One line of a terminal holds about so many.
_MOST = 3
# Digits of a digest that people compare.
_DIGITS = 12


def source_notes(
    base: Rendering | None, head: Rendering, _: Sequence[ObjectChange] = ()
) -> Iterator[Note]:
    """Yield each repository of images or charts that is new, then other images of known ones.

    Whatever object it is in: one that is created shows no field of its own.
    """
    old, new = _images(base), _images(head)
    for repository, versions in new.items():
        before = old.get(repository, {})
        added = [one for one in versions if one not in before]
        if not before:
            at = listed(added, "version", _MOST)
            text = f"images come from a new repository: {repository} at {at}"
            yield Note(Kind.IMAGE_SOURCE_ADDED, (repository,), text)
        elif added:
            gone = [one for one in before if one not in versions]
            was = f", no longer at {listed(gone, 'version', _MOST)}" if gone else ""
            text = f"other images of {repository} run: at {listed(added, 'version', _MOST)}{was}"
            yield Note(Kind.IMAGES_CHANGE, (repository,), text)
    known = set(_charts(base).values())
    for name, source in _charts(head).items():
        if source not in known:
            text = f"{name} installs a chart from a new source: {source}"
            yield Note(Kind.CHART_SOURCE_ADDED, (name,), text)


def _images(rendering: Rendering | None) -> Mapping[str, Mapping[str, None]]:
    """Return the versions of each repository that a stack's objects name, in their order."""
    found: dict[str, dict[str, None]] = {}
    for part in rendering.parts if rendering else ():
        for reference in _references(part.object):
            repository, version = _split(reference)
            found.setdefault(repository, {})[version] = None
    return found


def _references(value: Any) -> Iterator[str]:
    """Yield the images in a value, however deep: of containers, volumes, commands and charts."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str) and one.startswith(_ARTIFACT):
            yield one.removeprefix(_ARTIFACT)
        elif isinstance(one, list):
            stack += reversed(cast("list[Any]", one))
        elif isinstance(one, dict):
            fields = cast("dict[str, Any]", one)
            yield from _named(fields.get("image"))
            stack += reversed(fields.values())


def _named(image: Any) -> Iterator[str]:
    if isinstance(image, dict):
        # A volume has a reference, a chart most often a repository and a tag.
        known = cast("dict[str, Any]", image)
        tag = f":{known['tag']}" if known.get("tag") else ""
        image = known.get("reference") or (
            f"{known['repository']}{tag}" if known.get("repository") else None
        )
    if isinstance(image, str) and image:
        yield image


def _split(reference: str) -> tuple[str, str]:
    """Return the repository of an image, and its tag and the start of its digest."""
    name, _, digest = reference.partition("@")
    folder, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    cut = digest[: len("sha256:") + _DIGITS]
    return f"{folder}{slash}{last}", "@".join(filter(None, (tag, cut))) or "no tag"


def _charts(rendering: Rendering | None) -> Mapping[str, str]:
    """Return the chart of each Application, with its repository."""
    found: dict[str, str] = {}
    for part in rendering.parts if rendering else ():
        if part.object and part.object["kind"] == "Application":
            spec: dict[str, Any] = part.object["spec"]
            source: dict[str, Any] = spec.get("source", {})
            if "chart" in source:
                name = part.object["metadata"]["name"]
                found[name] = f"{source['chart']} of {source['repoURL']}"
    return found
