"""Writing a container image as a docker-archive tar, byte for byte the same every time."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from sandbox.errors import SandboxError


@dataclass(frozen=True, kw_only=True)
class Image:
    """What an image holds: files by their path inside it, and how it starts.

    `files` maps a path inside to a file on this machine, `texts` to its content (a script may be
    run), `links` to what a symbolic link names. Anybody may write to `writable` folders. `user` is
    a numeric user id, as pod security asks.
    """

    name: str
    entrypoint: tuple[str, ...]
    files: Mapping[str, Path] = field(default_factory=dict[str, Path])
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    environment: tuple[str, ...] = ()
    user: str = ""
    writable: tuple[str, ...] = ()


def entry(path: str, kind: bytes = tarfile.REGTYPE, mode: int = 0o644) -> tarfile.TarInfo:
    """Return a tar header without owner or time."""
    header = tarfile.TarInfo(path.lstrip("/"))
    header.type = kind
    header.mode = mode
    return header


def parents(paths: Sequence[str]) -> list[str]:
    """Return every folder above these paths, each before what it holds."""
    found = {str(folder) for path in paths for folder in PurePosixPath(path).parents}
    return sorted(found - {"/", "."})


def layer(image: Image) -> bytes:
    """Return the image's only layer as a tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        writable = ("/tmp", *image.writable)  # noqa: S108 - a folder of the image
        made = [f"{folder}/any" for folder in writable]
        for folder in parents([*image.files, *image.texts, *image.links, *made]):
            mode = 0o1777 if folder in writable else 0o755
            tar.addfile(entry(folder, tarfile.DIRTYPE, mode))
        for path, target in sorted(image.links.items()):
            header = entry(path, tarfile.SYMTYPE, 0o777)
            header.linkname = target
            tar.addfile(header)
        for path, text in sorted(image.texts.items()):
            mode = 0o755 if text.startswith("#!") else 0o644
            add(tar, entry(path, mode=mode), text.encode())
        for path, source in sorted(image.files.items()):
            add(
                tar,
                entry(path, mode=0o755 if is_executable(source) else 0o644),
                source.read_bytes(),
            )
    return buffer.getvalue()


def is_executable(path: Path) -> bool:
    """Tell whether a file may be run by its owner."""
    return bool(path.stat().st_mode & 0o100)


def add(tar: tarfile.TarFile, header: tarfile.TarInfo, content: bytes) -> None:
    """Add one file with its content."""
    header.size = len(content)
    tar.addfile(header, io.BytesIO(content))


def configuration(image: Image, layer_digest: str) -> dict[str, object]:
    """Return the image configuration that names its layer and how it starts."""
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Entrypoint": list(image.entrypoint),
            "Env": list(image.environment),
            "User": image.user,
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer_digest}"]},
        "history": [{"created_by": "sandbox"}],
    }


def write_archive(image: Image, path: Path) -> Path:
    """Write an image as a docker-archive tar and return where it is."""
    content = layer(image)
    config = json.dumps(configuration(image, hashlib.sha256(content).hexdigest())).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [{"Config": config_name, "RepoTags": [image.name], "Layers": ["layer.tar"]}]
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        add(tar, entry("layer.tar"), content)
        add(tar, entry(config_name), config)
        add(tar, entry("manifest.json"), json.dumps(manifest).encode())
    return path


PAUSE = "docker.io/local/pause:1"


class BusyboxError(SandboxError):
    """The machine has no static busybox."""


def pause(busybox: Path) -> Image:
    """Return the pause image around a static busybox."""
    forever = str(2**31 - 1)
    return Image(
        name=PAUSE, entrypoint=("/bin/busybox", "sleep", forever), files={"/bin/busybox": busybox}
    )


def pause_image(path: Path) -> Path:
    """Write the pause image to `path` and return it; raises BusyboxError without a busybox."""
    busybox = shutil.which("busybox")
    if not busybox:
        raise BusyboxError(
            "The pause image needs a static busybox", "Run: apt-get install busybox-static"
        )
    return write_archive(pause(Path(busybox)), path)
