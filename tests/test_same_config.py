"""The same settings come out of a stack file and of the engine, which reads that file by itself.

The engine hands a program text: a scalar as it is written in JSON or as plain text, anything
nested as compact JSON with sorted keys (sdk/go/common/resource/config).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi.runtime import config as runtime_config
from pulumi.runtime import set_all_config

from components.checks.resolve import resolve
from components.engine.engine import engine_config
from components.parts.part import Part
from documents.problem import RefusedError
from settings.config import SettingsError, settings_from_config
from settings.file import read_stack_file
from settings.pool.storage import Access
from settings.stack.delivery import Delivery
from settings.stack.server import EngineSource
from settings.stack.stack import StackSettings
from stack import stack_parts
from tests.samples import catalog
from tests.support.project import PROJECT, STACKS

NAMES = "  localai:namespace: localai-test\n  localai:cluster: test\n"
SERVER = "  localai:server: {version: v4.9.0}\n"
POOL = "    chat: {models: [qwen3-0.6b], storage: {size: 20Gi}}\n"
POOLS = f"  localai:pools:\n{POOL}"
CHART = "{repository: 'oci://charts.example/a', chart: qdrant, version: 1.15.5}"
NUMBER = NAMES.replace("localai-test", "123")
SWITCH = NAMES.replace("localai-test", "true")


def in_pool(text: str) -> str:
    """Return a stack whose pool has one more key."""
    return NAMES + SERVER + POOLS.replace("Gi}}", f"Gi}}, {text}}}")


def beside(text: str) -> str:
    """Return a stack with one more key, or more of them, one a line."""
    return NAMES + SERVER + POOLS + "".join(f"  {line}\n" for line in text.splitlines())


VALID = {
    "the least a stack can say": NAMES + SERVER + POOLS,
    "a whole number as a namespace": NUMBER + SERVER + POOLS,
    "a quoted number as a namespace": NAMES.replace("localai-test", '"123"') + SERVER + POOLS,
    "a truth as a namespace": SWITCH + SERVER + POOLS,
    "a quoted truth as a namespace": NAMES.replace("localai-test", '"true"') + SERVER + POOLS,
    "a quoted trap as a cluster": NAMES.replace("cluster: test", "cluster: 'no'") + SERVER + POOLS,
    "keys in another order": POOLS + SERVER + NAMES,
    "blocks instead of braces": NAMES + "  localai:server:\n    version: v4.9.0\n" + POOLS,
    "no replica": in_pool("replicas: 0"),
    "a quoted number as a label value": in_pool("nodeSelector: {generation: '3'}"),
    "quoted traps as label values": in_pool("nodeSelector: {a: 'true', b: '1.10', c: '0x1F'}"),
    "a quoted trap as a label key": in_pool("nodeSelector: {'on': ssd}"),
    "an empty label value": in_pool("nodeSelector: {spot: ''}"),
    "an empty mapping": in_pool("aliases: {}"),
    "an alias and one active model": in_pool("aliases: {assistant: qwen3-0.6b}, active: 1"),
    "aliases and pools that are not in order": NAMES
    + SERVER
    + POOLS.replace("Gi}}", "Gi}, aliases: {small: qwen3-0.6b, assistant: qwen3-0.6b}}")
    + POOL.replace("chat", "another"),
    "a name that only looks like a number": NAMES + SERVER + POOLS.replace("chat", "4o-mini"),
    "a switch that is off": beside("localai:claims: {adopt: false, abandon: []}"),
    "a switch that is on": beside("localai:claims: {adopt: true, abandon: [old]}"),
    "rendered delivery": beside("localai:delivery: rendered\nlocalai:apiKey: {secret: a, key: b}"),
    "engines from image volumes": NAMES + SERVER.replace("}", ", engines: image-volume}") + POOLS,
    "lists of networks and clients": beside(
        "localai:network: {clients: [a, '1'], sources: [10.0.0.0/8, 'fd12::/16']}"
    ),
    "nested lists and switches in Helm values": beside(
        f"localai:charts: {{q: {CHART[:-1]}, values: {{a: [[1, [true, 'no']], {{b: ''}}]}}}}}}"
    ),
    "letters beyond ASCII in Helm values": beside(
        f'localai:charts: {{q: {CHART[:-1]}, values: {{motd: "Grüße ☕ \\U0001F600"}}}}}}'
    ),
    "a line break and markup in Helm values": beside(
        f'localai:charts: {{q: {CHART[:-1]}, values: {{t: "<a>&\\n\\u2028\\t\\"q\\""}}}}}}'
    ),
    "large whole numbers in Helm values": beside(
        f"localai:charts: {{q: {CHART[:-1]}, values: {{most: 9007199254740991, least: -1}}}}}}"
    ),
    "tags of the stack": beside("pulumi:tags: {team: models}"),
}
ENGINE_KEYS = "encryptionsalt: v1:made:up\nsecretsprovider: passphrase\nencryptedkey: bWFkZQ==\n"
FILES = {name: f"config:\n{text}" for name, text in VALID.items()} | {
    "what the engine writes beside it": f"{ENGINE_KEYS}config:\n{VALID['no replica']}",
    **{f"the committed {name}": (PROJECT / f"Pulumi.{name}.yaml").read_text() for name in STACKS},
}


def handed_out(text: str) -> dict[str, str]:
    """Return the configuration the engine makes of a file, read here by another YAML reader."""
    config: dict[str, Any] = yaml.safe_load(text)["config"]
    return {name: _as_text(value) for name, value in config.items()}


def _as_text(value: Any) -> str:
    if value == {"secure": "v1:made:up"}:
        return "a-decrypted-secret"
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_engine(text: str) -> StackSettings:
    """Return the settings as the program sees them under the engine."""
    set_all_config(handed_out(text))
    return settings_from_config(engine_config())


def from_file(text: str, folder: Path) -> StackSettings:
    """Return the settings as every tool sees them."""
    (folder / "Pulumi.test.yaml").write_text(text, encoding="utf-8")
    return read_stack_file(folder, "test").settings


def parts(settings: StackSettings) -> dict[str, Part]:
    """Return every part of a stack by its name: the engine and a file may list pools apart."""
    return {part.name: part for part in stack_parts(*resolve("test", settings, catalog()))}


@pytest.fixture(autouse=True)
def _engine_forgets() -> Iterator[None]:
    before = dict(runtime_config.CONFIG.get())
    yield
    set_all_config(before)


@pytest.mark.parametrize("name", FILES)
def test_a_file_and_the_engine_give_the_same_settings(name: str, tmp_path: Path):
    assert from_file(FILES[name], tmp_path) == from_engine(FILES[name])


@pytest.mark.parametrize("name", FILES)
def test_a_file_and_the_engine_give_the_same_objects(name: str, tmp_path: Path):
    assert parts(from_file(FILES[name], tmp_path)) == parts(from_engine(FILES[name]))


@pytest.mark.parametrize("text", ["123", '"123"'])
def test_a_number_as_a_namespace_is_its_digits(text: str, tmp_path: Path):
    file = FILES["the least a stack can say"].replace("localai-test", text)

    assert from_file(file, tmp_path).namespace == "123"


def test_zero_and_false_and_empty_stay_what_they_are(tmp_path: Path):
    assert from_file(FILES["no replica"], tmp_path).pools["chat"].replicas == 0
    assert from_file(FILES["a switch that is off"], tmp_path).claims.adopt is False
    assert from_file(FILES["an empty label value"], tmp_path).pools["chat"].node_selector == {
        "spot": ""
    }


def test_texts_become_the_words_of_the_program(tmp_path: Path):
    assert from_file(FILES["rendered delivery"], tmp_path).delivery is Delivery.RENDERED
    engines = from_file(FILES["engines from image volumes"], tmp_path).server.engines
    assert engines is EngineSource.IMAGE_VOLUME
    pools = from_file(FILES["the committed production"], tmp_path).pools
    assert pools["chat"].storage.access is Access.MANY_NODES


def test_other_namespaces_never_reach_the_settings():
    set_all_config({"pulumi:tags": '{"team":"models"}', "localai:namespace": "a"})

    assert engine_config() == {"localai:namespace": "a"}


@pytest.mark.parametrize(
    "text",
    [
        beside("localai:sidecars: {}"),
        in_pool("replicas: '2'"),
        in_pool("replicas: -1"),
        in_pool("gpus: 2"),
        NAMES + "  localai:server: v4.9.0\n" + POOLS,
        NAMES.replace("localai-test", "LocalAI") + SERVER + POOLS,
        NAMES + POOLS,
        beside("kubernetes:token: {secure: v1:made:up}\nrandom:seed: 1"),
        beside("pulumi:disable-default-providers: ['*']"),
    ],
)
def test_a_file_and_the_engine_refuse_the_same_for_the_same_cause(text: str, tmp_path: Path):
    with pytest.raises(RefusedError) as read:
        from_file(f"config:\n{text}", tmp_path)
    with pytest.raises(SettingsError) as handed:
        from_engine(f"config:\n{text}")

    of_file = {(one.path, one.cause, one.cure) for one in read.value.problems}
    assert of_file == {(one.path, one.cause, one.cure) for one in handed.value.problems}
