"""docs/anythingllm.md, run: copies to a real S3 server while the data is written, and back."""

import shutil
import subprocess
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest

from components.addons.anythingllm.scripts import keep
from tests.e2e.anythingllm.containers import BUCKET, Here
from tests.e2e.anythingllm.writing import Writer, is_whole, one_vector
from tests.e2e.registry.stores import ObjectStore, object_store
from tests.support.anythingllm import Application, serving

pytestmark = pytest.mark.e2e
SECRET_WORDS = "nobody else may read this sentence"
PLACE = "localai-anythingllm-localai-test"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Generator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("s3") / "weed") as made:
        yield made


@pytest.fixture
def here(store: ObjectStore, tmp_path: Path) -> Generator[Here]:
    store.rclone("mkdir", f"store:{BUCKET}")
    yield Here(folder=tmp_path, store=store)
    store.rclone("purge", f"store:{BUCKET}")


@pytest.fixture
def running(here: Here) -> Generator[Application]:
    """An application with documents of its own, whose data is marked."""
    with serving(here.storage, {"EMBEDDING_MODEL_PREF": "qwen3-embedding-0.6b"},
                 lambda _, text: [float(len(text)), 1.0, 2.0]) as made:  # fmt: skip
        for number in range(20):
            made.add("docs", f"custom/{number}.json", f"{SECRET_WORDS} {number}")
        keep.write_mark(here.storage, here.declared)
        # What runs before an update has begun the folder of the copies.
        succeeded(here, "update")
        yield made


def copies(here: Here) -> list[str]:
    return sorted(one for one in here.store.objects(BUCKET) if ".tar" in one)


def succeeded(here: Here, name: str, **more: str) -> str:
    done = here.job(name, **more)
    assert done.returncode == 0, done.stdout
    return done.stdout


def refused(here: Here, name: str, **more: str) -> str:
    done = here.job(name, **more)
    assert done.returncode != 0, done.stdout
    return done.stdout


def lost(here: Here) -> None:
    for one in here.storage.iterdir():
        shutil.rmtree(one) if one.is_dir() else one.unlink()


def test_a_copy_is_encrypted_read_back_and_answers_after_all_is_lost(
    here: Here, running: Application, tmp_path: Path
):
    said = succeeded(here, "backup")
    assert "and read it back" in said
    (name,) = copies(here)
    here.store.rclone("copyto", f"store:{BUCKET}/{name}", tmp_path / "raw")
    assert SECRET_WORDS.encode() not in (tmp_path / "raw").read_bytes()
    assert "proved" in succeeded(here, "rehearsal")
    lost(here)

    assert "restored" in succeeded(here, "restore")

    calls = running.embedded
    running.restart()
    assert len(running.sources("docs", SECRET_WORDS)) == 20
    # Nothing was embedded again but the question.
    assert running.embedded == calls + 1


def test_living_data_stays_without_the_word(here: Here, running: Application):
    succeeded(here, "backup")
    running.add("docs", "custom/later.json", "later")

    assert "there is data of AnythingLLM 1.16.0 already" in refused(here, "restore")
    assert "custom/later.json" in running.documents("docs")


def test_a_running_application_is_not_restored_into(here: Here, running: Application):
    succeeded(here, "backup")
    address = f"{running.address}/api/ping"

    assert "scale it to 0 first" in refused(
        here, "restore", RESTORE_OVER="living-data", APPLICATION=address
    )


def test_another_passphrase_reads_nothing_and_adds_nothing(here: Here, running: Application):
    succeeded(here, "backup")
    before = here.store.objects(BUCKET)
    other = replace(here, secrets={**here.secrets, "copies/passphrase": "another-one"})

    for name in ("backup", "rehearsal", "restore"):
        said = refused(other, name)
        assert "the passphrase is another one" in said
        assert "another-one" not in said
    assert here.store.objects(BUCKET) == before
    assert len(running.documents("docs")) == 20


def test_a_bucket_that_is_gone_is_told(here: Here, running: Application):
    here.store.rclone("purge", f"store:{BUCKET}")

    assert "is gone" in refused(here, "backup")
    assert "is gone" in refused(here, "restore")

    here.store.rclone("mkdir", f"store:{BUCKET}")
    succeeded(here, "update")
    assert "read it back" in succeeded(here, "backup")
    assert running.documents("docs")


def test_a_store_that_is_down_is_told_and_the_copy_made_later(here: Here, running: Application):
    here.store.program.kill()
    try:
        refused(here, "backup")
    finally:
        here.store.program.start()
    assert running.documents("docs")
    assert "read it back" in succeeded(here, "backup")


@pytest.mark.parametrize("how", ["altered", "cut short"])
def test_a_copy_that_was_changed_in_the_bucket_restores_nothing(
    here: Here, running: Application, how: str, tmp_path: Path
):
    succeeded(here, "backup")
    (name,) = copies(here)
    changed = tmp_path / "changed"
    here.store.rclone("copyto", f"store:{BUCKET}/{name}", changed)
    content = bytearray(changed.read_bytes())
    if how == "altered":
        content[len(content) // 2] ^= 1
    else:
        # At the end of a block, where each block is sound by itself.
        del content[32 + 65_552 :]
    changed.write_bytes(content)
    here.store.rclone("copyto", changed, f"store:{BUCKET}/{name}")

    refused(here, "rehearsal")
    refused(here, "restore", RESTORE_OVER="living-data")

    assert len(running.documents("docs")) == 20
    assert len(running.sources("docs", SECRET_WORDS)) == 20


def test_a_wrong_name_lists_those_there_are(here: Here, running: Application):
    succeeded(here, "backup")
    name = copies(here)[0].rpartition("/")[2].removesuffix(".bin")

    assert name in refused(here, "restore", RESTORE_FROM="20000101T000000Z_1.0.0.tar")
    assert name in succeeded(here, "restore", RESTORE_FROM="list")
    assert len(running.documents("docs")) == 20


def test_a_copy_before_another_release_has_its_name(here: Here, running: Application):
    newer = replace(here, fields={"image": "docker.io/mintplexlabs/anythingllm:1.17.0"})

    said = newer.of({**newer.manifest("update"), "containers": []})

    assert said.returncode == 0, said.stdout
    assert copies(here)[0].endswith("_1.16.0_before-1.17.0.tar.bin")
    assert running.documents("docs")


def full(place: Path, megabytes: int) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], check=True)


def test_a_volume_that_gets_full_under_a_copy_is_told_and_the_data_stays(
    here: Here, running: Application
):
    (here.storage / "documents/custom/large.bin").write_bytes(b"\0" * 3_000_000)
    place = here.place("/backup")
    full(place, 2)
    try:
        assert "No space left on device" in refused(here, "backup")
    finally:
        subprocess.run(["umount", place], check=True)
    assert not copies(here)
    assert len(running.documents("docs")) == 20


def test_a_claim_without_the_space_for_a_restore_keeps_what_it_had(
    here: Here, running: Application, store: ObjectStore, tmp_path: Path
):
    (here.storage / "documents/custom/large.bin").write_bytes(b"\0" * 3_000_000)
    succeeded(here, "backup")
    (tmp_path / "small").mkdir()
    small = Here(folder=tmp_path / "small", store=store)
    full(small.storage, 2)
    try:
        with serving(small.storage, {}, one_vector) as there:
            there.add("mine", "custom/mine.json", "mine")
        said = refused(small, "restore", RESTORE_OVER="living-data")
        assert "does not fit into the" in said
        assert there.documents("mine") == ["custom/mine.json"]
        assert not (small.storage / ".restoring").exists()
    finally:
        subprocess.run(["umount", small.storage], check=True)
    assert running.documents("docs")


def test_no_copy_is_torn_while_documents_are_added(
    here: Here, running: Application, record_property: Callable[[str, object], None]
):
    torn, place = 0, here.place("/backup")
    with Writer(running) as writer:
        for number in range(100):
            said = keep.take(here.storage, place, keep.read_mark(here.storage),
                             before_update=False, now=1e9 + number)  # fmt: skip
            assert "took" in said
            (archive,) = place.glob("*.tar")
            torn += not is_whole(archive, here.folder / "out")
            archive.unlink()
    record_property("documents", len(running.documents("docs")))
    # A figure, which other work on the machine changes: it is measured, and nothing is held to it.
    record_property("slowest write", round(writer.slowest, 2))
    assert (torn, writer.errors) == (0, [])
