import json
from typing import Any

import pytest

from settings.config import SettingsError, settings_from_config
from settings.stack.stack import ClusterSettings
from tests.samples import config, pool_fields, settings


def refusal(values: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings_from_config(values)
    assert len(caught.value.problems) == len(str(caught.value).split("\n"))
    return str(caught.value).split("\n")


def with_key(key: str, text: str) -> dict[str, str]:
    return config() | {f"localai:{key}": text}


def test_structures_arrive_as_json_and_texts_as_they_are():
    assert settings_from_config(config()) == settings()


@pytest.mark.parametrize("text", ["123", "true", "null", "1e3", "0x1f"])
def test_a_text_is_never_read_as_json(text: str):
    assert settings_from_config(with_key("namespace", text)).namespace == text


@pytest.mark.parametrize("text", ["v4.9.0", "", "{", "{'version': 'v4.9.0'}", "4", "[]", "true"])
def test_a_structure_that_is_no_mapping_is_refused_by_its_key(text: str):
    assert refusal(with_key("server", text)) == [
        "config.localai:server: is not a mapping; write `key: value` lines"
    ]


@pytest.mark.parametrize("text", ["1.5", "1e3", "NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_not_whole_is_refused_wherever_it_stands(text: str):
    values = f'{{"a": {{"values": {{"list": [{text}]}}}}}}'

    assert refusal(with_key("charts", values)) == [
        f"config.localai:charts: holds the number {text}, which is not whole; "
        "for a number write a whole one in digits, for text quote it"
    ]


@pytest.mark.parametrize(
    "value",
    [
        {"secure": "v1:a:b"},
        {"a": {"values": {"key": {"secure": "v1:a:b"}}}},
        {"a": {"values": {"list": [1, [{"secure": "v1:a:b"}]]}}},
    ],
)
def test_a_secret_is_refused_wherever_it_stands(value: object):
    (line,) = refusal(with_key("charts", json.dumps(value)))

    assert line.startswith("config.localai:charts: holds a secret")


def test_a_switch_named_secure_is_no_secret():
    chart = {"repository": "https://a", "chart": "a", "version": "1.0.0"}
    value = {"a": chart | {"values": {"tls": {"secure": True}}}}

    found = settings_from_config(with_key("charts", json.dumps(value)))

    assert found.charts["a"].values == {"tls": {"secure": True}}


def test_json_with_a_key_twice_is_refused():
    (line,) = refusal(with_key("server", '{"version": "v4.8.2", "version": "v4.9.0"}'))

    assert line == "config.localai:server: gives a key twice; delete one of the two"


def test_json_that_is_nested_without_end_is_refused():
    (line,) = refusal(with_key("pools", "[" * 100_000))

    assert line == "config.localai:pools: is nested too deeply; flatten it"


def test_a_key_that_cannot_be_read_is_not_called_missing_as_well():
    assert len(refusal(with_key("pools", "{"))) == 1


def test_every_problem_is_told_at_once():
    lines = refusal({"localai:server": "{", "localai:sidecars": "on", "localai:cluster": "A"})

    assert [line.split(": ")[0] for line in lines] == [
        "config.localai:server",
        "config.localai:namespace",
        "config.localai:cluster",
        "config.localai:pools",
        "config.localai:sidecars",
    ]


def test_a_contradiction_of_the_whole_stack_is_told_at_its_key():
    (line,) = refusal(with_key("delivery", "rendered"))

    assert line.startswith("config.localai:delivery: delivers rendered manifests")


@pytest.mark.parametrize(
    ("field", "value"),
    [("replicas", 0), ("surge", 0), ("aliases", {}), ("nodeSelector", {"a": ""})],
)
def test_zero_and_empty_survive_the_way_through_json(field: str, value: Any):
    found = settings_from_config(config({"chat": pool_fields(**{field: value})}))

    assert found.pools["chat"].model_dump(by_alias=True)[field] == value


@pytest.mark.parametrize("text", ["main", "123", "true", "null"])
def test_a_cluster_is_a_name_or_a_mapping_that_binds_it(text: str):
    uid = "11111111-2222-4333-8444-555555555555"

    def read(cluster: str) -> ClusterSettings:
        return settings_from_config({**config(), "localai:cluster": cluster}).cluster

    assert read(text) == ClusterSettings(name=text)
    assert read(json.dumps({"name": text, "uid": uid})) == ClusterSettings(name=text, uid=uid)


@pytest.mark.parametrize(
    ("cluster", "path"),
    [
        ("Main", ()), ('["main"]', ()), ("{", ()), ('{"name": "Main"}', ("name",)),
        ('{"name": "main", "uid": "main"}', ("uid",)), ('{"uid": null, "name": 1}', ("name",)),
        ('{"name": "main", "context": "main"}', ("context",)),
    ],
)  # fmt: skip
def test_what_is_neither_is_refused_at_its_key(cluster: str, path: tuple[str, ...]):
    with pytest.raises(SettingsError) as refused:
        settings_from_config({**config(), "localai:cluster": cluster})

    assert [one.path for one in refused.value.problems] == [("config", "localai:cluster", *path)]
