"""What the engine follows and no object shows is a line of its own in the plan."""

import os
from pathlib import Path

import pytest

from gitops.adapters.git import Git
from gitops.adapters.process import run
from gitops.planning.note import BESIDE_OBJECTS, Kind, Note
from gitops.planning.plan import Plan
from gitops.planning.program import (
    Followed,
    document,
    file_notes,
    followed,
    followed_notes,
    program_notes,
    with_followed,
)
from settings.file import StackFile, read_stack_file
from settings.stack.delivery import Delivery
from tests.gitops.checkouts import Checkout
from tests.gitops.stacks import changed
from tests.samples import KEY

TEXT = """\
config:
  localai:namespace: localai-test
  localai:cluster: test
  localai:server: {version: v4.9.0}
  localai:pools: {chat: {models: [qwen3-0.6b], storage: {size: 20Gi}}}
"""
FOLLOWED = {
    "Pulumi.yaml": Kind.PROJECT_CHANGES,
    "requirements.txt": Kind.LIBRARIES_CHANGE,
    "pyproject.toml": Kind.LIBRARIES_CHANGE,
    ".python-version": Kind.LIBRARIES_CHANGE,
    "__main__.py": Kind.PROGRAM_CHANGES,
    "stack.py": Kind.PROGRAM_CHANGES,
    "components/keys/api_key.py": Kind.PROGRAM_CHANGES,
    "components/weights/scripts/data.json": Kind.PROGRAM_CHANGES,
    "components/__pycache__/component.cpython-311.pyc": Kind.PROGRAM_CHANGES,
    "models/catalog.py": Kind.PROGRAM_CHANGES,
    "settings/config.py": Kind.PROGRAM_CHANGES,
    "policy/violations.py": Kind.PROGRAM_CHANGES,
    # What Python finds before its own libraries.
    "json.py": Kind.PROGRAM_CHANGES,
    "yaml/__init__.py": Kind.PROGRAM_CHANGES,
    "pulumi.so": Kind.PROGRAM_CHANGES,
    ".venv/bin/python": Kind.PROGRAM_CHANGES,
}
NOT_FOLLOWED = (
    "evidence/production/smoke.json", "README.md",
    "docs/storage.md", "tests/test_stack.py", "gitops/cli/app.py", "notes.txt",
    "models/qwen3-0.6b.yaml", ".github/workflows/ci.yaml", "requirements-dev.txt",
    "gpus/mine.yaml", "rendered/dev/configmap-a.yaml",
)  # fmt: skip


def of(checkout: Checkout) -> Followed:
    return followed(Git(folder=checkout.folder, run=run), checkout.head)


def test_every_file_that_the_engine_follows_is_named_by_its_kind(repository: Checkout):
    for path in (*FOLLOWED, *NOT_FOLLOWED):
        repository.write(path, "new\n")
    (repository.folder / "evil").symlink_to("tests")
    repository.git("add", "--all", "--force")
    found = of(repository).paths
    kinds = {path: note.kind for note in program_notes(found) for path in note.subjects}

    assert kinds == {**FOLLOWED, "evil": Kind.PROGRAM_CHANGES}


def test_a_long_list_of_files_is_counted():
    (note,) = program_notes([f"components/{at}.py" for at in range(7)])

    assert "components/4.py and 2 more files; read it as code" in str(note)
    assert len(note.subjects) == 7


def test_a_file_name_cannot_steer_the_terminal(repository: Checkout):
    repository.write("a\x1b[31m\n.py", "")
    repository.write(os.fsdecode(b"\xff.py"), "")
    (note,) = program_notes(of(repository).paths)

    assert note.subjects == ("a\\x1b[31m .py", "\\udcff.py")
    assert "\x1b" not in str(note)


def stack_file(folder: Path, text: str) -> StackFile:
    (folder / "Pulumi.test.yaml").write_text(text, encoding="utf-8")
    return read_stack_file(folder, "test")


def notes(folder: Path, old: str | None, new: str) -> list[Note]:
    before = document(None if old is None else old.encode(), "Pulumi.test.yaml")
    return list(file_notes(before, stack_file(folder, new).document.value))


WAIVER = (
    "  localai:waivers: [{rule: image-by-digest, reason: the mirror keeps tags,"
    ' until: "2027-01-31"}]\n'
)


GATES = "  localai:promotion: {from: dev, soak: 24h}\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (TEXT, f"encryptionsalt: a\n{TEXT}", "encryptionsalt, which the engine follows, is added"),
        (f"encryptedkey: a\n{TEXT}", f"encryptedkey: b\n{TEXT}", "encryptedkey, which the engine"),
        (
            f"secretsprovider: passphrase\n{TEXT}",
            f"secretsprovider: awskms://theirs\n{TEXT}",
            "changes from 'passphrase' to 'awskms://theirs': it can read the secrets in the state",
        ),
        (TEXT, f"{TEXT}  pulumi:tags: {{a: b}}\n", "pulumi:tags, which the engine follows, is add"),
        (f"{TEXT}  kubernetes:context: a\n", TEXT, "kubernetes:context, which the engine follows"),
        (TEXT, f"{TEXT}{WAIVER}", "a rule is waived: image-by-digest for the whole stack until"),
        (None, f"{TEXT}{WAIVER}", "until 2027-01-31 (the mirror keeps tags)"),
        (f"{TEXT}{WAIVER}", TEXT, "no longer waived: image-by-digest for the whole stack"),
        (
            f"{TEXT}{GATES}",
            f"{TEXT}{GATES.replace('24h', '1m')}",
            "what lets a release in changes: promotion.soak: 24h -> 1m",
        ),
        (f"{TEXT}  localai:budget: 5\n", f"{TEXT}  localai:budget: 90\n", "budget: 5 -> 90"),
        (TEXT, f"{TEXT}{GATES}", "what lets a release in changes: promotion: (none) -> "),
    ],
)
def test_what_changes_in_a_stack_file_and_in_no_object_is_said(
    tmp_path: Path, old: str | None, new: str, said: str
):
    (note,) = notes(tmp_path, old, new)

    assert said in str(note)
    assert note.kind in BESIDE_OBJECTS


def test_a_change_of_what_is_planned_is_left_to_the_plan(tmp_path: Path):
    assert notes(tmp_path, TEXT.replace("20Gi", "10Gi"), TEXT) == []


def test_a_file_that_is_no_longer_read_counts_as_new(tmp_path: Path):
    assert len(notes(tmp_path, "a: &x 1\nb: *x\n", f"{TEXT}{WAIVER}")) == 1


def test_each_stack_of_the_engine_says_it_and_the_plan_is_not_empty(tmp_path: Path):
    rendered = f"{TEXT}  localai:delivery: rendered\n  localai:apiKey: {KEY}\n"
    same = changed(lambda config: config)
    for text, differs in ((TEXT, True), (rendered, False)):
        (tmp_path / "Pulumi.dev.yaml").write_text(text, encoding="utf-8")
        plan = Plan(base="abc", compared=True, stacks=(same,))
        what = Followed(paths=("stack.py",), files={})
        found = with_followed(plan, what, [read_stack_file(tmp_path, "dev")])

        assert found.differs is differs
        assert [note.kind for note in found.stacks[0].notes] == [Kind.PROGRAM_CHANGES] * differs


@pytest.mark.parametrize("path", ["releases/blocked.yaml", "evaluations/facts.yaml"])
def test_what_lets_a_release_in_is_a_note_of_its_own(repository: Checkout, path: str):
    repository.write(path, "new\n")
    repository.git("add", "--all")
    changed = of(repository)
    for delivery in Delivery:
        (note,) = followed_notes(changed, "Pulumi.test.yaml", {}, delivery)
        assert (note.kind, path in note.text) == (Kind.GATES_CHANGE, True)


def test_a_long_list_of_what_lets_a_release_in_is_counted():
    changed = Followed(paths=tuple(f"evaluations/{at}.yaml" for at in range(7)), files={})

    (note,) = followed_notes(changed, "Pulumi.test.yaml", {}, Delivery.RENDERED)

    assert "evaluations/4.yaml and 2 more files" in note.text
    assert len(note.subjects) == 7
