from collections.abc import Iterable
from dataclasses import replace

import pytest

from gitops.authoring.repository import Start, proposed, repository_files
from models.catalog import Catalog
from models.definition import Definition
from settings.pool.storage import Access
from tests.gitops.stacks import catalog, chat, definition

START = Start(
    stack="dev", cluster="near", namespace="ours", gpu="", gpu_memory="", storage_class="",
    access=Access.ONE_NODE, domain="",
)  # fmt: skip
FIGURES = {"layers": 8, "kv_heads": 2, "head_dim": 64}
LLAMA = {"backend": "llama-cpp", "context_size": 512, "slots": 1, "architecture": FIGURES}


def start(gpu: str = "", gpu_memory: str = "") -> Start:
    return replace(START, gpu=gpu, gpu_memory=gpu_memory)


def models() -> Catalog:
    known = [
        chat("tiny", 10**9, architecture=FIGURES),
        chat("middle", 9 * 10**9, architecture=FIGURES),
        chat("huge", 30 * 10**9, architecture=FIGURES),
        chat("bound", 8 * 10**9, architecture=FIGURES, license="LicenseRef-own"),
        definition("search", 10**8, kind="embeddings", **LLAMA),
    ]
    return Catalog(definitions={one["name"]: Definition.model_validate(one) for one in known})


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({}, ("tiny", "search")),
        ({"gpu": "nvidia-t4"}, ("middle", "search")),
        ({"gpu": "nvidia-l40s"}, ("huge", "search")),
        ({"gpu": "vulkan-dri", "gpu_memory": "16Gi"}, ("middle", "search")),
    ],
)
def test_the_largest_model_that_fits_is_proposed_if_its_license_is_known(
    values: dict[str, str], names: tuple[str, ...]
):
    assert proposed(models(), start(**values)) == names


def files(values: dict[str, str], names: Iterable[str]) -> dict[str, str]:
    known = catalog().definitions
    texts = {name: f"# yaml-language-server: x\nname: {name}\n" for name in names}
    return repository_files(start(**values), [known[name] for name in names], texts)


def test_kinds_of_models_become_pools_and_only_some_take_the_gpu():
    text = files({"gpu": "nvidia-l4"}, ["small", "embedder", "ear"])["Pulumi.dev.yaml"]

    assert text.index("    chat:") < text.index("    embeddings:") < text.index("    speech:")
    assert text.count("gpu: nvidia-l4") == 2


def test_what_nobody_said_is_not_written():
    text = files({}, ["small"])["Pulumi.dev.yaml"]

    assert [
        key for key in ("gpu", "class", "access", "exposure", "router") if f"{key}:" in text
    ] == []


def test_a_model_file_names_no_schema_of_another_folder():
    assert files({}, ["small"])["models/small.yaml"] == "name: small\n"
