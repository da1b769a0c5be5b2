import pytest
import yaml

from gitops.adoption.entries import entries_of, sources
from tests.gitops.adoption.namespaces import (
    CHAT,
    chart,
    config_map,
    hand_made,
    only_workload,
    pod_of,
    texts,
)


@pytest.mark.parametrize(
    "text",
    [
        "name: phi\nbackend: llama-cpp\n",
        "- name: phi\n",
        "---\nname: phi\n---\nname: phi\n",
        "models:\n- name: phi\n  url: https://files.test/phi.gguf\n",
    ],
)
def test_every_layout_of_entries_is_read(text: str):
    assert {one.keys["name"] for one in entries_of("file", text)} == {"phi"}


def test_the_wrapper_is_no_format_of_the_server():
    (one,) = entries_of("file", "models: [{name: phi}]")

    assert not one.is_read


def test_anchors_are_written_out():
    (one,) = entries_of("file", "name: a\ntemplate:\n  chat: &t one\n  completion: *t\n")

    assert one.keys["template"] == {"chat": "one", "completion": "one"}


def test_a_list_file_that_the_server_is_told_of_is_read():
    found = sources(only_workload(hand_made()))

    assert [one.keys["name"] for one in found.entries] == ["assistant-7b", "Words", "gpt-4"]
    assert all(one.is_read for one in found.entries)


def test_a_config_map_in_a_folder_below_is_not_read():
    objects = hand_made(env=[])

    assert not any(one.is_read for one in sources(only_workload(objects)).entries)


def test_a_single_file_in_the_models_folder_is_read():
    objects = hand_made(env=[])
    mounts = pod_of(objects)["containers"][0]["volumeMounts"]
    mounts[1] = {"name": "config", "mountPath": "/models/all.yaml", "subPath": "models.yaml"}

    assert all(one.is_read for one in sources(only_workload(objects)).entries)


def test_the_old_chart_has_a_key_for_each_model_and_templates_beside_them():
    found = sources(only_workload(chart()))

    assert [(one.source, one.is_read) for one in found.entries] == [
        ("ConfigMap local-ai-models-configs, phi-2", True)
    ]
    assert list(found.templates) == ["phi-chat"]


def test_models_may_come_from_a_projected_volume():
    objects = hand_made()
    volumes = pod_of(objects)["volumes"]
    volumes[1] = {"name": "config", "projected": {"sources": [{"configMap": {"name": "models"}}]}}

    assert len(sources(only_workload(objects)).entries) == 3


def test_what_is_no_yaml_and_what_holds_no_model_is_said():
    objects = hand_made()
    data = {"a.yaml": "{", "b.yaml": "key: value", "c.txt": "text", "d.yaml": yaml.safe_dump(CHAT)}
    objects[-1] = config_map("models", data)
    found = sources(only_workload(objects))

    assert len(found.entries) == 1
    assert "ConfigMap models, a.yaml: is not YAML" in texts(found.remarks)
    assert "ConfigMap models, b.yaml: holds no model" in texts(found.remarks)
