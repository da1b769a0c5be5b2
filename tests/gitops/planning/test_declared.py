from pathlib import Path
from shutil import copyfile

import pytest

from components.server import model_list
from documents.problem import RefusedError
from gitops.planning.checkout import declared
from tests.gitops.checkouts import Checkout
from tests.support.project import PROJECT


def test_all_stacks_of_a_checkout_are_declared_in_order():
    assert [one.stack for one in declared(PROJECT, ())] == ["dev", "production", "staging"]


def test_only_the_stacks_that_are_named_are_declared():
    assert [one.stack for one in declared(PROJECT, ["staging", "dev"])] == ["staging", "dev"]


def test_an_unknown_stack_names_the_known_ones():
    with pytest.raises(RefusedError, match=r"Pulumi\.devel\.yaml.*dev, production, staging"):
        declared(PROJECT, ["devel"])


def test_every_broken_stack_is_named_at_once(checkout: Checkout):
    checkout.edit("Pulumi.dev.yaml", "qwen3-0.6b, ", "qwen3-0.6bb, ")
    checkout.edit("Pulumi.staging.yaml", "gpu: nvidia-l4", "gpu: nvidia-l44")
    with pytest.raises(RefusedError) as refused:
        declared(checkout.folder, ())
    files = {problem.file for problem in refused.value.problems}
    assert files == {"Pulumi.dev.yaml", "Pulumi.staging.yaml"}
    assert all(problem.line and problem.cure for problem in refused.value.problems)


def test_a_checkout_may_declare_no_stack(tmp_path: Path):
    copyfile(PROJECT / "Pulumi.yaml", tmp_path / "Pulumi.yaml")
    assert declared(tmp_path, ()) == []


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path):
    with pytest.raises(RefusedError, match=r"Pulumi\.yaml: .*No such file"):
        declared(tmp_path, ())


def test_a_model_list_that_no_config_map_holds_is_refused_at_its_pools(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(model_list, "LARGEST_BYTES", 100)
    with pytest.raises(RefusedError) as refused:
        declared(PROJECT, ["dev"])
    (problem,) = refused.value.problems
    assert problem.path == ("config", "localai:pools", "chat")
    assert "a ConfigMap holds 100" in problem.cause
    assert problem.cure == "split the pool in two"


def test_two_stacks_in_one_namespace_are_refused(checkout: Checkout):
    text = (checkout.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    checkout.write("Pulumi.twin.yaml", text)
    with pytest.raises(RefusedError, match=r"Pulumi\.twin\.yaml.*namespace of stack dev too"):
        declared(checkout.folder, ())


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("name: localai", "name: mine", "Pulumi.yaml:1: name: is not the project"),
        ("runtime:", "config: {}\nruntime:", "Pulumi.yaml:3: config: sets configuration"),
        ("runtime:", "main: other/\nruntime:", "Pulumi.yaml:3: main: runs another program"),
        (
            "runtime:",
            "plugins: {providers: [{name: kubernetes, path: bin}]}\nruntime:",
            "Pulumi.yaml:3: plugins: runs other programs in place of the providers; delete it",
        ),
        ("runtime:", "packages: {a: b}\nruntime:", "Pulumi.yaml:3: packages: adds providers"),
        ("runtime:", "stackConfigDir: a\nruntime:", "Pulumi.yaml:3: stackConfigDir: takes stack"),
        ("runtime:", "template: {}\nruntime:", "Pulumi.yaml:3: template: is not a known key"),
        ("  name: python", "  name: nodejs", "Pulumi.yaml:3: runtime: does not run this program"),
        ("  name: python", "  name: python\n  binary: a", "Pulumi.yaml:5: runtime.binary: is not"),
        ("    toolchain: pip", "    binary: a", "Pulumi.yaml:6: runtime.options.binary: is not"),
    ],
)
def test_a_project_file_that_a_plan_cannot_see_is_refused(
    checkout: Checkout, old: str, new: str, cause: str
):
    checkout.edit("Pulumi.yaml", old, new)
    with pytest.raises(RefusedError) as refused:
        declared(checkout.folder, ())
    assert str(refused.value).startswith(cause)


@pytest.mark.parametrize("name", ["Pulumi.yml", "Pulumi.json", "Pulumi.dev.json"])
def test_a_second_file_that_only_the_engine_would_read_is_refused(checkout: Checkout, name: str):
    checkout.write(name, "name: localai\nruntime: python\nmain: other/\n")
    with pytest.raises(RefusedError, match=f"{name}: is read by the engine and by no plan"):
        declared(checkout.folder, ())


def test_a_stack_name_that_no_label_carries_is_refused(checkout: Checkout):
    text = (checkout.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    checkout.write(f"Pulumi.{'x' * 70}.yaml", text)
    with pytest.raises(RefusedError, match="has a stack name that no label can carry"):
        declared(checkout.folder, ())
