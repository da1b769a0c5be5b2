"""Putting the stand-ins where the engine looks for plugins: `python -m sandbox.plugins.install`."""

import argparse
import shlex
import sys
from pathlib import Path
from typing import Final

from sandbox.plugins.standin import PACKAGES, version

CHECKOUT: Final = Path(__file__).resolve().parents[2]


def install(
    home: Path,
    *,
    python: Path = Path(sys.executable),
    checkout: Path = CHECKOUT,
    names: tuple[str, ...] = tuple(PACKAGES),
) -> list[Path]:
    """Write one executable for each plugin under a Pulumi home and return them.

    An official plugin that lies there already is left alone: it is always the better one.
    """
    return [_install(home / "plugins", name, python, checkout) for name in names]


def is_stand_in(executable: Path) -> bool:
    """Whether a plugin's executable is one that `install` wrote."""
    return b"sandbox.plugins" in executable.read_bytes()[:1000]


def _install(plugins: Path, name: str, python: Path, checkout: Path) -> Path:
    folder = plugins / f"resource-{name}-v{version(name)}"
    executable = folder / f"pulumi-resource-{name}"
    if executable.exists() and not is_stand_in(executable):
        return executable
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{executable.name}.new"
    fresh.write_text(_script(name, python, checkout))
    fresh.chmod(0o755)
    fresh.replace(executable)
    return executable


def _script(name: str, python: Path, checkout: Path) -> str:
    return (
        "#!/bin/sh\n"
        f"PYTHONPATH={shlex.quote(str(checkout))} "
        f'exec {shlex.quote(str(python))} -m sandbox.plugins {name} "$@"\n'
    )


def main() -> int:
    """Install into the Pulumi home given as the only argument."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.plugins.install", description=__doc__)
    parser.add_argument("home", type=Path, help="the Pulumi home, such as ~/.pulumi")
    for executable in install(parser.parse_args().home.expanduser()):
        kind = "stand-in" if is_stand_in(executable) else "official, kept"
        print(f"{executable} ({kind})")  # noqa: T201 - a command prints its result
    return 0


if __name__ == "__main__":
    sys.exit(main())
