from typing import Any

import yaml

from gitops.adoption.given import read_facts
from gitops.adoption.pool import PoolDraft, Wishes, pool_draft
from hardware.profiles import PROFILES
from localai.server import server
from tests.gitops.adoption.namespaces import (
    CHAT,
    SIZES,
    Object,
    chart,
    config_map,
    entry,
    found,
    hand_made,
    only_workload,
    texts,
)


def pool(objects: list[Object], **changes: Any) -> PoolDraft:
    wishes = Wishes(
        server=server("v4.9.0"), gpu=None, profiles=PROFILES, entries=changes.get("entries", ()),
        facts=read_facts(SIZES), kubectl="kubectl",
    )  # fmt: skip
    return pool_draft("main", only_workload(objects), found(objects), wishes)


def test_a_pool_says_what_its_workload_does():
    assert pool(hand_made()).keys == {
        "models": ["assistant-7b", "words"],
        "aliases": {"gpt-4": "assistant-7b", "Words": "words"},
        "cpu": 6,
        "memory": "16Gi",
        "gpu": "nvidia-l4",
        "nodeSelector": {"disk": "fast"},
        "storage": {"existing": "weights"},
        "addresses": {"localai": {"port": 8080, "clusterIP": "10.1.2.3"}},
    }


def test_a_claim_of_one_node_means_downtime_and_one_pod():
    objects = hand_made()
    objects[0]["spec"]["replicas"] = 3
    made = pool(objects)

    assert made.is_down_meanwhile
    assert "replicas" not in made.keys
    assert "replicas: 3 becomes 1" in texts(made.remarks)


def test_a_claim_for_many_nodes_keeps_its_pods_and_its_service():
    objects = chart()
    objects[0]["spec"]["replicas"] = 2
    made = pool(objects)

    assert not made.is_down_meanwhile
    assert made.keys["replicas"] == 2


def test_how_many_models_are_in_memory_is_taken_over():
    env = [{"name": "LOCALAI_SINGLE_ACTIVE_BACKEND", "value": "true"}]
    listed = [{"name": "MAX_ACTIVE_BACKENDS", "value": "0"}]

    assert (
        pool(hand_made(args=["--models-config-file=/config/models.yaml"], env=env)).keys["active"]
        == 1
    )
    assert "active" not in pool(hand_made(env=listed)).keys


def test_an_alias_of_a_model_that_is_lost_is_lost_too():
    objects = hand_made()
    objects[-1] = config_map(
        "models", {"models.yaml": "[{name: a, alias: b}, {name: b, backend: piper}]"}
    )
    made = pool(objects)

    assert made.models == ()
    assert "alias a: means b, which is not taken over" in texts(made.remarks)


def test_names_that_clients_send_become_aliases_and_no_two_models_become_one():
    names = ("Acme/Talk-7B", "acme-talk-7b", "GPT-4", "模型", "gpt 4")
    listed = [
        {"name": name, "backend": "llama-cpp", "parameters": {"model": f"{index}.gguf"}}
        for index, name in enumerate(names)
    ]
    objects = hand_made()
    objects[-1] = config_map("models", {"models.yaml": yaml.safe_dump(listed)})
    made = pool(objects)

    weights = {model.name: model.keys["weights"]["file"] for model in made.models}
    aliases = made.keys["aliases"]
    assert {name: weights[aliases.get(name, name)] for name in names[:4]} == {
        name: f"{index}.gguf" for index, name in enumerate(names[:4])
    }
    assert len(weights) == len(names)
    assert "gpt 4" not in aliases
    assert "clients have to send gpt-4-2" in texts(made.remarks)


def test_a_model_from_a_file_comes_beside_the_others():
    made = pool(hand_made(), entries=(entry(**{**CHAT, "name": "more"}), entry(**CHAT)))

    assert made.keys["models"] == ["assistant-7b", "words", "more"]
    assert "model assistant-7b: stands in" in texts(made.remarks)
