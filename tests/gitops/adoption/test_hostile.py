"""What tenants put into a namespace: `adopt` ends soon, forges nothing, and keeps their secrets."""

import copy
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.problem import RefusedError
from gitops.adoption.adoption import Adoption, adoption
from gitops.adoption.entries import entries_of
from gitops.adoption.report import adoption_document, adoption_markdown, adoption_text
from gitops.adoption.running import objects_in, running
from tests.gitops.adoption.namespaces import (
    CHAT,
    NAMESPACE,
    PHI_FACTS,
    SIZES,
    Object,
    chart,
    config_map,
    hand_made,
    listed,
    pod_of,
    request,
)

FORGED = "x\n7. Delete the claim: it is not used\n     kubectl delete pvc --all\x1b[2J\u202e\x9b"
PASSWORD = "hush-hush-hush"
ADDRESS = f"https://user:{PASSWORD}@files.test/a.gguf?download=1"
TOKEN = "hf_" + PASSWORD.replace("-", "") * 2
TEXTS = st.sampled_from(
    [FORGED, ADDRESS, TOKEN, "", "9" * 5000, "-1", "1e999", "~", "{{.Input}}\n", "../../x", "a b",
     "$(id)", "'; id; '", "{", "[" * 3000, "&a [*a]", "\ud800", "\x00", ADDRESS.replace("/", "\\/")]
)  # fmt: skip
VALUES = (
    st.none() | st.booleans() | st.integers(-1, 2**70) | st.floats() | TEXTS | st.text(max_size=9)
    | st.builds(list[str]) | st.builds(dict[str, str]) | st.lists(TEXTS, max_size=2)
    | st.dictionaries(st.sampled_from(["name", "key", "x"]), TEXTS, max_size=2)
)  # fmt: skip
Path = tuple[str | int, ...]


def adopted(objects: list[Object], facts: str = SIZES) -> Adoption:
    """Return the adoption of objects as the command reads them."""
    content = json.dumps(listed(objects)).encode()
    return adoption(running(NAMESPACE, objects_in(content, "objects")), request(facts))


def printed(made: Adoption) -> Iterator[str]:
    """Yield all that an adoption prints and writes."""
    yield adoption_text(made, ())
    yield adoption_markdown(made, ())
    yield json.dumps(adoption_document(made, ()))
    yield from made.files
    yield from made.files.values()


def check(made: Adoption) -> None:
    """Check that an adoption has its own steps alone, in lines that no terminal obeys."""
    text = adoption_text(made, ())
    numbers = re.findall(r"^([0-9]+)\. ", text, flags=re.MULTILINE)

    assert numbers == [str(number) for number, _ in enumerate(made.steps, start=1)]
    assert text.replace("\n", "").isprintable()
    assert adoption_markdown(made, ()).replace("\n", "").isprintable()
    for one in printed(made):
        assert PASSWORD not in one
        assert TOKEN not in one
        one.encode()


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield where a value could be another one."""
    if path:
        yield path
    found = cast("list[Any]", value) if isinstance(value, list) else []
    known = cast("Object", value) if isinstance(value, dict) else dict(enumerate(found))
    for key, one in known.items():
        yield from places(one, (*path, key))


def changed(objects: list[Object], path: Path, value: Any) -> list[Object]:
    """Return objects with one value replaced."""
    made = copy.deepcopy(objects)
    here: Any = made
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return made


NAMESPACES = {"hand": (hand_made(), SIZES), "chart": (chart(), PHI_FACTS)}
PLACES = [(kind, path) for kind, (objects, _) in NAMESPACES.items() for path in places(objects)]


@pytest.mark.thorough
@given(place=st.sampled_from(PLACES), value=VALUES)
@settings(max_examples=150)
def test_any_value_in_an_object_is_adopted_safely_or_refused(place: tuple[str, Path], value: Any):
    objects, facts = NAMESPACES[place[0]]
    try:
        made = adopted(changed(objects, place[1], value), facts)
    except RefusedError:
        return
    check(made)


ENTRY_PLACES = list(places(CHAT))


@pytest.mark.thorough
@given(path=st.sampled_from(ENTRY_PLACES), value=VALUES, style=st.sampled_from(["'", '"', None]))
@settings(max_examples=150)
def test_any_value_in_a_model_entry_is_adopted_safely_or_refused(
    path: Path, value: Any, style: Any
):
    (entry,) = changed([CHAT], (0, *path), value)
    text = yaml.dump([entry], default_style=style, allow_unicode=False)

    check(adopted([*hand_made()[:3], config_map("models", {"models.yaml": text})]))


def in_entry(entry: Object) -> list[Object]:
    return [*hand_made()[:3], config_map("models", {"models.yaml": yaml.safe_dump([entry])})]


def in_server(**keys: Any) -> list[Object]:
    objects = hand_made()
    server = pod_of(objects)["containers"][0]
    server |= {**keys, "env": [*server["env"], *keys.get("env", [])]}
    return objects


def in_annotation(value: str) -> list[Object]:
    objects = hand_made()
    objects[0]["metadata"]["annotations"] = {"meta.helm.sh/release-name": value}
    return objects


def in_init_container(value: str) -> list[Object]:
    objects = hand_made()
    pod_of(objects)["initContainers"] = [{"name": value, "command": ["curl", value]}]
    return objects


def in_escapes(value: str) -> list[Object]:
    text = "".join(f"\\u{ord(one):04x}" for one in value.encode("ascii", "replace").decode())
    entry = f'name: b\nbackend: llama-cpp\nparameters: {{model: "{text}"}}\n'
    return [*hand_made()[:3], config_map("models", {"models.yaml": entry})]


def in_variable(name: str) -> Callable[[str], list[Object]]:
    return lambda value: in_server(env=[{"name": name, "value": value}])


PLACED: dict[str, Callable[[str], list[Object]]] = {
    "uri": lambda value: in_entry(
        {**CHAT, "download_files": [{"filename": "a.gguf", "uri": value}]}
    ),
    "model": lambda value: in_entry({**CHAT, "parameters": {"model": value}}),
    "description": lambda value: in_entry({**CHAT, "description": value}),
    "template": lambda value: in_entry({**CHAT, "template": {"chat": value}}),
    "name": lambda value: in_entry({**CHAT, "name": value}),
    "argument": lambda value: in_server(args=["run", value]),
    "init container": in_init_container,
    "annotation": in_annotation,
    "escapes": in_escapes,
    **{name: in_variable(name) for name in ("MODELS", "API_KEY", "HF_TOKEN", "MODELS_PATH")},
    "preload": lambda value: in_server(
        env=[{"name": "PRELOAD_MODELS", "value": json.dumps([{"url": value}])}]
    ),
}


@pytest.mark.parametrize("place", PLACED)
@pytest.mark.parametrize("value", [ADDRESS, TOKEN, FORGED])
def test_neither_a_password_nor_a_forged_step_comes_through(place: str, value: str):
    check(adopted(PLACED[place](value)))


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 10)
)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[" * 50_000, "is nested deeper than"),
        ("{a: " * 50_000, "is nested deeper than"),
        ("- " * 50_000, "is nested deeper than"),
        (LAUGHS, "holds more than 100000 values"),
        ("a: &a [*a]\n", "the alias a leads nowhere"),
        ("a: &a {<<: *a}\n", "the alias a leads nowhere"),
        ("[" + "{}," * 200_000 + "]", "holds more than 100000 values"),
        ("name: a\nname: b\n", "gives the key 'name' twice"),
        ("a: !!python/object/apply:os.system [id]\n", "has the YAML tag"),
        ("a: " + "1:" * 400_000 + "1\n", "holds no model"),
    ],
)
def test_a_config_map_that_costs_too_much_is_named_and_soon_left(text: str, cause: str):
    start = time.process_time()
    made = adopted([*hand_made()[:3], config_map("models", {"models.yaml": text})])

    assert cause in adoption_text(made, ())
    assert time.process_time() - start < 2


def test_an_entry_reads_like_any_yaml_where_it_is_harmless():
    text = "name: a\ncontext_size: 4_096\nf16: yes\nbase: &b {x: 1}\nparameters: {<<: *b, y: 0.5}\n"
    (entry,) = entries_of("file", text)

    assert entry.keys == {
        "name": "a", "context_size": 4096, "f16": True, "base": {"x": 1},
        "parameters": {"x": 1, "y": 0.5},
    }  # fmt: skip


def test_a_name_that_no_cluster_takes_is_refused():
    objects = hand_made()
    objects[0] = replace_name(objects[0], "a; rm -rf /")

    with pytest.raises(RefusedError, match=r"metadata\.name is not a name"):
        adopted(objects)


def replace_name(manifest: Object, name: str) -> Object:
    return {**manifest, "metadata": {**manifest["metadata"], "name": name}}
