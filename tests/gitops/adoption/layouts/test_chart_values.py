import yaml

from gitops.adoption.layouts.chart_values import is_values, values_layout
from gitops.adoption.layouts.layout import Layout
from gitops.adoption.workload import Workload
from tests.gitops.adoption.layouts.samples import FIRST_VALUES, LLAMA, VALUES
from tests.gitops.adoption.namespaces import texts


def values(text: str) -> Layout:
    return values_layout(yaml.safe_load(text), "file")


def server(layout: Layout) -> Workload:
    (one,) = layout.workloads
    return Workload(one, {str(one["metadata"]["name"]): one for one in layout.config_maps})


def test_a_release_would_run_the_image_with_these_variables_and_models():
    made = values(VALUES)

    assert server(made).image == "quay.io/go-skynet/local-ai:v2.15.0-cublas-cuda12-ffmpeg"
    assert server(made).variables.number("LOCALAI_CONTEXT_SIZE") == 512
    assert server(made).server["resources"]["limits"] == {"cpu": "4", "memory": "8Gi"}
    configs, templates = made.config_maps
    assert list(configs["data"]) == ["one.yaml"]
    assert list(templates["data"]) == ["short.tmpl"]


def test_the_first_charts_spelled_it_in_their_own_way():
    made = values(FIRST_VALUES)

    assert server(made).variables.number("LOCALAI_CONTEXT_SIZE") == 512
    assert server(made).image == "quay.io/go-skynet/local-ai:latest"
    assert made.entries[0].keys["download_files"][0]["uri"] == LLAMA


def test_a_model_without_an_entry_has_the_name_of_its_file():
    (entry,) = values(VALUES).entries

    assert entry.keys["name"] == "ggml-gpt4all-j.bin"


def test_a_password_is_named_and_not_taken():
    made = values(VALUES)

    assert [one.path for one in made.outdated] == [("models", "list", 0, "basicAuth")]
    assert "aHVzaDpodXNo" not in repr((made.entries, made.workloads, made.remarks))


def test_what_a_release_has_besides_is_named():
    said = texts(values(VALUES + "sidecarContainers: [{name: a}]\n").remarks)

    assert "ingress: is not taken over; declare `localai:exposure`" in said
    assert "persistence: the claim of a release is not in its values" in said
    assert "sidecarContainers: no key in a pool says that" in said


def test_values_of_other_charts_are_not_taken_for_them():
    assert not is_values({"image": {"tag": "1"}, "service": {"port": 80}})
    assert not is_values({"deployment": None, "models": []})
