"""What a kubelet makes of a pod, in folders of this machine: volumes, mounts, user, rights.

No mounts are made, so that it works wherever the tests are root: what a container sees is a folder
with links to its volumes, and every absolute path of its command is looked for there. A claim that
is mounted read-only is made unwritable while the container runs; images and maps are root's anyway.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from components.pool.containers import USER

# Of a claim's file system, and of an empty folder; both after fsGroup (kubelet, volume_linux.go).
_CLAIM, _EMPTY = 0o2775, 0o2777
# What `container_security` and `pod_security` amount to.
_CONFINED = (
    "setpriv", f"--reuid={USER}", f"--regid={USER}", f"--groups={USER}", "--inh-caps=-all",
    "--bounding-set=-all", "--no-new-privs", "--",
)  # fmt: skip
_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, kw_only=True)
class Node:
    """Folders for claims and pods, the ConfigMaps of a stack, and what its images hold."""

    root: Path
    maps: Mapping[str, Mapping[str, str]]
    images: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def volume(self, pod: str, name: str, spec: Mapping[str, Any]) -> Path:
        """Return a volume of a pod as a container finds it; it is made where it is not there."""
        volume = next(one for one in spec["volumes"] if one["name"] == name)
        if claim := volume.get("persistentVolumeClaim"):
            return _owned(self.root / "claims" / claim["claimName"], _CLAIM)
        folder = self.root / "pods" / pod / "volumes" / name
        if "configMap" in volume or "secret" in volume:
            return self._projected(folder, volume)
        if "image" in volume:
            return self._unpacked(folder, volume["name"])
        return _owned(folder, _EMPTY if "emptyDir" in volume else _CLAIM)

    def run(
        self, pod: str, spec: Mapping[str, Any], container: Mapping[str, Any]
    ) -> subprocess.CompletedProcess[str]:
        """Run a container of a pod to its end."""
        inside = self.root / "pods" / pod / container["name"]
        shutil.rmtree(inside, ignore_errors=True)
        inside.mkdir(parents=True)
        with ExitStack() as held:
            for mount in container["volumeMounts"]:
                source = self.volume(pod, mount["name"], spec)
                if mount.get("readOnly") and source.parent.name == "claims":
                    held.enter_context(_unwritable(source))
                _mounted(source, inside / mount["mountPath"].lstrip("/"))
            line = [*_CONFINED, *(_seen(word, inside) for word in container["command"])]
            return subprocess.run(
                [interpreter() if word == "python" else word for word in line],
                env={"PATH": _PATH, **_environment(container, inside)},
                cwd=_seen(container.get("workingDir", "/"), inside), umask=0o022,
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip

    def _projected(self, folder: Path, volume: Mapping[str, Any]) -> Path:
        """Return a volume of a ConfigMap or a Secret: links to files in a folder with a date."""
        source = volume.get("configMap") or volume["secret"]
        data = self.maps.get(source.get("name", ""), {})
        items = {one["path"]: data.get(one["key"], "") for one in source.get("items", [])}
        if not folder.is_dir():
            dated = folder / "..2026_01_01"
            dated.mkdir(parents=True)
            (folder / "..data").symlink_to(dated.name)
            for name, text in (items or data).items():
                (dated / name).write_text(text, encoding="utf-8")
                (folder / name).symlink_to(f"..data/{name}")
        return folder

    def _unpacked(self, folder: Path, name: str) -> Path:
        """Return an image's files: root's and read-only; `-> ` is a link."""
        if not folder.is_dir():
            folder.mkdir(parents=True)
            for path, text in self.images[name].items():
                place = folder / path
                place.parent.mkdir(parents=True, exist_ok=True)
                if text.startswith("-> "):
                    place.symlink_to(text.removeprefix("-> "))
                else:
                    place.write_text(text, encoding="utf-8")
                    place.chmod(0o555 if place.suffix == ".sh" else 0o444)
        return folder


def _owned(folder: Path, mode: int) -> Path:
    if not folder.is_dir():
        folder.mkdir(parents=True)
        os.chown(folder, 0, USER)
        folder.chmod(mode)
    return folder


def _mounted(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if source.name.startswith("engine-"):
        # Commands walk from a folder above into these, and would copy a link as a link.
        shutil.copytree(source, place, symlinks=True)
    else:
        place.symlink_to(source)


def _seen(word: str, inside: Path) -> str:
    return f"{inside}{word}" if word.startswith("/") else word


def _environment(container: Mapping[str, Any], inside: Path) -> dict[str, str]:
    return {
        one["name"]: _seen(one.get("value", "secret"), inside) for one in container.get("env", [])
    }


def _tree(folder: Path) -> Iterator[Path]:
    yield folder
    yield from (path for path in folder.rglob("*") if not path.is_symlink())


@contextmanager
def _unwritable(folder: Path) -> Generator[None]:
    known = {path: path.stat() for path in _tree(folder)}
    for path, was in known.items():
        os.chown(path, 0, was.st_gid)
        path.chmod(was.st_mode & 0o7555)
    try:
        yield
    finally:
        for path, was in known.items():
            os.chown(path, was.st_uid, was.st_gid)
            path.chmod(was.st_mode & 0o7777)


@cache
def interpreter() -> str:
    """Return a Python that the pods' user may run; root's own may lie where only root looks."""
    for path in ("/usr/bin/python3", "/usr/local/bin/python3", sys.executable):
        line = [
            *_CONFINED,
            path,
            "-E",
            "-s",
            "-c",
            "import sys; sys.exit(sys.version_info < (3, 11))",
        ]
        if not subprocess.run(line, capture_output=True, cwd="/", check=False).returncode:
            return path
    raise AssertionError(f"the user {USER} can run no Python 3.11 or newer on this machine")
