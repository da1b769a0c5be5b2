"""Bundles: what they hold, how a cut run goes on, and what is refused before anything changes."""

import errno
import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from documents.problem import RefusedError
from gitops.adapters.archive import add, close, moved, reading, writing
from gitops.adapters.process import Finished
from gitops.adapters.skopeo import Skopeo
from gitops.cli.export import importing, packing
from gitops.cli.export.bundle import Wish, read_list, write
from gitops.cli.export.importing import Order, take
from gitops.export.bundle import Bundle
from tests.gitops.checkouts import Checkout
from tests.support.project import ROOT

pytestmark = pytest.mark.usefixtures("checkout")
WEIGHTS = b"GGUF" + bytes(200_000)
MODEL = """\
name: tiny
kind: chat
description: For tests.
license: MIT
backend: llama-cpp
minimum_server: v4.8.0
weights:
  url: https://example.org/tiny.gguf
  file: tiny.gguf
  sha256: "{sha256}"
  size: {size}
context_size: 512
slots: 1
batch: 64
template: {{use_tokenizer_template: true}}
architecture: {{layers: 1, kv_heads: 1, head_dim: 1}}
"""
STACK = """\
config:
  localai:namespace: localai-site
  localai:cluster: site
  localai:server: {{version: v4.9.0}}
  localai:delivery: compose
  localai:registry: {{mirrors: {{quay.io: registry.site:5000/quay.io}}}}
  localai:digests:
    docker.io/library/python:3.13.9-slim-bookworm: sha256:{ones}
    quay.io/go-skynet/local-ai:v4.9.0: sha256:{twos}
    quay.io/go-skynet/local-ai-backends:v4.9.0-cpu-llama-cpp: sha256:{threes}
  localai:pools:
    chat:
      models: [tiny]
      storage: {{size: 2Gi}}
"""


def nothing(_steps: int) -> None:
    """Tell nobody."""


def silent(_words: str, _total: int) -> Any:
    return nothing


@dataclass
class Layouts:
    """Stands in for skopeo: an image is a blob of its own name, and copies are written down."""

    copied: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    size: int = 1000

    def __call__(
        self, command: Sequence[str], folder: Path, environment: Any = None, given: bytes = b""
    ) -> Finished:
        del folder, environment, given
        source, target = command[-2:]
        self.copied.append((source, target))
        if target.startswith("oci:"):
            layout = Path(target.split(":")[1])
            content = source.encode().ljust(self.size, b"x")
            blob = layout / "blobs/sha256" / hashlib.sha256(content).hexdigest()
            blob.parent.mkdir(parents=True, exist_ok=True)
            blob.write_bytes(content)
            (layout / "index.json").write_text("{}")
        return Finished(code=0, output=b"", errors="")


@pytest.fixture
def layouts(monkeypatch: pytest.MonkeyPatch) -> Layouts:
    def found(name: str) -> str:
        return f"/bin/{name}"

    monkeypatch.setattr("gitops.adapters.skopeo.shutil.which", found)
    return Layouts()


@pytest.fixture
def site(checkout: Checkout) -> Checkout:
    digest = hashlib.sha256(WEIGHTS).hexdigest()
    checkout.write("models/tiny.yaml", MODEL.format(sha256=digest, size=len(WEIGHTS)))
    checkout.write("Pulumi.site.yaml", STACK.format(ones=64 * "1", twos=64 * "2", threes=64 * "3"))
    return checkout


def brought(out: Path, content: bytes = WEIGHTS) -> None:
    """Put the weights where an earlier run would have brought them."""
    digest = hashlib.sha256(content).hexdigest()
    path = out.with_name(f"{out.name}.work") / "models/weights" / digest / "tiny.gguf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def wish(out: Path, layouts: Layouts, **more: Any) -> Wish:
    known: dict[str, Any] = {"tool": None, "charts": None, "since": None, "key": None}
    return Wish(stacks=["site"], out=out, skopeo=Skopeo(run=layouts), bar=silent, **(known | more))


def order(bundle: Path, out: Path, layouts: Layouts, **more: Any) -> Order:
    known: dict[str, Any] = {
        "weights": [out / "models"], "registry": "", "push": False, "signers": None,
    }  # fmt: skip
    return Order(bundle=bundle, out=out, skopeo=Skopeo(run=layouts), bar=silent, **(known | more))


@pytest.fixture
def bundle(site: Checkout, tmp_path: Path, layouts: Layouts) -> Path:
    del site
    out = tmp_path / "site.bundle"
    brought(out)
    write(wish(out, layouts))
    return out


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def said(error: pytest.ExceptionInfo[RefusedError]) -> str:
    return str(error.value)


def test_a_bundle_holds_weights_images_and_manifests_by_digest(bundle: Path):
    made = read_list(bundle)

    names = [one.path for one in made.here]
    digest = hashlib.sha256(WEIGHTS).hexdigest()
    assert f"weights/{digest}/tiny.gguf" in names
    assert "stacks/site/compose/compose.yaml" in names
    assert "stacks/site/manifests/deployment-localai-chat.yaml" in names
    assert len([name for name in names if name.startswith("images/blobs/")]) == 3
    assert [one.source for one in made.images] == [
        "docker.io/library/python:3.13.9-slim-bookworm@sha256:" + 64 * "1",
        "quay.io/go-skynet/local-ai-backends:v4.9.0-cpu-llama-cpp@sha256:" + 64 * "3",
        "quay.io/go-skynet/local-ai:v4.9.0@sha256:" + 64 * "2",
    ]
    assert made.machine == platform.machine()


def test_it_is_a_tar_archive_that_other_programs_read(bundle: Path, tmp_path: Path):
    subprocess.run(["tar", "-xf", bundle, "-C", tmp_path, "bundle.json"], check=True)

    assert json.loads((tmp_path / "bundle.json").read_text())["stacks"] == ["site"]


def test_an_image_that_a_tag_alone_names_is_refused(
    site: Checkout, tmp_path: Path, layouts: Layouts
):
    site.edit("Pulumi.site.yaml", f"    quay.io/go-skynet/local-ai:v4.9.0: sha256:{64 * '2'}\n", "")

    with pytest.raises(RefusedError) as error:
        write(wish(tmp_path / "b", layouts))
    assert "local-ai:v4.9.0 by a tag alone; list its digest under `localai:digests`" in said(error)
    assert layouts.copied == []


def test_the_other_side_gets_the_same_files_and_what_pods_look_for(
    bundle: Path, tmp_path: Path, layouts: Layouts
):
    out = tmp_path / "other"
    made = take(order(bundle, out, layouts))

    digest = hashlib.sha256(WEIGHTS).hexdigest()
    assert (out / f"models/weights/{digest}/tiny.gguf").read_bytes() == WEIGHTS
    (known,) = made.sets
    checked = subprocess.run(
        [sys.executable, "-m", "fetch", "check", "--digest", known, "--root", out / "models"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    assert list(out.rglob("*.partial")) == []


def test_images_go_where_the_stacks_pull_them_or_below_a_registry(
    bundle: Path, tmp_path: Path, layouts: Layouts
):
    layouts.copied.clear()
    take(order(bundle, tmp_path / "a", layouts, push=True))
    take(order(bundle, tmp_path / "b", layouts, push=True, registry="localhost:5000"))

    targets = [target for _, target in layouts.copied]
    assert "docker://registry.site:5000/quay.io/go-skynet/local-ai:v4.9.0" in targets[:3]
    assert "docker://localhost:5000/docker.io/library/python:3.13.9-slim-bookworm" in targets[3:]


def test_a_second_import_writes_nothing_again(bundle: Path, tmp_path: Path, layouts: Layouts):
    out = tmp_path / "other"
    take(order(bundle, out, layouts))
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.gguf")}
    take(order(bundle, out, layouts))

    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.gguf")} == before


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.7, 0.99, 0.9999])
def test_a_bundle_that_is_cut_short_changes_nothing(
    bundle: Path, tmp_path: Path, layouts: Layouts, share: float
):
    os.truncate(bundle, int(bundle.stat().st_size * share))
    with pytest.raises(RefusedError) as error:
        take(order(bundle, tmp_path / "other", layouts))

    assert "site.bundle: " in said(error)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("seed", range(12))
def test_a_bundle_in_which_one_byte_is_another_changes_nothing(
    bundle: Path, tmp_path: Path, layouts: Layouts, seed: int
):
    size = bundle.stat().st_size
    at = (seed * 7919 * 65537) % size
    content = bytearray(bundle.read_bytes())
    content[at] ^= 1
    bundle.write_bytes(content)
    out = tmp_path / "other"
    try:
        take(order(bundle, out, layouts))
    except RefusedError:
        assert not out.exists()
    else:
        # It was of what fills a block behind a file, and is of no file.
        content[at] ^= 1
        bundle.write_bytes(content)
        take(order(bundle, tmp_path / "good", layouts))
        assert contents(out).keys() == contents(tmp_path / "good").keys()
        assert content[at] == 0


@pytest.mark.parametrize(("name", "cause"), [("a", "is not there"), ("", "is not a file")])
def test_a_bundle_that_is_no_file_is_refused_before_anything_else(
    tmp_path: Path, layouts: Layouts, name: str, cause: str
):
    with pytest.raises(RefusedError) as error:
        take(order(tmp_path / name, tmp_path / "other", layouts))

    assert said(error) == f"{tmp_path / name}: {cause}; name the file of the bundle"


def test_a_bundle_that_cannot_be_read_is_the_place_and_nothing_was_changed(
    bundle: Path, tmp_path: Path, layouts: Layouts, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: Any) -> str:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("gitops.adapters.archive.moved", broken)
    with pytest.raises(RefusedError) as error:
        take(order(bundle, tmp_path / "other", layouts))

    cure = "fix that, and run it again; nothing was changed"
    assert said(error) == f"{bundle}: Input/output error; {cure}"
    assert not (tmp_path / "other").exists()


def test_a_file_that_is_altered_after_it_was_verified_does_not_undo_those_before(
    bundle: Path, tmp_path: Path, layouts: Layouts, monkeypatch: pytest.MonkeyPatch
):
    done: list[str] = []

    def moved_once(*arguments: Any) -> str:
        done.append(moved(*arguments))
        return done[0] if len(done) == 1 else 64 * "0"

    monkeypatch.setattr(importing, "moved", moved_once)
    with pytest.raises(RefusedError) as error:
        take(order(bundle, tmp_path / "other", layouts))

    first, second = [one.path for one in read_list(bundle).here][:2]
    assert said(error) == (
        f"{bundle}: holds {second} altered, since it was verified; bring the whole file again; "
        "files that were written before are whole, and are kept"
    )
    assert list(contents(tmp_path / "other")) == [first]


def test_a_folder_that_cannot_be_made_is_named_with_what_was_written(
    bundle: Path, tmp_path: Path, layouts: Layouts
):
    out = tmp_path / "other"
    out.mkdir()
    (out / "models").write_text("mine")
    with pytest.raises(RefusedError) as error:
        take(order(bundle, out, layouts))

    assert said(error) == (
        f"{out / 'models'}: File exists; fix that, and run it again; "
        "files that were written before are whole, and are kept"
    )
    (out / "models").unlink()
    assert len(contents(out)) == len(read_list(bundle).here) - 1


def test_a_longer_bundle_is_refused(bundle: Path, tmp_path: Path, layouts: Layouts):
    with bundle.open("ab") as file:
        file.write(b"more")
    with pytest.raises(RefusedError, match="has no end, or something after it"):
        take(order(bundle, tmp_path / "other", layouts))
    assert not (tmp_path / "other").exists()


def relisted(bundle: Path, files: Mapping[str, bytes] | None = None, **changes: Any) -> Path:
    """Write a bundle of another list, and of no file but these."""
    with reading(bundle) as archive:
        made = json.loads(archive.first("bundle.json", 1 << 20)) | changes
    path, content = bundle.with_name("changed"), json.dumps(made).encode()
    with writing(path, 0) as archive:
        add(archive, "bundle.json", content)
        add(archive, "bundle.json.sha256", hashlib.sha256(content).hexdigest().encode())
        for name, each in (files or {}).items():
            add(archive, name, each)
        close(archive)
    return path


def entry(path: str, **changes: Any) -> dict[str, Any]:
    return {"path": path, "size": 1, "sha256": 64 * "0", "here": True} | changes


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"version": 2}, "is of version 2, and this tool reads 1"),
        ({"machine": "riscv64"}, "is for riscv64, and this is"),
        ({"entries": [entry("../a")]}, "no list"),
        ({"entries": [entry("/etc/a")]}, "no list"),
        ({"entries": [entry("tool/a", sha256="b")]}, "no list"),
        ({"entries": [entry("tool/a", size=1e300)]}, "no list"),
        ({"entries": [entry("tool/a", size=1 << 60)], "sets": {}}, "needed"),
        ({"entries": [entry(".bashrc")]}, "lists .bashrc, which is in no folder of a bundle"),
        ({"entries": [entry("models/.sets/a.json")]}, "which is in no folder of a bundle"),
        ({"entries": [entry("tool")]}, "lists tool, which is in no folder of a bundle"),
        ({"entries": [entry(f"weights/{64 * '1'}/a.gguf")]}, "a.gguf with other bytes, of the"),
        ({"entries": [entry(f"images/blobs/sha256/{64 * '1'}")]}, "with other bytes, of the"),
        ({"entries": []}, "tiny.gguf, which it does not list"),
    ],
)  # fmt: skip
def test_a_list_of_another_kind_is_refused(
    bundle: Path, tmp_path: Path, layouts: Layouts, changes: dict[str, Any], why: str
):
    with pytest.raises(RefusedError) as error:
        take(order(relisted(bundle, **changes), tmp_path / "other", layouts))

    assert why in said(error)
    assert not (tmp_path / "other").exists()


def test_a_disk_that_is_too_small_is_refused_before_a_byte_is_written(
    bundle: Path, tmp_path: Path, layouts: Layouts, monkeypatch: pytest.MonkeyPatch
):
    usage = type(importing.shutil.disk_usage(tmp_path))

    def full(_: Path) -> Any:
        return usage(1, 1, 1)

    for module in (importing, packing):
        monkeypatch.setattr(module.shutil, "disk_usage", full)
    with pytest.raises(RefusedError, match="bytes are needed there, and 1 are free; free some"):
        take(order(bundle, tmp_path / "other", layouts))
    assert not (tmp_path / "other").exists()


def test_another_bundle_carries_the_difference_and_needs_the_first(
    bundle: Path, site: Checkout, tmp_path: Path, layouts: Layouts
):
    site.edit("Pulumi.site.yaml", "size: 2Gi", "size: 3Gi")
    later = tmp_path / "later.bundle"
    brought(later)
    write(wish(later, layouts, since=bundle))
    out = tmp_path / "other"

    assert later.stat().st_size < bundle.stat().st_size - len(WEIGHTS)
    with pytest.raises(RefusedError, match=r"comes after another bundle.*import that one first"):
        take(order(later, out, layouts))
    take(order(bundle, out, layouts))
    take(order(later, out, layouts))
    assert (
        "3Gi"
        in (
            out / "stacks/site/manifests/persistentvolumeclaim-localai-chat-storage.yaml"
        ).read_text()
    )


def keys(folder: Path) -> tuple[Path, Path]:
    for name in ("ours", "theirs"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name],
            check=True,
        )
    (folder / "signers").write_text(f"us@example.org {(folder / 'ours.pub').read_text()}")
    return folder / "ours", folder / "theirs"


def test_only_a_bundle_of_an_allowed_signer_is_taken(
    bundle: Path, tmp_path: Path, layouts: Layouts, capsys: pytest.CaptureFixture[str]
):
    ours, theirs = keys(tmp_path)
    signers = tmp_path / "signers"
    out = tmp_path / "other"
    with pytest.raises(RefusedError, match="is not signed; make it with --sign-with KEY"):
        take(order(bundle, out, layouts, signers=signers))
    for key in (theirs, ours):
        (tmp_path / "signed.bundle").unlink(missing_ok=True)
        brought(tmp_path / "signed.bundle")
        write(wish(tmp_path / "signed.bundle", layouts, key=key))
        if key == theirs:
            with pytest.raises(RefusedError, match="is not signed by anybody in"):
                take(order(tmp_path / "signed.bundle", out, layouts, signers=signers))
            assert not out.exists()
    take(order(tmp_path / "signed.bundle", out, layouts, signers=signers))
    assert "signed by us@example.org" in capsys.readouterr().err


def test_other_bytes_below_the_digest_of_a_pinned_file_are_never_marked_as_whole(
    bundle: Path, tmp_path: Path, layouts: Layouts
):
    other = b"GGUF" + bytes(len(WEIGHTS) - 5) + b"x"
    with reading(bundle) as archive:
        made = json.loads(archive.first("bundle.json", 1 << 20))
    (weights,) = (one for one in made["entries"] if one["path"].startswith("weights/"))
    changed = {"entries": [weights | {"sha256": hashlib.sha256(other).hexdigest()}]}
    forged = relisted(bundle, files={weights["path"]: other}, **changed)

    with pytest.raises(RefusedError, match=r"tiny\.gguf with other bytes"):
        take(order(forged, tmp_path / "other", layouts))
    assert not (tmp_path / "other").exists()


def test_a_bundle_that_nobody_signed_is_said_to_be_one(
    bundle: Path, tmp_path: Path, layouts: Layouts, capsys: pytest.CaptureFixture[str]
):
    take(order(bundle, tmp_path / "other", layouts))

    assert "note: it is not signed" in capsys.readouterr().err


class CutError(Exception):
    """What ends a run in the middle."""


def test_a_run_that_is_cut_while_it_packs_goes_on_behind_what_is_whole(
    site: Checkout, tmp_path: Path, layouts: Layouts
):
    del site
    out = tmp_path / "b"
    brought(out)

    def cut(words: str, _total: int) -> Any:
        done = 0

        def advance(steps: int) -> None:
            nonlocal done
            done += steps
            if words == "packing" and done > 60_000:
                raise CutError

        return advance

    with pytest.raises(CutError):
        write(replace(wish(out, layouts), bar=cut))
    assert not out.exists()
    packed: list[int] = []

    def counted(words: str, total: int) -> Any:
        packed.append(total if words == "packing" else 0)
        return nothing

    made = write(replace(wish(out, layouts), bar=counted))
    assert 0 < max(packed) < made.size
    first = out.read_bytes()
    out.unlink()
    write(wish(out, layouts))
    assert out.read_bytes() == first
    take(order(out, tmp_path / "other", layouts))


def test_a_file_that_rotted_in_the_folder_of_work_is_named(
    site: Checkout, tmp_path: Path, layouts: Layouts
):
    del site
    out = tmp_path / "b"
    brought(out)
    write(wish(out, layouts))
    out.unlink()
    blob = next(path for path in (tmp_path / "b.work/images/blobs/sha256").iterdir())
    rotten = blob.read_bytes()[:-1] + b"y"

    class Rotting(Layouts):
        def __call__(self, *arguments: Any, **more: Any) -> Finished:
            done = super().__call__(*arguments, **more)
            blob.write_bytes(rotten)
            return done

    with pytest.raises(RefusedError, match=r"has the SHA-256 .*; delete it, and run this again"):
        write(wish(out, Rotting()))
    assert not out.exists()


def test_charts_and_the_tool_are_refused_where_they_are_missing(
    site: Checkout, tmp_path: Path, layouts: Layouts
):
    site.edit("Pulumi.site.yaml", "  localai:pools:", "  localai:charts:\n    qdrant:\n"
        "      repository: https://qdrant.github.io/qdrant-helm\n      chart: qdrant\n"
        "      version: 1.15.5\n  localai:pools:")  # fmt: skip
    brought(tmp_path / "b")
    with pytest.raises(
        RefusedError, match=r"lacks qdrant-1\.15\.5\.tgz; put it there by `helm pull`"
    ):
        write(wish(tmp_path / "b", layouts))
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts/qdrant-1.15.5.tgz").write_bytes(b"chart")
    (tmp_path / "dist").mkdir()
    with pytest.raises(RefusedError, match="holds no wheel of localai-gitops"):
        write(wish(tmp_path / "b", layouts, charts=tmp_path / "charts", tool=tmp_path / "dist"))
    made: Bundle = write(wish(tmp_path / "b", layouts, charts=tmp_path / "charts"))
    assert "charts/qdrant-1.15.5.tgz" in [one.path for one in made.here]
