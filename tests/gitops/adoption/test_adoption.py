"""A namespace as a stack: nothing is dropped in silence, and no secret is repeated."""

import json

import pytest

from documents.problem import RefusedError
from gitops.adoption.adoption import adoption
from gitops.adoption.remark import Fate
from tests.gitops.adoption.namespaces import (
    CHAT,
    PHI_FACTS,
    PLAIN_KEY,
    SIZES,
    WORDS,
    chart,
    config_map,
    found,
    hand_made,
    listed,
    request,
    texts,
)


def test_an_adoption_is_a_stack_file_its_models_and_an_import_list():
    files = adoption(found(hand_made()), request(SIZES)).files

    assert list(files) == [
        "Pulumi.home.yaml",
        "models/assistant-7b.yaml",
        "models/words.yaml",
        "home.import.json",
    ]
    assert json.loads(files["home.import.json"])["resources"][1]["id"] == "ai/localai"


def test_every_key_of_every_entry_is_mapped_or_reported():
    made = adoption(found(hand_made()), request(SIZES))
    said = texts(made.remarks)
    mapped = {"name", "backend", "context_size", "f16", "parameters", "template", "stopwords",
              "options", "download_files", "embeddings"}  # fmt: skip

    for entry in (CHAT, WORDS):
        for key in entry.keys() - mapped - {"threads"}:
            assert f", {key}: " in said


def test_no_secret_reaches_a_file_or_a_report():
    env = [{"name": "API_KEY", "value": PLAIN_KEY}, {"name": "HF_TOKEN", "value": PLAIN_KEY}]
    made = adoption(found(hand_made(env=env)), request(SIZES))

    assert made.of(Fate.FAULT)
    assert PLAIN_KEY not in repr((made.files, made.remarks, made.steps))


def test_of_the_old_chart_only_a_license_and_published_figures_are_open():
    made = adoption(found(chart()), request(PHI_FACTS))

    assert "models/phi-2.yaml" in made.files
    assert "Instruct: {{.Input}}" in made.files["models/phi-2.yaml"]
    license_, figures = (one.text for one in made.of(Fate.OPEN))
    assert license_ == "no license; LicenseRef-unknown is written"
    assert "phi-2 has no architecture" in figures


def test_callers_from_elsewhere_have_to_be_named():
    made = adoption(found(hand_made()), request(SIZES, clients=("ingress",)))

    assert "clients:\n      - ingress" in made.files["Pulumi.home.yaml"]
    assert "its own, ingress" in texts(made.remarks)


def test_where_no_model_is_left_nothing_is_written():
    objects = hand_made()
    objects[-1] = config_map("models", {"models.yaml": "[{name: v, backend: piper}]"})
    made = adoption(found(objects), request())

    assert (made.files, made.steps) == ({}, ())
    assert "so it is no pool" in texts(made.remarks)


def test_two_workloads_that_differ_in_a_model_are_told():
    second = json.loads(json.dumps(listed(hand_made())).replace("localai", "other-local-ai"))
    objects = [*hand_made(), *second["items"]]
    objects[4]["spec"]["template"]["spec"]["containers"][0]["image"] = "localai/localai:v4.9.0"
    objects[-1]["metadata"]["name"] = "more"
    objects[-1]["data"]["models.yaml"] = json.dumps([{**CHAT, "context_size": 4096}])
    objects[4]["spec"]["template"]["spec"]["volumes"][1]["configMap"]["name"] = "more"
    made = adoption(found(objects), request(SIZES))

    assert "is defined differently in deployment/other-local-ai" in texts(made.remarks)


def test_an_empty_namespace_is_no_adoption():
    with pytest.raises(RefusedError, match="it runs nothing; check the namespace"):
        adoption(found([]), request())
