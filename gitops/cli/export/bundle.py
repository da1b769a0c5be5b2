"""`export bundle`: all that stacks need, by digest, in one file for a site without a network."""

import hashlib
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fetch
from components.parts.part import Part
from gitops import VERSION
from gitops.adapters.archive import ArchiveError, below, digest_of, reading
from gitops.adapters.process import OutsideError
from gitops.adapters.skopeo import Skopeo
from gitops.cli.export.packing import Bar, pack
from gitops.cli.root import checkout
from gitops.cli.terminal import say
from gitops.export.bundle import (
    CHARTS,
    IMAGES,
    LARGEST_LIST,
    LIST,
    SETS,
    STACKS,
    TOOL,
    Bundle,
    Entry,
    Image,
    images,
    missing_charts,
    named_digest,
    read,
    refused,
    text,
    without,
)
from gitops.export.bundle import VERSION as FORM
from gitops.export.compose import exported
from gitops.planning.checkout import declared, declared_parts
from gitops.planning.rendering.rendering import files as rendered
from settings.file import read_stack_file


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person asked for: stacks, the file, and folders with what cannot be made here."""

    stacks: Sequence[str]
    out: Path
    tool: Path | None
    charts: Path | None
    since: Path | None
    key: Path | None
    skopeo: Skopeo
    bar: Bar

    @property
    def work(self) -> Path:
        """Return the folder that keeps what was brought, so that another run goes on."""
        return self.out.with_name(f"{self.out.name}.work")


def write(wish: Wish) -> Bundle:
    """Write a bundle and return its list.

    Raises:
        RefusedError: a stack is not valid, an image is not pinned, or something could not be had.
    """
    root = checkout()
    other = read_list(wish.since) if wish.since else None
    parts = {stack: declared_parts(root, stack) for stack in wish.stacks}
    found = _images(root, parts)
    brought = {TOOL: _wheels(wish), CHARTS: _charts(root, wish)}
    sets = _bring(wish, parts, found)
    _write_stacks(root, wish, parts)
    files = dict(_files(wish, found, sets, brought))
    entries = tuple(_entry(name, path) for name, path in files.items())
    made = Bundle(
        version=FORM, tool=VERSION, machine=platform.machine(), stacks=tuple(wish.stacks),
        images=found, sets=sets, entries=without(entries, other),
        since=_sha256(text(other)) if other else None,
    )  # fmt: skip
    pack(wish.out, made, files, wish.key, wish.bar)
    return made


def read_list(bundle: Path) -> Bundle:
    """Return the list of a bundle.

    Raises:
        RefusedError: it is none.
    """
    try:
        with reading(bundle) as archive:
            return read(archive.first(LIST, LARGEST_LIST), str(bundle))
    except (OSError, ArchiveError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise refused(str(bundle), cause, "name a whole bundle") from None


def _images(root: Path, parts: dict[str, tuple[Part, ...]]) -> tuple[Image, ...]:
    found: dict[str, Image] = {}
    for stack, each in parts.items():
        file = read_stack_file(root, stack)
        for one in images(each, file.settings.registry, file.document.file):
            found[one.place] = one
    return tuple(found[place] for place in sorted(found))


def _wheels(wish: Wish) -> list[Path]:
    """Return the wheels of the tool and of what it needs."""
    if wish.tool is None:
        say("note: the tool is not in it: name a folder of its wheels by --tool")
        return []
    found = [one for one in below(wish.tool) if one.suffix in (".whl", ".txt")]
    if not any(one.name.startswith(f"localai_gitops-{VERSION}-") for one in found):
        cure = "put it there by `make dist`, and what it needs by `pip download`"
        raise refused(str(wish.tool), f"holds no wheel of localai-gitops {VERSION}", cure)
    return found


def _charts(root: Path, wish: Wish) -> list[Path]:
    """Return the archives of the charts of the stacks."""
    charts = [
        (one.chart, one.version)
        for stack in wish.stacks
        for one in read_stack_file(root, stack).settings.charts.values()
    ]
    found = [one for one in below(wish.charts) if one.suffix == ".tgz"] if wish.charts else []
    if missing := missing_charts(charts, (one.name for one in found)):
        cure = "put it there by `helm pull`, and name the folder by --charts"
        raise refused(str(wish.charts or "--charts"), f"lacks {missing[0]}", cure)
    wanted = {f"{chart}-{version.removeprefix('v')}.tgz" for chart, version in charts}
    return [one for one in found if one.name in wanted]


def _bring(
    wish: Wish, parts: dict[str, tuple[Part, ...]], found: Sequence[Image]
) -> dict[str, tuple[str, ...]]:
    """Bring weights and images into the folder of work, and return the sets of weights."""
    sets = wish.work / SETS
    sets.mkdir(parents=True, exist_ok=True)
    known: dict[str, tuple[str, ...]] = {}
    for content in _sets(parts):
        made = json.loads(content)
        (sets / f"{made['digest']}.json").write_text(content, encoding="utf-8")
        known[made["digest"]] = tuple(one["path"] for one in made["files"])
    (wish.work / IMAGES).mkdir(exist_ok=True)
    _fetch(wish, known)
    advance = wish.bar("bringing images", len(found))
    for one in found:
        try:
            wish.skopeo.fetch(one.source, wish.work / IMAGES, one.tag)
        except OutsideError as error:
            raise refused(one.source, error.cause, error.cure) from None
        advance(1)
    return known


def _sets(parts: dict[str, tuple[Part, ...]]) -> Iterator[str]:
    for each in parts.values():
        for part in each:
            manifest: Any = part.manifest or {}
            named = manifest.get("metadata", {}).get("name", "")
            if manifest.get("kind") == "ConfigMap" and "-set-" in named:
                yield from manifest["data"].values()


def _fetch(wish: Wish, sets: Iterable[str]) -> None:
    """Fetch weights by the program of the pods: it verifies, and goes on where it was cut."""
    files = [wish.work / SETS / f"{digest}.json" for digest in sets]
    words = [word for file in files for word in ("--set", str(file))]
    root = wish.work / "models"
    command = [sys.executable, "-m", fetch.__name__, "fetch", *words, "--root", str(root)]
    if files and subprocess.run(command, check=False, stdout=2).returncode:
        raise refused(str(root), "does not hold all weights", "see above, and run this again")


def _write_stacks(root: Path, wish: Wish, parts: dict[str, tuple[Part, ...]]) -> None:
    """Write the manifests and the Compose files of each stack."""
    top = wish.work / STACKS
    shutil.rmtree(top, ignore_errors=True)
    for one in declared(root, wish.stacks):
        made = exported(one.stack, parts[one.stack])
        texts = {f"manifests/{name}": each for name, each in rendered(one).items()}
        texts |= {f"compose/{name}": each for name, each in made.files.items()}
        texts["compose/env"] = made.environment
        for name, each in texts.items():
            path = top / one.stack / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(each, encoding="utf-8", newline="\n")


def _files(
    wish: Wish, found: Sequence[Image], sets: dict[str, tuple[str, ...]],
    brought: dict[str, list[Path]],
) -> Iterator[tuple[str, Path]]:  # fmt: skip
    """Yield the files of a bundle by name: small ones first, so that they are found soon."""
    for folder, paths in brought.items():
        yield from ((f"{folder}/{path.name}", path) for path in paths)
    for path in below(wish.work / STACKS):
        yield path.relative_to(wish.work).as_posix(), path
    for digest in sorted(sets):
        yield f"{SETS}/{digest}.json", wish.work / SETS / f"{digest}.json"
    if found:
        yield from ((path.relative_to(wish.work).as_posix(), path)
                    for path in below(wish.work / IMAGES))  # fmt: skip
    for path in sorted({path for paths in sets.values() for path in paths}):
        yield path, wish.work / "models" / path


def _entry(name: str, path: Path) -> Entry:
    # Blobs and weights are named by their digest, and held against it when they are packed.
    sha256 = named_digest(name) or digest_of(path)
    return Entry(path=name, size=path.stat().st_size, sha256=sha256)


def _sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
