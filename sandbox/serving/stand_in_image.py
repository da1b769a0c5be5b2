"""The two images that a stack on a processor runs, under the very names it declares."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.images.archive import Image
from sandbox.images.python import CERTIFICATES, PREFIX, VERSION, libraries, python_image, tree

ROOM = Path(__file__).resolve().parents[2] / "sandbox"
STAND_IN = "sandbox/localai_standin"
PACKAGES = ("yaml", "_yaml", "xllamacpp")
_PROGRAM = f"""\
#!{PREFIX}/bin/python3 -I
import sys
from sandbox.localai_standin.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


class PackageError(SandboxError):
    """A package that belongs into an image is not installed here."""


def weights_image(name: str, authority: Path) -> Image:
    """Return the image of the weights Job: Python, which trusts this certificate authority."""
    made = python_image(name, files={str(CERTIFICATES): authority})
    return replace(
        made,
        links={**made.links, f"{PREFIX}/bin/python": f"python{VERSION}"},
        environment=(*made.environment, f"SSL_CERT_FILE={CERTIFICATES}"),
    )


def stand_in_image(name: str, binary: str) -> Image:
    """Return the stand-in for LocalAI; `binary` is where the server's program lies in its image.

    Raises:
        PackageError: the packages that the live tests need are not installed.
    """
    found = [package(one) for one in PACKAGES]
    site_packages = f"{PREFIX}/lib/python{VERSION}/site-packages"
    native = [path for folder in found for path in folder.rglob("*.so")]
    files = {
        **libraries(native),
        **tree(ROOM / "localai_standin", f"{site_packages}/{STAND_IN}"),
        f"{site_packages}/sandbox/__init__.py": ROOM / "__init__.py",
    }
    made = python_image(name, files=files, site_packages=found, entrypoint=(binary,))
    return replace(made, texts={**made.texts, binary: _PROGRAM})


def package(name: str) -> Path:
    """Return the folder of an installed package; raises PackageError when there is none."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise PackageError(
            f"The package {name} is not installed",
            "Run: pip install --require-hashes -r requirements-e2e.txt",
        )
    return Path(spec.origin).parent
