"""Any text is migrated safely or refused: never a crash, no secret, no file that is not valid."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.problem import Problem, RefusedError
from gitops.adoption.adoption import Adoption
from gitops.adoption.layouts.reader import read_layout
from gitops.adoption.report import adoption_document, adoption_markdown, adoption_text
from gitops.adoption.trial import refusals
from gitops.authoring.migration import migration
from gitops.validation.judgement import Judgement
from hardware.profiles import PROFILES
from models.catalog import Catalog, read_catalog
from tests.gitops.adoption.layouts.samples import EVERY, KEY, LIST, WRAPPER
from tests.gitops.adoption.namespaces import request, texts
from tests.gitops.adoption.test_hostile import ADDRESS, FORGED, PASSWORD, TOKEN
from tests.support.project import PROJECT

CATALOG = read_catalog(PROJECT)


def fine(text: str, fresh: Catalog) -> Judgement:
    del text, fresh
    return Judgement()


def migrated(text: str, catalog: Catalog = CATALOG, judge: object = fine) -> Adoption:
    asked = request(kubectl="", gpu="nvidia-l4")
    return migration(read_layout(text.encode("utf-8", "replace"), "file"), "file", asked, catalog,
                     judge)  # pyright: ignore[reportArgumentType]  # fmt: skip


def check(made: Adoption) -> None:
    """Check what is printed and written of a migration."""
    assert adoption_text(made, ()).replace("\n", "").isprintable()
    assert adoption_markdown(made, ()).replace("\n", "").isprintable()
    said = "".join([
        adoption_text(made, ()), adoption_markdown(made, ()),
        json.dumps(adoption_document(made, ())), *made.files, *made.files.values(),
    ])  # fmt: skip
    for secret in (KEY, PASSWORD, TOKEN):
        assert secret not in said
    said.encode()
    models = {name: text for name, text in made.files.items() if name.startswith("models/")}
    # Nothing that is written lacks a fact, or is refused for another reason.
    assert not refusals(made.stack, models, PROFILES)


WORDS = st.sampled_from([
    FORGED, ADDRESS, f" {TOKEN} ", "9" * 5000, "~", "${A:-b}", "$(id)", "{", "[" * 3000, "\x00",
    "&a [*a]", "!!python/object:x", "docker run ", "FROM ", '"""', "NAME ID SIZE MODIFIED", "\t",
    "", "models:", "localai/localai:latest-aio-cpu", "/build/models", "hf.co/a/b:Q4",
    "sha256-" + "0" * 64,
])  # fmt: skip
LINES = [(name, number) for name, text in EVERY.items() for number in range(text.count("\n"))]


@pytest.mark.thorough
@given(place=st.sampled_from(LINES), word=WORDS, at=st.integers(0, 60), more=st.booleans())
@settings(max_examples=300)
def test_any_text_in_any_line_is_migrated_safely_or_refused(
    place: tuple[str, int], word: str, at: int, *, more: bool
):
    lines = EVERY[place[0]].split("\n")
    line = lines[place[1]]
    lines[place[1]] = line[:at] + word + (line[at:] if more else "")
    try:
        made = migrated("\n".join(lines))
    except RefusedError as error:
        refused = str(error)
    else:
        check(made)
        return
    assert PASSWORD not in refused
    assert "\x1b" not in refused


@pytest.mark.thorough
@given(text=st.text(max_size=200) | st.lists(WORDS, max_size=6).map("\n".join))
@settings(max_examples=300)
def test_any_text_is_a_result_or_a_problem(text: str):
    try:
        made = migrated(text)
    except RefusedError:
        return
    check(made)


@pytest.mark.parametrize("name", EVERY)
def test_each_form_is_migrated_without_a_secret(name: str):
    check(migrated(EVERY[name]))


def test_a_model_that_is_not_complete_is_not_written():
    made = migrated(WRAPPER, Catalog(definitions={}))

    assert made.files == {}
    assert "model llama-3: its file is not written, as the digest, size of its weights" in texts(
        made.remarks
    )
    assert made.steps[0].commands == ("localai-gitops adopt",)


def test_what_an_entry_says_and_its_file_may_not_is_named():
    made = migrated(WRAPPER.replace("llama-3\n", "qwen3-0.6b\n"))

    assert "models/qwen3-0.6b.yaml" not in made.files
    assert "model qwen3-0.6b: its entry says parameters.temperature" in texts(made.remarks)


def test_a_stack_that_the_check_refuses_is_not_written():
    def refuses(text: str, fresh: Catalog) -> Judgement:
        del text, fresh
        return Judgement(problems=(Problem(cause="does not fit", cure="take less"),))

    made = migrated(WRAPPER, judge=refuses)

    assert made.files == {}
    assert "Pulumi.home.yaml: does not fit; take less" in texts(made.remarks)


def test_a_stack_whose_images_are_not_pinned_is_written_with_the_command_that_pins_them():
    def by_tag(text: str, fresh: Catalog) -> Judgement:
        del text, fresh
        return Judgement(problems=(Problem(cause="by tag", rule="image-by-digest"),))

    made = migrated(WRAPPER, judge=by_tag)

    assert "Pulumi.home.yaml" in made.files
    assert "localai-gitops digests lock home" in [
        command for step in made.steps for command in step.commands
    ]


def test_a_list_of_names_is_a_pool_of_those_that_have_files():
    one = CATALOG.definitions["nomic-embed-text-v1.5"]
    named = one.model_copy(update={"name": "nomic-embed-text"})
    made = migrated(LIST, Catalog(definitions={"nomic-embed-text": named}))

    assert list(made.files) == ["Pulumi.home.yaml"]
    assert "models:\n        - nomic-embed-text\n" in made.files["Pulumi.home.yaml"]
    assert Path("models/nomic-embed-text.yaml").name not in made.files
