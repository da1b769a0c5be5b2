import json
import shutil
import sqlite3
import sys
import tarfile
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.addons.anythingllm.scripts import application, keep

NOW = 1_800_000_000.0
OLD = {"version": "1.15.2", "embeddings": "small-embedder", "weights": "aaa"}
WANTED = {"version": "1.16.0", "embeddings": "small-embedder", "weights": "aaa"}
NOWHERE = "http://127.0.0.1:9/api/ping"


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    # In a pod all lie in one folder.
    monkeypatch.setitem(sys.modules, "application", application)


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Return a claim with a document in a workspace, its vectors and its mark."""
    made = tmp_path / "storage"
    for name in ("documents/custom", "lancedb/docs.lance/_versions", "lancedb/docs.lance/data"):
        (made / name).mkdir(parents=True)
    (made / "documents/custom/a.json").write_text('{"pageContent": "a"}')
    (made / "lancedb/docs.lance/_versions/1.manifest").write_text("data/1.lance")
    (made / "lancedb/docs.lance/data/1.lance").write_bytes(b"\1\2\3")
    (made / "vector-cache").mkdir()
    (made / "vector-cache/a.json").write_text("[]")
    with closing(sqlite3.connect(made / keep.DATABASE)) as database:
        database.execute("create table workspaces (id integer, slug text)")
        database.execute("create table workspace_documents (docpath text, workspaceId integer)")
        database.execute("insert into workspaces values (1, 'docs')")
        database.execute("insert into workspace_documents values ('custom/a.json', 1)")
        database.commit()
    keep.write_mark(made, WANTED)
    return made


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    (tmp_path / "copies").mkdir()
    return tmp_path / "copies"


def take(storage: Path, copies: Path, wanted: keep.Mark = WANTED, *, update: bool = False) -> str:
    return keep.take(storage, copies, wanted, before_update=update, now=NOW)


def put(storage: Path, copies: Path, wanted: keep.Mark = WANTED, *, over: bool = False) -> str:
    return keep.put(copies, storage, wanted, over=over, address=NOWHERE)


def files(storage: Path) -> dict[str, bytes]:
    found = {str(one.relative_to(storage)): one for one in storage.rglob("*") if one.is_file()}
    return {name: one.read_bytes() for name, one in found.items()
            if name.startswith(keep.FOLDERS)}  # fmt: skip


def test_data_of_a_newer_release_is_refused_and_that_of_an_older_one_is_taken_over(storage: Path):
    assert "its data is there" in keep.guard(storage, {**WANTED, "version": "1.17.0"})

    with pytest.raises(keep.RefusedError, match=r"the data is of AnythingLLM 1\.17\.0"):
        keep.guard(storage, WANTED)
    assert keep.read_mark(storage)["version"] == "1.17.0"


def test_ten_is_newer_than_nine():
    assert keep.is_newer("1.10.0", "1.9.0")
    assert not keep.is_newer("1.9.0", "1.9.0")
    assert not keep.is_newer("", "1.9.0")


def test_vectors_of_another_model_or_of_other_weights_are_refused(storage: Path):
    with pytest.raises(keep.RefusedError, match="embedded with small-embedder, and declared is"):
        keep.guard(storage, {**WANTED, "embeddings": "large-embedder"})
    with pytest.raises(keep.RefusedError, match="give the new weights a name of their own"):
        keep.guard(storage, {**WANTED, "weights": "bbb"})


def test_an_empty_claim_is_marked(tmp_path: Path):
    assert "no data" in keep.guard(tmp_path, WANTED)
    assert keep.read_mark(tmp_path) == WANTED


def test_a_copy_is_put_back_as_it_was(storage: Path, copies: Path, tmp_path: Path):
    assert take(storage, copies).startswith("took 20270115T080000Z_1.16.0.tar: 4 files, ")
    empty = tmp_path / "empty"
    empty.mkdir()

    assert put(empty, copies) == "restored 20270115T080000Z_1.16.0.tar"

    assert files(empty) == files(storage)
    assert keep.read_mark(empty) == WANTED
    assert not (empty / "vector-cache").exists()
    with closing(sqlite3.connect(empty / keep.DATABASE)) as database:
        assert database.execute("select slug from workspaces").fetchall() == [("docs",)]


def test_a_copy_is_consistent_while_another_process_writes(storage: Path, copies: Path):
    with closing(sqlite3.connect(storage / keep.DATABASE)) as writer:
        writer.execute("insert into workspaces values (2, 'half')")
        # Not committed yet: a lock that a reader does not wait for.
        take(storage, copies)
        writer.rollback()
    (archive,) = copies.glob("*.tar")

    keep.unpacked(archive, copies / "out")

    with closing(sqlite3.connect(copies / "out" / keep.DATABASE)) as database:
        assert database.execute("select count(*) from workspaces").fetchone() == (1,)


def test_a_copy_before_an_update_has_the_names_of_both_releases(storage: Path, copies: Path):
    keep.write_mark(storage, OLD)

    assert "20270115T080000Z_1.15.2_before-1.16.0.tar" in take(storage, copies, update=True)


def test_no_copy_is_taken_before_what_cannot_be(storage: Path, copies: Path):
    with pytest.raises(keep.RefusedError, match="cannot read it"):
        take(storage, copies, {**WANTED, "version": "1.15.0"}, update=True)
    with pytest.raises(keep.RefusedError, match="a name of their own"):
        take(storage, copies, {**WANTED, "weights": "bbb"}, update=True)


def test_nothing_is_copied_where_no_update_comes_or_nothing_is_there(
    storage: Path, copies: Path, tmp_path: Path
):
    assert "nothing to back up" in take(storage, copies, update=True)
    assert "no data yet" in take(tmp_path / "none", copies)
    assert not [*copies.iterdir()]


def test_living_data_is_replaced_with_the_word_alone_and_kept_aside(storage: Path, copies: Path):
    take(storage, copies)
    later = storage / "documents/custom/b.json"
    later.write_text("{}")

    with pytest.raises(keep.RefusedError, match=r"there is data of AnythingLLM 1\.16\.0 already"):
        put(storage, copies)
    assert later.exists()

    put(storage, copies, over=True)
    assert not later.exists()
    (aside,) = storage.glob(".replaced-*")
    assert (aside / "documents/custom/b.json").exists()
    put(storage, copies, over=True)
    assert [*storage.glob(".replaced-*")] != [aside]


def test_a_copy_that_does_not_fit_changes_nothing(
    storage: Path, copies: Path, monkeypatch: pytest.MonkeyPatch
):
    take(storage, copies)

    def usage(_: Path) -> SimpleNamespace:
        return SimpleNamespace(free=20)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    before = files(storage)

    with pytest.raises(keep.RefusedError, match="does not fit into the 20 bytes left"):
        put(storage, copies, over=True)

    assert files(storage) == before


def test_a_link_among_the_documents_is_not_followed(storage: Path, copies: Path, tmp_path: Path):
    (tmp_path / "secret").write_text("of the pod")
    (storage / "documents" / "link.json").symlink_to(tmp_path / "secret")

    take(storage, copies)

    with tarfile.open(next(copies.glob("*.tar"))) as made:
        assert "documents/link.json" not in made.getnames()


def test_a_copy_of_a_newer_release_than_the_declared_one_is_refused(
    storage: Path, copies: Path, tmp_path: Path
):
    keep.write_mark(storage, {**WANTED, "version": "1.17.0"})
    take(storage, copies)
    (tmp_path / "empty").mkdir()

    with pytest.raises(keep.RefusedError, match=r"declare 1\.17\.0, or restore"):
        put(tmp_path / "empty", copies)
    assert not [*(tmp_path / "empty").iterdir()]


@pytest.mark.parametrize("part", [b"SQLite format 3", b"pageContent", b"weights"])
def test_a_copy_that_was_cut_short_changes_nothing(storage: Path, copies: Path, part: bytes):
    take(storage, copies)
    (archive,) = copies.glob("*.tar")
    content = archive.read_bytes()
    archive.write_bytes(content[: content.index(part)])
    before = files(storage)

    with pytest.raises(keep.RefusedError, match="was cut short or altered"):
        put(storage, copies, over=True)
    assert files(storage) == before
    assert not (storage / ".restoring").exists()


def test_a_copy_that_was_altered_is_refused(storage: Path, copies: Path):
    take(storage, copies)
    (archive,) = copies.glob("*.tar")
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b'"pageContent": "a"', b'"pageContent": "b"'))

    with pytest.raises(keep.RefusedError, match=r"was altered: documents/custom/a\.json"):
        put(storage, copies, over=True)


def test_a_name_that_leads_out_of_the_folder_is_refused(copies: Path, tmp_path: Path):
    evil = tmp_path / "evil"
    evil.write_text("x")
    with tarfile.open(copies / "a.tar", "w") as made:
        made.add(evil, "../outside")

    with pytest.raises(keep.RefusedError, match="was cut short or altered"):
        keep.unpacked(copies / "a.tar", copies / "out")
    assert not (copies / "outside").exists()


def test_a_rehearsal_proves_a_new_copy_and_refuses_an_old_one(storage: Path, copies: Path):
    take(storage, copies)

    assert keep.prove(copies, 8, NOW + 60) == (
        "proved 20270115T080000Z_1.16.0.tar: 1 documents in workspaces"
    )
    with pytest.raises(keep.RefusedError, match=r"is 9\.0 days old"):
        keep.prove(copies, 8, NOW + 9 * 86400)


def test_a_document_without_its_file_is_told(storage: Path, copies: Path):
    (storage / "documents/custom/a.json").unlink()
    take(storage, copies)

    assert "1 of them have no file, such as custom/a.json" in keep.prove(copies, 8, NOW)


def test_a_file_that_is_written_under_the_copy_is_copied_again(
    storage: Path, copies: Path, monkeypatch: pytest.MonkeyPatch
):
    changing = storage / "documents/custom/a.json"
    contents = iter(["{}", '{"pageContent": "more than before"}'])
    opened: Any = Path.open

    def open_while_it_is_written(path: Path, *words: Any, **options: Any) -> Any:
        if path == changing and (content := next(contents, "")):
            path.write_text(content)
        return opened(path, *words, **options)

    monkeypatch.setattr(Path, "open", open_while_it_is_written)

    assert "took" in take(storage, copies)
    (archive,) = copies.glob("*.tar")
    keep.unpacked(archive, copies / "out")
    assert (copies / "out/documents/custom/a.json").read_bytes() == changing.read_bytes()


def test_the_last_thing_said_is_a_sentence(
    storage: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for name, value in {**{f"DECLARED_{key.upper()}": one for key, one in WANTED.items()},
                        "STORAGE": str(storage)}.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    assert keep.main("guard") == 0
    monkeypatch.setenv("DECLARED_VERSION", "1.15.0")
    assert keep.main("guard") == keep.FINAL
    said = capsys.readouterr().err
    assert said.startswith("the data is of AnythingLLM 1.16.0")
    assert "Traceback" not in said
    assert json.loads((storage / keep.MARK).read_text()) == WANTED


def test_a_version_that_comes_while_files_are_listed_is_left_out(
    storage: Path, copies: Path, monkeypatch: pytest.MonkeyPatch
):
    listed, late = Path.glob, storage / "lancedb/docs.lance/_versions/2.manifest"

    def glob(self: Path, pattern: str) -> list[Path]:
        found = [*listed(self, pattern)]
        if pattern == "lancedb/**/*":
            # The folder of its vectors was listed before they came.
            late.write_text("data/1.lance data/2.lance")
            found.append(late)
        return found

    with monkeypatch.context() as changed:
        changed.setattr(Path, "glob", glob)
        take(storage, copies)

    (archive,) = copies.glob("*.tar")
    with tarfile.open(archive) as held:
        assert f"{late.relative_to(storage)}" not in held.getnames()
        assert "lancedb/docs.lance/_versions/1.manifest" in held.getnames()


def test_a_copy_with_vectors_of_another_model_is_refused_before_anything_is_replaced(
    storage: Path, copies: Path
):
    take(storage, copies)
    before = files(storage)

    with pytest.raises(keep.RefusedError, match="embedded with small-embedder, and declared is"):
        put(storage, copies, {**WANTED, "embeddings": "large-embedder"}, over=True)
    assert files(storage) == before


def test_a_copy_from_the_middle_of_an_embedding_is_put_back_as_such_with_its_plan(
    storage: Path, copies: Path, tmp_path: Path
):
    half = {**WANTED, "embedding": "large-embedder"}
    keep.write_mark(storage, half)
    (storage / keep.PLAN).write_text('{"docs": ["custom/a.json"]}')
    take(storage, copies)
    (tmp_path / "empty").mkdir()

    put(tmp_path / "empty", copies)

    assert keep.read_mark(tmp_path / "empty") == half
    assert (tmp_path / "empty" / keep.PLAN).read_text() == '{"docs": ["custom/a.json"]}'


def test_a_restore_leaves_no_plan_of_what_was_there_before(storage: Path, copies: Path):
    take(storage, copies)
    (storage / keep.PLAN).write_text('{"docs": ["custom/gone.json"]}')

    put(storage, copies, over=True)

    assert not (storage / keep.PLAN).exists()
    (aside,) = storage.glob(".replaced-*")
    assert (aside / keep.PLAN).exists()


def test_no_copy_is_taken_before_a_try_that_goes_on_but_one_before_another_release(
    storage: Path, copies: Path
):
    keep.write_mark(storage, {**WANTED, "embedding": "large-embedder"})
    large = {**WANTED, "embeddings": "large-embedder"}

    assert "no embedding begins: nothing to back up" in take(storage, copies, large, update=True)
    assert "took" in take(storage, copies, {**WANTED, "version": "1.17.0"}, update=True)
