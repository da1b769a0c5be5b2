import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest
import yaml

from documents.problem import RefusedError
from gitops.cli import exits
from gitops.cli import render as verb
from gitops.planning.checkout import declared
from gitops.planning.rendering.rendering import INDEX, Rendering, files, read_folder
from tests.gitops.checkouts import Checkout
from tests.gitops.commands import CommandLine, run


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def names(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.iterdir())


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_a_rendering_holds_its_objects_and_reads_back(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    ended = command_line("render", "dev", "--out", str(tmp_path / "out"))
    assert ended.code == exits.DONE
    assert ended.out == ""
    assert f"wrote {tmp_path / 'out'}" in ended.err
    assert read_folder(tmp_path / "out") == declared(checkout.folder, ["dev"])[0]
    assert hidden(tmp_path) == []


def test_every_stack_gets_a_folder_of_its_own(command_line: CommandLine, tmp_path: Path):
    assert command_line("render", "--all", "--out", str(tmp_path / "out")).code == exits.DONE
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "dev", "production", "staging",
    ]  # fmt: skip


def test_a_folder_that_others_may_read_stays_readable(command_line: CommandLine, tmp_path: Path):
    command_line("render", "dev", "--out", str(tmp_path / "out"))
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("again", ["dev", "staging"])
def test_an_earlier_rendering_is_replaced_whole(
    command_line: CommandLine, tmp_path: Path, again: str
):
    command_line("render", "dev", "--out", str(tmp_path / "out"))
    command_line("render", again, "--out", str(tmp_path / "out"))
    command_line("render", again, "--out", str(tmp_path / "fresh"))
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_an_earlier_rendering_of_another_version_is_replaced(
    command_line: CommandLine, tmp_path: Path
):
    command_line("render", "dev", "--out", str(tmp_path / "out"))
    index = tmp_path / "out" / INDEX
    index.write_text(index.read_text(encoding="utf-8").replace('"version": 1', '"version": 99'))
    assert command_line("render", "dev", "--out", str(tmp_path / "out")).code == exits.DONE


@pytest.mark.parametrize("rendered_before", [False, True])
def test_a_folder_with_something_else_in_it_is_left_alone(
    command_line: CommandLine, tmp_path: Path, rendered_before: bool
):
    out = tmp_path / "out"
    out.mkdir()
    if rendered_before:
        command_line("render", "dev", "--out", str(out))
    (out / "kustomization.yaml").write_text("mine: true\n", encoding="utf-8")
    before = contents(out)
    ended = command_line("render", "staging", "--out", str(out))
    assert ended.code == exits.REFUSED
    assert "kustomization.yaml" in ended.err
    assert "name an empty or a new folder" in ended.err
    assert contents(out) == before


@pytest.mark.parametrize("index", ["", "[]", '{"parts": 1}', '{"parts": [1]}'])
def test_a_folder_whose_index_is_none_is_left_alone(
    command_line: CommandLine, tmp_path: Path, index: str
):
    out = tmp_path / "out"
    out.mkdir()
    (out / INDEX).write_text(index, encoding="utf-8")
    assert command_line("render", "dev", "--out", str(out)).code == exits.REFUSED
    assert contents(out) == {INDEX: index.encode()}


FORGED = {
    "notes.txt": "mine\n",
    "parts-of-mine.json": "{}\n",
    "service-mine.yaml": "# By hand.\napiVersion: v1\nkind: Service\nmetadata:\n  name: mine\n",
    "mine.yaml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: mine\n",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_file_that_a_forged_index_lists_is_left_alone(
    command_line: CommandLine, tmp_path: Path, name: str
):
    out = tmp_path / "out"
    command_line("render", "dev", "--out", str(out))
    index = json.loads((out / INDEX).read_text(encoding="utf-8"))
    index["parts"].append({"file": name})
    (out / INDEX).write_text(json.dumps(index), encoding="utf-8")
    (out / name).write_text(FORGED[name], encoding="utf-8")
    before = contents(out)
    ended = command_line("render", "staging", "--out", str(out))

    assert f"holds {name}, which no rendering wrote" in " ".join(ended.err.split())
    assert (ended.code, contents(out)) == (exits.REFUSED, before)


def test_a_file_that_was_edited_since_is_left_alone(command_line: CommandLine, tmp_path: Path):
    out = tmp_path / "out"
    command_line("render", "dev", "--out", str(out))
    file = next(path for path in sorted(out.iterdir()) if path.name != INDEX)
    file.write_text(f"# Mine.\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    assert command_line("render", "dev", "--out", str(out)).code == exits.REFUSED
    assert file.read_text(encoding="utf-8").startswith("# Mine.")


def test_no_look_at_a_folder_sees_half_of_a_rendering(checkout: Checkout, tmp_path: Path):
    out = tmp_path / "out"
    verb.render(["dev"], out, nested=False)
    whole = {frozenset(files(declared(checkout.folder, [name])[0])) for name in ("dev", "staging")}
    seen = set[frozenset[str]]()
    done = Event()

    def look() -> None:
        while not done.is_set():
            seen.add(names(out))

    reader = Thread(target=look)
    reader.start()
    try:
        for name in ["staging", "dev"]:
            verb.render([name], out, nested=False)
    finally:
        done.set()
        reader.join()
    assert seen <= whole


def test_all_that_is_foreign_is_named(command_line: CommandLine, tmp_path: Path):
    out = tmp_path / "out"
    command_line("render", "dev", "--out", str(out))
    for number in range(9):
        (out / f"mine-{number}").touch()
    ended = command_line("render", "dev", "--out", str(out))
    assert "mine-6, mine-7 and 1 more file, which no rendering" in ended.err


def test_a_folder_or_a_link_in_place_of_a_rendered_file_is_foreign(
    command_line: CommandLine, tmp_path: Path
):
    out, link = tmp_path / "out", tmp_path / "all" / "dev"
    command_line("render", "dev", "--out", str(out))
    file = next(path for path in out.iterdir() if path.name != INDEX)
    file.unlink()
    file.mkdir()
    assert f"holds {file.name}" in command_line("render", "dev", "--out", str(out)).err
    assert file.is_dir()
    link.parent.mkdir()
    link.symlink_to(tmp_path)
    assert "holds dev" in command_line("render", "--all", "--out", str(link.parent)).err


@pytest.mark.usefixtures("checkout")
def test_what_is_put_there_meanwhile_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    out = tmp_path / "out"
    verb.render(["dev"], out, nested=False)
    old, change_places = contents(out), verb.exchange

    def late(one: Path, other: Path) -> None:
        if "mine" not in names(one):
            (other / "mine").touch()
        change_places(one, other)

    monkeypatch.setattr(verb, "exchange", late)
    with pytest.raises(RefusedError, match="holds mine"):
        verb.render(["staging"], out, nested=False)
    assert contents(out) == {**old, "mine": b""}
    assert hidden(tmp_path) == []


def test_a_file_in_the_way_is_refused(command_line: CommandLine, tmp_path: Path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    assert command_line("render", "dev", "--out", str(tmp_path / "out")).code == exits.REFUSED
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_nothing_is_written_when_one_stack_is_refused(
    command_line: CommandLine, checkout: Checkout, tmp_path: Path
):
    checkout.edit("Pulumi.staging.yaml", "gpu: nvidia-l4", "gpu: nvidia-l44")
    ended = command_line("render", "--all", "--out", str(tmp_path / "out"))
    assert ended.code == exits.REFUSED
    assert "Pulumi.staging.yaml:" in ended.err
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_when_one_folder_is_foreign(command_line: CommandLine, tmp_path: Path):
    foreign = tmp_path / "out" / "staging"
    foreign.mkdir(parents=True)
    (foreign / "notes.txt").touch()
    assert command_line("render", "--all", "--out", str(tmp_path / "out")).code == exits.REFUSED
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["staging"]


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("before", [False, True])
def test_an_interrupted_rendering_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool
):
    if before:
        verb.render(["dev"], tmp_path / "out", nested=False)
    old = contents(tmp_path / "out")
    write = verb.files

    def interrupted(rendering: Rendering) -> dict[str, str]:
        class Half(dict[str, str]):
            def items(self):  # type: ignore[override]
                yield next(iter(super().items()))
                raise KeyboardInterrupt

        return Half(write(rendering))

    monkeypatch.setattr(verb, "files", interrupted)
    with pytest.raises(KeyboardInterrupt):
        verb.render(["staging"], tmp_path / "out", nested=False)
    assert contents(tmp_path / "out") == old
    assert (tmp_path / "out").exists() is before
    assert hidden(tmp_path) == []


def test_a_rendering_outside_a_checkout_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RefusedError, match=r"Pulumi\.yaml: is not in this folder"):
        verb.render(["dev"], tmp_path / "out", nested=False)
    assert list(tmp_path.iterdir()) == []


def test_the_same_bytes_are_written_whatever_the_hash_seed_and_the_locale(
    checkout: Checkout, tmp_path: Path
):
    noted = "replicaCount: 1\n        note: Größe"
    checkout.edit("Pulumi.production.yaml", "replicaCount: 1", noted)
    written: list[dict[str, bytes]] = []
    for seed, locale in (("1", "C"), ("2", "C.UTF-8")):
        out = tmp_path / seed
        environment = {"PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": f"UTC+{seed}"}
        ended = run(checkout.folder, "render", "--all", "--out", str(out), environment=environment)
        assert (ended.code, ended.out) == (exits.DONE, "")
        written.append(contents(out))
    assert written[0] == written[1]
    assert any("Größe".encode() in text for text in written[0].values())


def test_rendering_loads_neither_the_provider_nor_the_engine_client(
    checkout: Checkout, tmp_path: Path
):
    script = (
        "import sys; from pathlib import Path; from gitops.cli.render import render; "
        f"render(['dev'], Path({str(tmp_path / 'out')!r}), nested=False); "
        "print(sorted(n for n in sys.modules if n.split('.')[0] == 'pulumi_kubernetes'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=checkout.folder, capture_output=True, text=True,
        check=True, env={**os.environ, "PYTHONPATH": str(checkout.folder)},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
    assert (tmp_path / "out" / INDEX).is_file()


def test_a_stream_is_every_file_one_after_the_other(command_line: CommandLine, checkout: Checkout):
    (rendering,) = declared(checkout.folder, ["dev"])
    written = files(rendering)
    texts = [written[part.file] for part in rendering.parts if part.file]

    ended = command_line("render", "dev", "--stream")

    assert (ended.code, ended.err) == (exits.DONE, "")
    assert ended.out == "".join(f"---\n{text}" for text in texts)
    assert not (checkout.folder / "rendered").exists()


def test_a_stream_holds_no_secret(command_line: CommandLine):
    ended = command_line("render", "dev", "--stream")

    kinds = {one["kind"] for one in yaml.safe_load_all(ended.out)}
    assert "Deployment" in kinds
    assert "Secret" not in kinds


def test_of_a_refused_stack_nothing_is_streamed(command_line: CommandLine, checkout: Checkout):
    checkout.edit("Pulumi.staging.yaml", "gpu: nvidia-l4", "gpu: nvidia-l44")

    ended = command_line("render", "staging", "--stream")

    assert (ended.code, ended.out) == (exits.REFUSED, "")
    assert "Pulumi.staging.yaml:" in ended.err


def test_a_stream_is_of_one_stack(command_line: CommandLine):
    ended = command_line("render", "--all", "--stream")

    assert ended.out == ""
    assert "--stream is of one stack" in ended.err


def test_a_stream_has_the_bytes_of_the_files_whatever_the_locale(checkout: Checkout):
    noted = "replicaCount: 1\n        note: Größe"
    checkout.edit("Pulumi.production.yaml", "replicaCount: 1", noted)
    (rendering,) = declared(checkout.folder, ["production"])
    written = files(rendering)

    environment = {"PYTHONHASHSEED": "1", "LC_ALL": "C"}
    ended = run(checkout.folder, "render", "production", "--stream", environment=environment)

    assert (ended.code, ended.err) == (exits.DONE, "")
    texts = [written[part.file] for part in rendering.parts if part.file]
    assert ended.out == "".join(f"---\n{text}" for text in texts)
    assert "Größe" in ended.out
