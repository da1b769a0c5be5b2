"""The image of served models as package/predict/Dockerfile makes it, from packages found here."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from sandbox.images.archive import Image
from sandbox.images.python import PREFIX, VERSION, libraries, python_image

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "package" / "predict" / "Dockerfile"
PREDICT = "docker.io/local/predict:1"
_USER = re.compile(r"^USER (\S+)$", re.MULTILINE)


def predict_image(environment: Path) -> Image:
    """Return the image with all packages of an environment into which the lock was installed."""
    site = environment / "lib" / f"python{VERSION}" / "site-packages"
    made = python_image(
        PREDICT,
        site_packages=[path for path in site.iterdir() if path.name != "__pycache__"],
        entrypoint=(),
    )
    (user,) = _USER.findall(DOCKERFILE.read_text())
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
