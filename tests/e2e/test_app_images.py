"""The images of applications, built without a network on Debian, by buildah and by Docker."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from gitops.cli.root import cache_folder
from tests.e2e.homes.containers import Docker, docker
from tests.e2e.installed import needed
from tests.support.project import ROOT

pytestmark = pytest.mark.e2e
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
BASE = "localhost/python:3.11"
LARGEST = 700 * 2**20


def run(*words: str | Path) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words[0]}: {done.stderr[-3000:]}"
    return done.stdout


def debian() -> Path:
    """Return an archive of Debian with Python, made once."""
    key = sha256(f"{PACKAGES} bookworm".encode()).hexdigest()[:12]
    place = cache_folder() / f"debian-python-{key}.tar"
    if not place.is_file():
        part = place.with_suffix(".part.tar")
        hook = "--customize-hook=ln -s python3 $1/usr/bin/python"
        run("mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", hook, "bookworm", part)
        part.rename(place)
    return place


@dataclass(frozen=True, kw_only=True)
class Builder:
    """buildah with a store of its own."""

    folder: Path

    def __call__(self, *words: str | Path, alone: bool = False) -> str:
        store = ("--root", self.folder / "store", "--runroot", self.folder / "run")
        # In a namespace of its own network, which leads nowhere.
        before = ("unshare", "--net") if alone else ()
        return run(*before, "buildah", "--storage-driver=vfs", *store, *words)

    def base(self) -> None:
        container = self("from", "scratch").strip()
        self("add", container, debian(), "/")
        self("commit", "--rm", "--timestamp=0", container, BASE)

    def build(self, app: str, context: Path) -> str:
        """Return the digest of an image that was built without a network."""
        out = self.folder / f"{app}.digest"
        self(
            "bud", "--isolation=chroot", "--network=host", "--timestamp=0", "--no-cache",
            f"--build-arg=PYTHON_IMAGE={BASE}", f"--file={context}/apps/{app}/Dockerfile",
            f"--tag=localhost/{app}", context, alone=True,
        )  # fmt: skip
        self("push", f"--digestfile={out}", f"localhost/{app}", f"oci:{self.folder / app}:1")
        return out.read_text()


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Generator[Builder]:
    needed("buildah", "mmdebstrap")
    made = Builder(folder=tmp_path_factory.mktemp("images"))
    made.base()
    yield made
    shutil.rmtree(made.folder, ignore_errors=True)


# The images that are ours, by the folder of each.
PLACES = ("apps/chat", "apps/classifier", "package/mlflow", "package/predict")


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give what the images are built from, with the locked wheels of each."""
    folder = tmp_path_factory.mktemp("context")
    left = shutil.ignore_patterns("__pycache__")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download")
    shutil.copytree(ROOT / "apps", folder / "apps", ignore=left)
    for place in PLACES:
        shutil.copytree(ROOT / place, folder / place, ignore=left, dirs_exist_ok=True)
        wheels = folder / place / "wheels"
        lock = ROOT / place / "requirements.txt"
        run(*pip, "--require-hashes", "--only-binary=:all:", "-r", lock, "-d", wheels)
    return folder


def test_the_chat_is_built_without_a_network_twice_the_same(builder: Builder, context: Path):
    first = builder.build("chat", context)
    (context / "apps/chat/__main__.py").touch()

    assert builder.build("chat", context) == first

    config = json.loads(builder("inspect", "localhost/chat"))["OCIv1"]["config"]
    assert config["User"] == "10001:10001"
    assert config["Cmd"] == ["python", "-m", "apps.chat"]
    size = sum(one.stat().st_size for one in (builder.folder / "chat/blobs/sha256").iterdir())
    assert size < LARGEST


def test_a_container_of_it_says_what_it_needs_as_a_user_without_rights(builder: Builder):
    container = builder("from", "localhost/chat").strip()
    words = ("run", "--isolation=chroot", container, "--")
    assert builder(*words, "id", "-u").strip() == "10001"
    told = subprocess.run(
        ["buildah", "--storage-driver=vfs", "--root", builder.folder / "store", "--runroot",
         builder.folder / "run", *words, "python", "-m", "apps.chat"],
        capture_output=True, text=True, check=False, env={**os.environ},
    )  # fmt: skip
    assert "CHAT_ADDRESS is ''" in told.stderr or "CHAT_ADDRESS is not set" in told.stderr
    found = builder(
        *words, "python", "-c", "import gradio, fastapi, httpx; print(gradio.__version__)"
    )
    assert found.startswith("6.")
    assert "No module named pip" in builder(*words, "sh", "-c", "python -m pip 2>&1 || true")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Generator[Docker]:
    needed("dockerd", package="docker.io")
    with docker(tmp_path_factory.mktemp("docker") / "engine") as made:
        made("import", str(debian()), BASE)
        yield made


def built(engine: Docker, context: Path, place: str) -> Callable[..., str]:
    """Build by Docker, which reaches nothing, and return what runs a confined container."""
    name = f"localhost/{place}"
    engine(
        "build", f"--build-arg=PYTHON_IMAGE={BASE}", f"--tag={name}",
        f"--file={context}/{place}/Dockerfile", str(context),
    )  # fmt: skip
    config = json.loads(engine("inspect", name))[0]["Config"]
    assert config["User"] == "10001:10001"
    confined = ("--rm", "--read-only", "--cap-drop=ALL", "--network=none", "--tmpfs=/tmp")
    return lambda *words: engine("run", *confined, name, *words)


def test_the_classifier_is_built_by_docker_and_trains(engine: Docker, context: Path):
    container = built(engine, context, "apps/classifier")

    place = "/tmp/made"  # noqa: S108 (in the container)
    said = container("train", "--only", "network", "--out", place)

    assert "best of this run: network, sha256:" in said


def test_the_image_of_mlflow_is_built_by_docker_and_starts_its_server(
    engine: Docker, context: Path
):
    container = built(engine, context, "package/mlflow")

    # As its pod starts it, less what is outside: PostgreSQL's driver, S3's, and a login.
    said = container("python", "-c", "import psycopg2, boto3, flask_wtf, mlflow; print('all')")
    assert said == "all"
    assert "mlflow, version 3." in container("mlflow", "--version")


def test_the_image_of_served_models_is_built_by_docker(engine: Docker, context: Path):
    container = built(engine, context, "package/predict")

    said = container("python", "-c", "import onnxruntime, numpy, uvicorn, httptools; print('all')")
    assert said == "all"
