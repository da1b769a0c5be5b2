from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.problem import RefusedError
from hardware.declared import read_profiles
from hardware.profile import GIB, Effect, Toleration
from hardware.profiles import PROFILES
from localai.release import Accelerator

QUADRO = """name: quadro
images: cuda-12
resource: nvidia.com/gpu
memory: 48Gi
nodeSelector: {nvidia.com/gpu.product: Quadro-RTX-8000}
"""


def write(root: Path, text: str, name: str = "quadro") -> Path:
    (root / "gpus").mkdir(exist_ok=True)
    (root / "gpus" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return root


def refused(root: Path) -> str:
    with pytest.raises(RefusedError) as caught:
        read_profiles(root)
    return str(caught.value)


def test_a_folder_without_profiles_has_the_built_in_ones(tmp_path: Path):
    assert read_profiles(tmp_path) == PROFILES


def test_a_profile_of_a_team_stands_beside_the_built_in_ones(tmp_path: Path):
    found = read_profiles(write(tmp_path, QUADRO))

    assert found.keys() - PROFILES.keys() == {"quadro"}
    made = found["quadro"]
    assert (made.accelerator, made.resource) == (Accelerator.CUDA_12, "nvidia.com/gpu")
    assert made.memory == 48 * GIB
    assert made.node_selector == {"nvidia.com/gpu.product": "Quadro-RTX-8000"}
    assert made.source == "gpus/quadro.yaml"
    assert made.price is None


def test_a_node_without_a_word_on_taints_has_the_one_of_its_resource(tmp_path: Path):
    made = read_profiles(write(tmp_path, QUADRO))["quadro"]

    assert made.tolerations == (Toleration(key="nvidia.com/gpu"),)


def test_taints_price_and_classes_are_those_of_the_file(tmp_path: Path):
    more = """taints: [{key: team/ai, effect: NoExecute}]
runtimeClass: nvidia
deviceClass: gpu.example.com
slice: true
price: {dollarsPerHour: "0.44", source: our own sum of 2025}
"""
    made = read_profiles(write(tmp_path, QUADRO + more))["quadro"]

    assert made.tolerations == (Toleration(key="team/ai", effect=Effect.NO_EXECUTE),)
    assert (made.runtime_class, made.device_class) == ("nvidia", "gpu.example.com")
    assert made.slice
    assert made.price
    assert str(made.price.dollars_per_hour) == "0.44"


def test_nodes_may_have_no_taint(tmp_path: Path):
    assert read_profiles(write(tmp_path, QUADRO + "taints: []\n"))["quadro"].tolerations == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("name: quadro", "name: other"), "1: name: is 'other', but the file is quadro.yaml"),
        (("images: cuda-12", "images: cuda-11"), "2: images: is 'cuda-11', not a known value"),
        (("images: cuda-12", "images: cpu"), "2: images: is 'cpu', not a known value"),
        (("nvidia.com/gpu\n", "gpu\n"), "3: resource: is 'gpu', which does not have the form of"),
        (("48Gi", "48"), "4: memory: is 48, without a unit"),
        (("48Gi", "lots"), "4: memory: 'lots' is not a size"),
        (("Quadro-RTX-8000", "Quadro RTX 8000"), "5: nodeSelector.nvidia.com/gpu.product: is"),
        (("nodeSelector", "nodeLabels"), "5: nodeLabels: is not a known key; write it as"),
        (("memory: 48Gi", "vram: 48Gi"), "4: vram: is not a known key"),
        (("images: cuda-12\n", ""), "1: images: is missing"),
        (("memory: 48Gi", "price: {dollarsPerHour: 1, source: us}"), "4: price.dollarsPerHour: is"),
        (("memory: 48Gi", "taints: [{key: a, effect: Never}]"), "4: taints[0].effect: is 'Never'"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_key(
    tmp_path: Path, change: tuple[str, str], said: str
):
    assert refused(write(tmp_path, QUADRO.replace(*change))).startswith(f"gpus/quadro.yaml:{said}")


def test_a_built_in_name_is_never_given_another_meaning(tmp_path: Path):
    text = QUADRO.replace("quadro", "nvidia-l4")
    said = refused(write(tmp_path, text, "nvidia-l4"))

    assert said.startswith("gpus/nvidia-l4.yaml:1: name: nvidia-l4 is a built-in profile")


def test_all_files_are_told_at_once(tmp_path: Path):
    write(tmp_path, "name: a\n", "a")
    said = refused(write(tmp_path, "- b\n", "b"))

    assert "gpus/a.yaml" in said
    assert "gpus/b.yaml" in said


@given(st.text(max_size=300))
def test_no_text_ends_in_anything_but_a_profile_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, text: str
):
    root = tmp_path_factory.mktemp("gpus")
    (root / "gpus").mkdir()
    (root / "gpus" / "x.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        assert read_profiles(root).keys() >= PROFILES.keys()
    except RefusedError:
        return
