import shutil
from pathlib import Path

import pytest

from gitops.cli import exits
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine

pytestmark = pytest.mark.usefixtures("checkout")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_export_says_what_it_leaves_out_and_keeps_it_next_to_the_files(
    command_line: CommandLine, tmp_path: Path
):
    ended = command_line("export", "compose", "dev", "--out", str(tmp_path / "out"))

    assert ended.code == exits.DONE
    assert "an update or a restart of the server is downtime" in ended.out
    assert (tmp_path / "out/left-out.txt").read_text() == ended.out
    assert f"wrote {tmp_path / 'out'}" in ended.err


def test_another_export_changes_nothing_and_keeps_what_the_server_alone_knows(
    command_line: CommandLine, tmp_path: Path
):
    out = tmp_path / "out"
    command_line("export", "compose", "dev", "--out", str(out))
    kept = "LOCALAI_DATA=/srv\nLOCALAI_CHAT_PORT=9000\nLOCALAI_EMBEDDINGS_PORT=9001\n"
    (out / ".env").write_text(kept)
    (out / "secrets").mkdir()
    (out / "secrets/key").write_text("k")
    before = contents(out)

    assert command_line("export", "compose", "dev", "--out", str(out)).code == exits.DONE
    assert contents(out) == before


def test_what_is_new_gets_a_port_that_nothing_has_and_no_byte_of_the_servers_own_changes(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    out = tmp_path / "out"
    command_line("export", "compose", "dev", "--out", str(out))
    before = b"# caf\xe9\nLOCALAI_CHAT_PORT=8080\nLOCALAI_EMBEDDINGS_PORT='8081'"
    (out / ".env").write_bytes(before)
    pool = "    assist: {models: [qwen3-0.6b], cpu: 2, storage: {size: 20Gi}}\n"
    checkout.edit("Pulumi.dev.yaml", "  localai:pools:\n", f"  localai:pools:\n{pool}")

    ended = command_line("export", "compose", "dev", "--out", str(out))
    assert ended.code == exits.DONE, ended.err
    assert f"note: added LOCALAI_ASSIST_PORT=8082 to {out / '.env'}" in ended.err
    assert (out / ".env").read_bytes() == before + b"\nLOCALAI_ASSIST_PORT=8082\n"


def test_files_of_an_earlier_export_are_replaced_and_leave(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    out = tmp_path / "out"
    command_line("export", "compose", "dev", "--out", str(out))
    before = contents(out)
    checkout.edit("Pulumi.dev.yaml", "cpu: 4", "cpu: 3")

    assert command_line("export", "compose", "dev", "--out", str(out)).code == exits.DONE
    after = contents(out)
    gone = before.keys() - after.keys()
    assert [one for one in gone if "localai-chat-models" in one]
    assert not [one for one in out.rglob("*") if one.is_dir() and not [*one.iterdir()]]


@pytest.mark.parametrize("name", ["compose.yaml", "steps", "export.json"])
def test_a_foreign_file_in_the_way_is_refused_before_anything_changes(
    command_line: CommandLine, tmp_path: Path, name: str
):
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_text("mine\n")

    ended = command_line("export", "compose", "dev", "--out", str(out))

    assert ended.code == exits.REFUSED
    assert name in ended.err
    assert contents(out) == {name: b"mine\n"}


def test_a_file_that_was_changed_by_hand_is_refused(command_line: CommandLine, tmp_path: Path):
    out = tmp_path / "out"
    command_line("export", "compose", "dev", "--out", str(out))
    (out / "compose.yaml").write_text("services: {}\n")
    before = contents(out)

    ended = command_line("export", "compose", "dev", "--out", str(out))

    assert ended.code == exits.REFUSED
    assert (
        "holds compose.yaml, which is not as exported; change the stack file instead" in ended.err
    )
    assert contents(out) == before


def test_an_export_that_was_killed_before_it_wrote_its_index_is_run_again(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    out = tmp_path / "out"
    command_line("export", "compose", "dev", "--out", str(out))
    older = (out / "export.json").read_bytes()
    checkout.edit("Pulumi.dev.yaml", "cpu: 4", "cpu: 3")
    command_line("export", "compose", "dev", "--out", str(out))
    whole = contents(out)

    for index in (older, None):
        if index:
            (out / "export.json").write_bytes(index)
        else:
            (out / "export.json").unlink()
        ended = command_line("export", "compose", "dev", "--out", str(out))
        assert ended.code == exits.DONE, ended.err
        assert contents(out) == whole


def test_an_old_folder_that_was_deleted_by_hand_stops_no_export(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    out = tmp_path / "out"
    command_line("export", "compose", "dev", "--out", str(out))
    (old,) = (out / "config").glob("localai-chat-models*")
    checkout.edit("Pulumi.dev.yaml", "cpu: 4", "cpu: 3")
    shutil.rmtree(old)

    ended = command_line("export", "compose", "dev", "--out", str(out))
    assert ended.code == exits.DONE, ended.err
    assert not old.exists()


def test_an_index_that_names_files_elsewhere_deletes_nothing(
    command_line: CommandLine, tmp_path: Path
):
    out, other = tmp_path / "out", tmp_path / "other"
    out.mkdir()
    other.write_text("kept")
    (out / "export.json").write_text('{"version": 1, "files": {"../other": "sha256:0"}}')

    assert command_line("export", "compose", "dev", "--out", str(out)).code == exits.REFUSED
    assert other.read_text() == "kept"


def test_a_stack_of_one_server_is_previewed_and_checked_as_others(
    command_line: CommandLine, checkout: Checkout
):
    checkout.edit(
        "Pulumi.dev.yaml", "  localai:pools:\n", "  localai:delivery: compose\n  localai:pools:\n"
    )

    ended = command_line("preview", "dev", "--base", "none")
    assert ended.code == exits.DONE, ended.err
    assert "delivered by Compose" in ended.out
    assert command_line("check", "dev").code == exits.DONE


def test_no_cluster_takes_a_stack_over_to_compose(command_line: CommandLine):
    ended = command_line("cluster", "switch", "dev", "--to", "compose")

    assert ended.code == exits.REFUSED
    assert "is a server's own, which no cluster takes over" in ended.err


def test_a_file_in_place_of_the_folder_is_refused(command_line: CommandLine, tmp_path: Path):
    out = tmp_path / "out"
    out.write_text("mine")

    ended = command_line("export", "compose", "dev", "--out", str(out))

    assert ended.code == exits.REFUSED
    assert f"{out}: is a file; name a folder" in ended.err
    assert out.read_text() == "mine"
