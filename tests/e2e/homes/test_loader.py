"""Every sample's export is judged by Compose's own loader, with the variables of its `.env`."""

import os
import subprocess
from pathlib import Path

import pytest

from gitops.export.compose import exported
from judges.programs import kept
from sandbox.toolchain import go
from stack import stack_parts
from tests.e2e.installed import needs
from tests.everything import STACKS, sample

pytestmark = pytest.mark.e2e
installed = needs("go")
HERE = Path(__file__).parent / "loader"


@pytest.fixture(scope="module")
def loader() -> Path:
    pins = b"".join(path.read_bytes() for path in sorted(HERE.iterdir()))

    def build(folder: Path) -> None:
        folder.mkdir(parents=True)
        go.run(["go", "build", "-mod=readonly", "-trimpath", f"-o={folder}/load", "."], HERE)

    return kept("compose", pins + go.version().encode(), build) / "load"


def judged(
    loader: Path, folder: Path, text: str, environment: str
) -> subprocess.CompletedProcess[str]:
    (folder / "compose.yaml").write_text(text)
    (folder / "env").write_text(environment)
    return subprocess.run(
        [loader, folder / "env", folder / "compose.yaml"], env={"PATH": os.environ["PATH"]},
        capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("name", STACKS)
def test_compose_takes_the_export_of_a_sample(loader: Path, tmp_path: Path, name: str):
    made = exported(name, stack_parts(*sample(name)))
    lines = made.environment.splitlines()
    filled = "".join(f"{line}{'set' if line.endswith('=') else ''}\n" for line in lines)

    done = judged(loader, tmp_path, made.files["compose.yaml"], filled)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("stop_grace_period", "stopgrace_period", "stopgrace_period false schema"),
        ("${LOCALAI_DATA:?", "${LOCALAI_NOWHERE:?", "required variable LOCALAI_NOWHERE"),
        ("localai-chat-weights:\n        condition", "nobody:\n        condition", "nobody"),
    ],
)
def test_it_refuses_what_compose_would(loader: Path, tmp_path: Path, old: str, new: str, why: str):
    made = exported("server", stack_parts(*sample("server")))
    text = made.files["compose.yaml"]
    assert old in text

    done = judged(loader, tmp_path, text.replace(old, new), made.environment)
    assert done.returncode == 1
    assert why in done.stderr
