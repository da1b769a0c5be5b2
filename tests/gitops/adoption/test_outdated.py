from typing import Any

import pytest

from documents.problem import key
from gitops.adoption.adoption import adoption
from gitops.adoption.outdated import outdated
from gitops.adoption.remark import Fate
from localai.server import server
from tests.gitops.adoption.namespaces import found, hand_made, request, texts

SERVER = server("v4.9.0")


def said(document: Any) -> list[str]:
    return [f"{key(one.path)}: {one.cause}" for one in outdated(document, SERVER)]


@pytest.mark.parametrize(
    ("image", "causes"),
    [
        ("localai/localai:v4.9.0", 0),
        ("localai/localai:v4.9.0-gpu-nvidia-cuda-12@sha256:abc", 0),
        ("quay.io/go-skynet/local-ai:v4.9.0-gpu-hipblas", 0),
        ("postgres:latest", 0),
        ("localai/localai:latest", 1),
        ("quay.io/go-skynet/local-ai", 1),
        ("localai/localai:v2.17.1-aio-gpu-nvidia-cuda-12", 1),
        ("localai/localai:latest-aio-cpu", 2),
        ("quay.io/go-skynet/local-ai:master-cublas-cuda12", 2),
        ("quay.io/go-skynet/local-ai:v2.20.0-sycl_f16-ffmpeg-core", 1),
        ("a.test:5000/go-skynet/local-ai:v2.0.0-cublas-cuda11", 1),
    ],
)
def test_an_image_that_is_gone_or_names_no_version_is_said(image: str, causes: int):
    assert len(said({"image": image})) == causes


def test_an_image_in_two_keys_is_one():
    parts = {"repository": "localai/localai", "tag": "v2.15.0-ffmpeg"}

    assert said({"deployment": {"image": parts}}) == [
        "deployment.image.tag: localai/localai:v2.15.0-ffmpeg is gone: images named `ffmpeg` are "
        "not built since v3.1; all have it"
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"environment": ["REBUILD=true"]},
        {"environment": {"REBUILD": True}},
        {"env": [{"name": "LOCALAI_REBUILD", "value": "true"}]},
    ],
)
def test_a_variable_that_is_not_read_is_found_in_each_form(document: Any):
    (one,) = said(document)

    assert "REBUILD is not read any more" in one


def test_a_variable_that_is_read_and_one_of_others_stay_unsaid():
    assert said({"environment": ["THREADS=4", "LOCALAI_DEBUG=true", "FOO=1"]}) == []


def test_the_old_folder_is_said_wherever_it_stands():
    (mount,) = said({"volumes": ["./models:/build/models:cached"]})
    (start,) = said({"command": ["/build/entrypoint.sh"]})

    assert mount.startswith("volumes[0]: /build/models is read up to v3.0 alone")
    assert "/build/entrypoint.sh is a path in images up to v3.0" in start


@pytest.mark.parametrize(
    ("entry", "causes"),
    [
        ({"name": "a", "backend": "gpt4all-j", "parameters": {"model": "a.gguf"}}, 1),
        ({"name": "a", "backend": "llama", "parameters": {"model": "a.gguf"}}, 0),
        ({"name": "a", "backend": "llama", "parameters": {"model": "ggml-a.bin"}}, 1),
        ({"name": "a", "parameters": {"model": "a.ggmlv3.q4_0.bin"}}, 1),
        ({"name": "a", "backend": "whisper", "parameters": {"model": "ggml-base.bin"}}, 0),
        ({"name": "a", "parameters": {"model": "ggml-whisper-base.bin"}}, 0),
        ({"name": "a", "backend": "my-own", "parameters": {"model": "a.gguf"}}, 0),
    ],
)
def test_engines_and_files_of_before_are_said(entry: Any, causes: int):
    assert len(said([entry])) == causes


def test_entries_in_a_text_are_looked_through():
    text = "name: a\nbackend: gpt4all\nparameters: {model: a.gguf}\n"

    assert said({"data": {"a.yaml": text}}) == [
        "data.a.yaml.backend: the engine gpt4all is gone, and LocalAI v4.9.0 has none of that name"
    ]


def test_a_running_workload_is_told_too():
    made = adoption(found(hand_made(image="localai/localai:latest-aio-cpu")), request())

    assert (
        "deployment/localai, containers[0].image: localai/localai:latest-aio-cpu is gone"
        in texts(made.of(Fate.FAULT))
    )
    assert any(name == "models/whisper-1.yaml" for name in made.files)
