"""`make foreign`: the quick suite in copies of this checkout whose stacks and models are others.

    python -m tests.foreign [none|tiny|large|one|all]

`one` takes one of the sets by the commit that is checked out, so that each has its turn.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tests.support.project import PROJECT, ROOT

Files = Mapping[str, str]
# Names that the tests' own stacks and samples have too, and one with a dot.
_STACKS = (
    "dev", "test", "gateway", "inside", "eu.west",
    *(f"region-{number:02d}" for number in range(15)),
)  # fmt: skip
_POOLS, _MODELS = 8, 60
# Nobody pulls what these stacks name.
_WAIVED_UNTIL = date.today() + timedelta(days=30)


def sets() -> dict[str, Files]:
    """Return sets of stack files and models by name, each file with its text."""
    return {"none": {}, "tiny": _tiny(), "large": dict(_large())}


def _tiny() -> Files:
    pools = {"words": _pool("house-words")}
    return {
        "Pulumi.home.yaml": _stack("home", pools),
        "models/house-words.yaml": _model("house-words"),
    }


def _large() -> Iterator[tuple[str, str]]:
    models = [f"team-model-{number:02d}" for number in range(_MODELS)]
    yield from ((f"models/{name}.yaml", _model(name)) for name in models)
    for place, stack in enumerate(_STACKS):
        chosen = [models[(place + 7 * number) % _MODELS] for number in range(_POOLS)]
        pools = {f"pool-{number}": _pool(name) for number, name in enumerate(chosen)}
        ways = {"delivery": "rendered", "apiKey": {"secret": "keys", "key": "localai"}}
        yield f"Pulumi.{stack}.yaml", _stack(stack, pools, **(ways if place % 2 else {}))


def _pool(model: str) -> dict[str, Any]:
    return {"models": [model], "cpu": 2, "storage": {"size": "30Gi"}}


def _stack(name: str, pools: Mapping[str, Any], **more: Any) -> str:
    keys = {
        "namespace": f"team-{name.replace('.', '-')}", "cluster": "theirs",
        "server": {"version": "v4.9.0"}, "pools": pools,
        "waivers": [
            {"rule": "image-by-digest", "reason": "a set of a test", "until": str(_WAIVED_UNTIL)}
        ],
        **more,
    }  # fmt: skip
    config = {f"localai:{key}": value for key, value in keys.items()}
    return yaml.safe_dump({"config": config}, sort_keys=False)


def _model(name: str) -> str:
    text = (PROJECT / "models" / "qwen3-0.6b.yaml").read_text(encoding="utf-8")
    return text.replace("\nname: qwen3-0.6b\n", f"\nname: {name}\n", 1)


def copied(folder: Path, files: Files) -> None:
    """Copy this checkout into a folder with these stacks and models alone, and commit it."""
    listed = _git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not _is_a_teams(name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "add", "--all")
    somebody = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    _git(folder, *somebody, "commit", "--quiet", "--message", "Declare stacks of our own")
    (folder / ".git" / "info" / "exclude").write_text(".venv\n", encoding="utf-8")
    (folder / ".venv").symlink_to(ROOT / ".venv")


def _is_a_teams(name: str) -> bool:
    return bool(re.fullmatch(r"Pulumi\.[^/]+\.yaml|(models|releases)/[^/]+\.yaml", name))


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def is_green(name: str, workers: str) -> bool:
    """Return whether `check` and the quick suite pass with a set of stacks."""
    with TemporaryDirectory(prefix=f"foreign-{name}-") as folder:
        copied(Path(folder), sets()[name])
        python = str(Path(folder) / ".venv" / "bin" / "python")
        suites = (["gitops", "check"], ["pytest", "-n", workers])
        # All are run, so that one run says all that is wrong.
        codes = [
            subprocess.run([python, "-m", *suite], cwd=folder, check=False).returncode
            for suite in suites
        ]
    return not any(codes)


def main(wanted: str) -> int:
    """Run some sets, and say which of them are green."""
    known = [*sets()]
    turn = known[int(_git(ROOT, "rev-parse", "HEAD")[:8], 16) % len(known)]
    names = {"all": known, "one": [turn]}.get(wanted, [wanted])
    green = {name: is_green(name, os.environ.get("WORKERS", "auto")) for name in names}
    for name, passed in green.items():
        sys.stdout.write(f"{name}: {'green' if passed else 'NOT green'}\n")
    return 0 if all(green.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "one"))
