import pytest

from documents.problem import RefusedError
from gitops.adoption.layouts.layout import Layout
from gitops.adoption.layouts.reader import LARGEST, lines_of, read_layout
from tests.gitops.adoption.layouts.samples import COMPOSE, EVERY, KEY, LLAMA, WRAPPER

FORMS = {
    "wrapper": "models wrapper", "compose": "Compose file", "values": "values of the LocalAI chart",
    "first values": "values of the LocalAI chart", "list": "list of Ollama",
    "tags": "list of Ollama", "modelfile": "Modelfile", "run": "docker run",
    "variables": "list of variables", "manifests": "manifests",
}  # fmt: skip


def layout(text: str) -> Layout:
    return read_layout(text.encode(), "file")


@pytest.mark.parametrize("name", EVERY)
def test_a_form_is_told_by_what_stands_there(name: str):
    made = layout(EVERY[name])

    assert made.form == FORMS[name]
    assert KEY not in repr(made)


def test_an_entry_alone_and_a_list_of_entries_are_read_as_they_are():
    one = "name: a\nparameters: {model: a.gguf}\n"
    made = layout(one)

    assert (made.form, [entry.keys["name"] for entry in made.entries]) == ("model entries", ["a"])
    assert layout(f"- {{name: b, url: {LLAMA}}}\n").entries[0].keys["parameters"] == {
        "model": "llama-3.2-1b-instruct-q4_k_m.gguf"
    }


def test_a_request_to_a_gallery_keeps_its_files_and_overrides():
    (entry,) = layout(
        '[{"url": "github:a/b/c.yaml", "name": "mine", "overrides": {"context_size": 1024},'
        ' "files": [{"uri": "https://a.test/x.gguf", "filename": "x.gguf"}]}]'
    ).entries

    assert (entry.keys["name"], entry.keys["parameters"]) == ("mine", {"model": "x.gguf"})
    assert entry.keys["context_size"] == 1024


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "holds no model"),
        ("a: 1\n", "holds no model, and is of no form that is known"),
        ("services: {web: {image: nginx}}\n", "no service in it has an image of LocalAI"),
        ("docker run --rm nginx\n", "the `docker run` command names no image of LocalAI"),
        ("NAME ID SIZE MODIFIED\n", "lists 0 models"),
        ("a: &a [*a]\n", "the alias a leads nowhere"),
        ("[" * 200 + "\n", "is not JSON"),
        ("a: " + "[" * 200 + "\n", "is nested deeper than 64"),
        ("a: \x1b[2J\n", "is not YAML: it has a control character"),
        ("{", "is not JSON"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(text: str, cause: str):
    with pytest.raises(RefusedError) as refused:
        layout(text)

    assert cause in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_nobody_wrote_by_hand_is_not_read():
    bomb = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]\n"
        for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    for content in (b" " * (LARGEST + 1), b"\xff\xfe", bomb.encode()):
        with pytest.raises(RefusedError):
            read_layout(content, "file")


def test_each_value_has_its_line():
    assert lines_of(WRAPPER.encode())["models", 1, "backend"] == 7
    assert lines_of(COMPOSE.encode())["services", "api", "volumes", 0] == 13


def test_lines_of_several_documents_begin_with_their_number():
    found = lines_of(b"---\na: 1\n---\nb:\n- &x {c: 2}\n- *x\n", several=True)

    assert (found[0, "a"], found[1, "b", 0, "c"], found[1, "b", 1]) == (2, 5, 6)


def test_a_text_that_is_no_yaml_has_the_lines_before():
    assert lines_of(b"a: 1\nb: [\n") == {("a",): 1, ("b",): 2}
    assert lines_of(b"\xff") == {}
