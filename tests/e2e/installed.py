"""Programs of Debian that single live tests need; without one they fail, and are not skipped."""

from collections.abc import Callable
from shutil import which

import pytest

_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def needed(*programs: str, package: str = "") -> None:
    """Fail where a program is missing; each is in the package of its name, if none is named."""
    for name in programs:
        if which(name) is None and which(name, path=_SBIN) is None:
            pytest.fail(f"{name} is not installed: apt-get install {package or name}")


def needs(*programs: str) -> Callable[[], None]:
    """Return a fixture of a module whose tests all need these programs."""

    @pytest.fixture(scope="module", autouse=True)
    def installed() -> None:
        needed(*programs)

    return installed
