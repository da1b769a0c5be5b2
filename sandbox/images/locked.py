"""An image as a Dockerfile of ours makes it, from an environment that holds its locked packages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from sandbox.images.archive import Image
from sandbox.images.python import PREFIX, VERSION, libraries, python_image

_USER = re.compile(r"^USER (\S+)$", re.MULTILINE)


def locked_image(name: str, environment: Path, dockerfile: Path) -> Image:
    """Return the image with all packages of an environment, and the user of the Dockerfile."""
    site = environment / "lib" / f"python{VERSION}" / "site-packages"
    made = python_image(
        name,
        site_packages=[path for path in site.iterdir() if path.name != "__pycache__"],
        entrypoint=(),
    )
    (user,) = _USER.findall(dockerfile.read_text())
    native = [path for path in site.rglob("*") if ".so" in path.suffixes]
    # Its own libraries are among its packages.
    system = {name: path for name, path in libraries(native).items()
              if not name.startswith(str(environment))}  # fmt: skip
    return replace(
        made,
        files={**system, **made.files},
        links={**made.links, f"{PREFIX}/bin/python": f"python{VERSION}"},
        user=user,
    )
