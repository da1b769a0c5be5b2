import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from sandbox.images.archive import Image, write_archive


@pytest.fixture
def image(tmp_path: Path) -> Image:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    return Image(
        name="docker.io/local/thing:1",
        entrypoint=("/opt/bin/program",),
        files={"/opt/bin/program": program},
        texts={"/etc/passwd": "root", "/opt/script": "#!/opt/bin/program\n"},
        links={"/opt/bin/other": "program"},
        user="65532",
    )


def read(path: Path, name: str) -> bytes:
    with tarfile.open(path) as tar:
        stream = tar.extractfile(name)
        assert stream
        return stream.read()


def test_the_same_image_is_the_same_bytes_again(image: Image, tmp_path: Path):
    first = write_archive(image, tmp_path / "1.tar").read_bytes()
    assert first == write_archive(image, tmp_path / "2.tar").read_bytes()


def test_the_configuration_names_the_digest_of_the_layer(image: Image, tmp_path: Path):
    path = write_archive(image, tmp_path / "image.tar")
    (manifest,) = json.loads(read(path, "manifest.json"))
    config = json.loads(read(path, manifest["Config"]))
    digest = hashlib.sha256(read(path, manifest["Layers"][0])).hexdigest()
    assert config["rootfs"]["diff_ids"] == [f"sha256:{digest}"]
    assert manifest["RepoTags"] == ["docker.io/local/thing:1"]
    assert config["config"]["User"] == "65532"


def test_any_user_may_read_what_only_its_owner_could(image: Image, tmp_path: Path):
    layer = read(write_archive(image, tmp_path / "image.tar"), "layer.tar")
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        modes = {member.name: member.mode for member in tar}
        link = tar.getmember("opt/bin/other")
    assert modes["opt"] == modes["opt/bin/program"] == 0o755
    assert (modes["opt/script"], modes["etc/passwd"]) == (0o755, 0o644)
    assert modes["tmp"] == 0o1777
    assert link.linkname == "program"
