import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from documents.problem import RefusedError
from documents.reader import read
from gitops.validation.schemas.files import cluster_schema, forms, model_schema, stack_schema
from hardware.profiles import PROFILES
from localai.server import SERVERS
from models.catalog import read_definition
from models.weights import ABOUT
from settings.file import read_stack_file
from tests.support.project import PROJECT, ROOT

STACK = """\
config:
  localai:namespace: localai-dev
  localai:cluster: dev
  localai:server: {version: v4.9.0}
  localai:pools:
    chat:
      models: [qwen3-0.6b]
      storage: {size: 20Gi}
"""
MODEL = (PROJECT / "models" / "whisper-base.yaml").read_text(encoding="utf-8")
STACK_SLIPS = [
    ("localai:cluster:", "localai:clustr:"),
    ("localai:cluster: dev", "localai:cluster: Dev"),
    ("version: v4.9.0", "version: latest"),
    ("models: [qwen3-0.6b]", "modells: [qwen3-0.6b]"),
    ("models: [qwen3-0.6b]", "models: []"),
    ("size: 20Gi", "size: 20GB"),
    ("    chat:", "    Chat_Pool:"),
    ("    chat:\n", "    chat:\n      replicas: -1\n"),
    ("    chat:\n", "    chat:\n      aliases: {Not A Name: qwen3-0.6b}\n"),
    ("    chat:\n", "    chat:\n      cpu: many\n"),
    ("config:\n", "konfig: {}\nconfig:\n"),
    ("config:\n", "config:\n  aws:region: nowhere\n"),
    ("config:\n", "config:\n  pulumi:disable-default-providers: ['*']\n"),
    ("config:\n", "config:\n  kubernetes:context: dev\n"),
    ("config:\n", "config:\n  random:anything: {secure: made-up}\n"),
    ("config:\n", "encryptionsalt: {a: b}\nconfig:\n"),
    ("config:\n", "secretsprovider: file:///tmp/key\nconfig:\n"),
    ("config:\n", "environment: [shared]\nconfig:\n"),
]
MODEL_SLIPS = [
    ("backend: whisper", "bakend: whisper"),
    ("size: about 0.15 GB", "size: roughly 0.15 GB"),
    ("size: about 0.15 GB", "size: 0"),
    ("file: ggml-base.bin", "file: ggml-base.py"),
    ("file: ggml-base.bin", "file: ../ggml-base.bin"),
    ("https://", "http://"),
    ("kind: transcription", "kind: transcribing"),
    ('sha256: "6', 'sha256: "G'),
]


ENGINE_LINES = [
    "encryptionsalt: v1:made-up",
    "encryptedkey: made-up",
    "secretsprovider: passphrase",
    "secretsprovider: awskms://alias/stacks?region=eu-central-1",
    "  pulumi:tags: {team: models}",
]
STACKS = jsonschema_rs.validator_for(stack_schema())
MODELS = jsonschema_rs.validator_for(model_schema())


def stack_is_valid(text: str) -> bool:
    return STACKS.is_valid(read(text.encode(), name="Pulumi.dev.yaml").value)


def model_is_valid(text: str) -> bool:
    return MODELS.is_valid(read(text.encode(), name="whisper-base.yaml", floats=True).value)


def files(pattern: str) -> list[Path]:
    """Return what the tests declare, and what this checkout does, which may be nothing."""
    found = (path for folder in (PROJECT, ROOT) for path in sorted(folder.glob(pattern)))
    return [path for path in found if path.name != "models.lock.yaml"]


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize("path", files("Pulumi.*.yaml"), ids=lambda path: path.name)
def test_a_stack_file_is_valid(path: Path):
    STACKS.validate(read(path.read_bytes(), name=path.name).value)


@pytest.mark.parametrize("path", files("models/*.yaml"), ids=lambda path: path.name)
def test_a_model_file_is_valid(path: Path):
    MODELS.validate(read(path.read_bytes(), name=path.name, floats=True).value)


@pytest.mark.parametrize(("old", "new"), STACK_SLIPS)
def test_a_slip_in_a_stack_file_is_refused_by_schema_and_reader(old: str, new: str, tmp_path: Path):
    text = changed(STACK, old, new)
    (tmp_path / "Pulumi.dev.yaml").write_text(text, encoding="utf-8")

    assert stack_is_valid(STACK)
    assert not stack_is_valid(text)
    with pytest.raises(RefusedError):
        read_stack_file(tmp_path, "dev")


@pytest.mark.parametrize(("old", "new"), MODEL_SLIPS)
def test_a_slip_in_a_model_file_is_refused_by_schema_and_reader(old: str, new: str, tmp_path: Path):
    text = changed(MODEL, old, new)
    path = tmp_path / "models" / "whisper-base.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")

    assert model_is_valid(MODEL)
    assert not model_is_valid(text)
    with pytest.raises(RefusedError):
        read_definition(tmp_path, path.name)


@pytest.mark.parametrize("line", ENGINE_LINES)
def test_what_pulumi_writes_is_admitted_by_schema_and_reader(line: str, tmp_path: Path):
    text = f"{line}\n{STACK}" if not line.startswith(" ") else f"{STACK}{line}\n"
    (tmp_path / "Pulumi.dev.yaml").write_text(text, encoding="utf-8")

    assert stack_is_valid(text)
    assert read_stack_file(tmp_path, "dev").settings.cluster.name == "dev"


def test_a_size_is_whole_bytes_or_an_estimate():
    assert model_is_valid(changed(MODEL, "about 0.15 GB", "147951465"))
    assert not model_is_valid(changed(MODEL, "about 0.15 GB", "1.5"))


def test_the_schema_knows_every_gpu_profile_and_every_server_version():
    for profile in PROFILES:
        assert stack_is_valid(changed(STACK, "    chat:\n", f"    chat:\n      gpu: {profile}\n"))
    for version in SERVERS:
        assert stack_is_valid(changed(STACK, "v4.9.0", version))


def test_the_schema_takes_a_gpu_of_the_team_and_refuses_what_no_file_can_be_named():
    assert stack_is_valid(changed(STACK, "    chat:\n", "    chat:\n      gpu: quadro\n"))
    assert not stack_is_valid(changed(STACK, "    chat:\n", "    chat:\n      gpu: Quadro 8\n"))


def test_the_schema_refuses_an_unknown_server_or_engine():
    assert not stack_is_valid(changed(STACK, "v4.9.0", "v9.9.9"))
    assert not model_is_valid(changed(MODEL, "backend: whisper", "backend: wisper"))


SCHEMAS: dict[str, dict[str, Any]] = {
    "stack": stack_schema(),
    "model": model_schema(),
    "cluster": cluster_schema(),
    "plan": json.loads((ROOT / "docs/reference/plan.schema.json").read_text(encoding="utf-8")),
}


def properties(schema: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every key of a schema, by its place."""
    if isinstance(schema, dict):
        known = cast("dict[str, Any]", schema)
        for name, one in known.get("properties", {}).items():
            yield f"{place}.{name}", one
        for name, one in known.items():
            yield from properties(one, f"{place}/{name}")


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_is_described(name: str):
    classes = SCHEMAS[name].get("$defs", {})
    silent = [
        place
        for place, one in properties(SCHEMAS[name])
        if "description" not in one
        and "description" not in classes.get(one.get("$ref", "").rpartition("/")[2], {})
    ]
    assert silent == []


def test_every_schema_has_a_name_of_its_own():
    names = [schema["$id"] for schema in SCHEMAS.values()]
    assert len(set(names)) == len(SCHEMAS)


# What no expression tells: how large a number is, and what a name or an address means.
BEYOND = (
    "is more than any disk holds", "is the digest of an empty file",
    "parts, and a", "is in no calendar", "is an address within", "has a path that servers",
    "is not a host name", "is not a public host", "names a machine", "writes its host",
    "looks like",
    "stands for a name", "names the port", "is at port",
    "is never found: LocalAI cuts", "starts like a word of the router",
)  # fmt: skip
PIECES = (
    "https://", "oci://", "http://", "host.example", "a", "A", "z9", "-", "--", ".", "..", "/",
    "x/", "0", "1", "20", "255", "300", "10.0.0.0", "/8", "/33", "::", "fe80", ":", "%", "Mi", "Gi",
    "Ti", "GB", " ", "about ", "MB", "0.5", ".gguf", ".GGUF", ".bin", ".py", ".safetensors", "\n",
    "?", "#", "@", "@sha256:", "ab" * 32, "AB" * 32, "2027-03-31", "2027-13-01", "é",
    "-00001-of-00002",
)  # fmt: skip
SCALARS = (
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
    | st.text(max_size=8)
    | st.integers(-5, 10**14)
)
FORMS = {
    f"{function.__module__}.{function.__qualname__}-{index}": (function, form)
    for index, (function, form) in enumerate(forms().items())
}


def refusal(name: str, scalar: Any) -> str | None:
    """Return why a reader refuses a scalar, if it does; nothing where no expression can tell."""
    try:
        FORMS[name][0](scalar)
    except PydanticCustomError as error:
        found = str(error)
    else:
        return None
    # Addresses of version 6, and masks, have more forms than an expression should.
    beyond = ("network" in name and (":" in scalar or scalar.count(".") > 3)) or (
        "weights" in name and found.endswith("is not a size") and ABOUT.match(str(scalar))
    )
    # JSON Schema has no word for the letters of every script.
    beyond = beyond or ("client_name" in name and not scalar.isascii())
    return "" if beyond or any(one in found for one in BEYOND) else found


@cache
def validator(name: str) -> Any:
    return jsonschema_rs.validator_for({"type": ["string", "integer"], **FORMS[name][1]})


def agree(name: str, scalar: Any) -> None:
    """Assert that schema and reader take the same, but for what no expression tells."""
    form = FORMS[name][1]
    if not isinstance(scalar, str) and not form.keys() & {"type", "anyOf"}:
        # What is checked once it is read is text by then.
        return
    takes = validator(name).is_valid(scalar)
    why = refusal(name, scalar)
    assert takes or why is not None, f"{scalar!r} is read, and refused by the schema"
    assert not takes or not why, why


@pytest.mark.parametrize("name", FORMS)
@given(scalar=SCALARS)
def test_what_the_schema_takes_is_of_the_form_that_check_takes(name: str, scalar: Any):
    agree(name, scalar)


@pytest.mark.parametrize(
    "name", [name for name, form in FORMS.items() if "^(?=" not in form[1].get("pattern", "^(?=")]
)
@given(data=st.data())
def test_what_is_of_the_form_of_the_schema_is_taken(name: str, data: st.DataObject):
    # Hypothesis takes half a minute to lay out a range to the end of Unicode.
    pattern: str = FORMS[name][1]["pattern"].replace("\U0010ffff", "\u024f")
    agree(name, data.draw(st.from_regex(pattern, fullmatch=True)))
