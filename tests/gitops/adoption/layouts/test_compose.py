from typing import Any

import pytest

from gitops.adoption.layouts.compose import compose_layout, filled, run_layout, variables_layout
from gitops.adoption.layouts.layout import Layout
from gitops.adoption.workload import Workload
from tests.gitops.adoption.layouts.samples import LLAMA, RUN, VARIABLES
from tests.gitops.adoption.namespaces import texts


def compose(**service: Any) -> Layout:
    one = {"image": "localai/localai:v4.9.0", **service}
    return compose_layout({"services": {"api": one}}, "file")


def server(layout: Layout) -> Workload:
    (one,) = layout.workloads
    return Workload(one, {})


@pytest.mark.parametrize("environment", [["THREADS=4", "DEBUG"], {"THREADS": 4, "DEBUG": None}])
def test_variables_are_read_from_either_form(environment: Any):
    assert server(compose(environment=environment)).variables.number("LOCALAI_THREADS") == 4


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${A:-b}", "b"), ("${A-b}", "b"), ("${A}", ""), ("$A/x", "/x"), ("${A:?no}", ""),
        ("a", "a"),
    ],
)  # fmt: skip
def test_a_variable_of_the_shell_has_its_default(text: str, value: str):
    assert filled(text) == value


def test_a_variable_without_a_default_is_asked_for():
    assert "come from the shell" not in texts(compose(image="local-ai:${TAG:-v4.9.0}").remarks)
    assert "TAG come from the shell or `.env`" in texts(
        compose(image="localai/localai:${TAG}").remarks
    )


GPU = {"driver": "nvidia", "capabilities": ["gpu"]}


@pytest.mark.parametrize(
    ("service", "limits"),
    [
        ({"gpus": "all"}, {"nvidia.com/gpu": "1"}),
        ({"runtime": "nvidia"}, {"nvidia.com/gpu": "1"}),
        ({"devices": ["/dev/kfd:/dev/kfd"]}, {"amd.com/gpu": "1"}),
        ({"deploy": {"resources": {"reservations": {"devices": [GPU | {"count": 2}]}}}},
         {"nvidia.com/gpu": "2"}),
        ({"deploy": {"resources": {"limits": {"cpus": "4", "memory": "8G"}}}},
         {"cpu": "4", "memory": "8Gi"}),
        ({"mem_limit": "512mb"}, {"memory": "512Mi"}),
        ({"mem_limit": "lots"}, {}),
    ],
)  # fmt: skip
def test_limits_and_gpus_are_those_of_the_service(service: Any, limits: dict[str, str]):
    assert server(compose(**service)).server["resources"]["limits"] == limits


def test_a_volume_is_a_mount_in_either_form():
    volumes = ["./models:/build/models:cached", {"source": "x", "target": "/data/"}]
    made = compose(volumes=volumes)

    assert [one["mountPath"] for one in server(made).mounts] == ["/build/models", "/data"]
    assert made.folders == ("./models",)
    assert server(made).models_folder == "/build/models"


def test_a_command_is_the_arguments():
    assert server(compose(command=["phi-2"])).variables.models == ("phi-2",)
    assert server(compose(command="phi-2 'a b'")).variables.models == ("phi-2", "a b")


def test_what_no_pool_says_is_named():
    said = texts(compose(privileged=True, healthcheck={}, ports=["1:8080"]).remarks)

    assert "privileged: no key in a pool says that" in said
    assert "healthcheck: as in every pool" in said
    assert "ports are not opened" in said


def test_a_command_of_docker_is_a_service():
    made = run_layout(RUN, "file")

    assert server(made).title == "container/local-ai"
    assert server(made).variables.models == (LLAMA,)
    assert server(made).image.endswith("cuda12-ffmpeg-core")
    assert made.lines == {("services", "local-ai"): 3}


def test_a_list_of_variables_is_a_server_without_an_image():
    made = variables_layout(VARIABLES)

    assert server(made).variables.number("LOCALAI_THREADS") == 14
    assert server(made).models_folder == "/build/models"
    assert made.lines["BUILD_TYPE",] == 5
