"""Ways to take GPUs, and those that exclude each other."""

from typing import Any

import pytest
from pydantic import ValidationError

from documents.validation import problems
from settings.config import SettingsError
from settings.pool.gpu import ShareKind
from settings.pool.pool import PoolSettings
from tests.settings.pool.rules import agreeing

TIME_SLICING = {"kind": "time-slicing", "of": 4}


def pool(**fields: Any) -> PoolSettings:
    base: dict[str, Any] = {"models": ["a"], "storage": {"size": "20Gi"}, "gpu": "nvidia-l4"}
    return agreeing({k: v for k, v in (base | fields).items() if v is not None})


def refusal(**fields: Any) -> str:
    with pytest.raises((ValidationError, SettingsError)) as caught:
        pool(**fields)
    if isinstance(caught.value, ValidationError):
        return "\n".join(f"{one.cause}; {one.cure}" for one in problems(caught.value, PoolSettings))
    return "\n".join(f"{one.cause}; {one.cure}" for one in caught.value.problems)


def test_a_share_says_among_how_many_and_by_what():
    share = pool(gpuShare={"kind": "mps", "of": 2, "renamed": True}).gpu_share

    assert share
    assert (share.kind, share.of, share.renamed) == (ShareKind.MPS, 2, True)


def test_a_claim_takes_one_gpu_of_the_profiles_class_unless_it_says_otherwise():
    claim = pool(gpuClaim={}).gpu_claim

    assert claim
    assert (claim.device_class, claim.count, claim.selector) == (None, 1, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"gpuShare": TIME_SLICING},
        {"gpuClaim": {}},
        {"gpuMemory": "16Gi"},
        {"tensorSplit": [1, 1]},
    ],
)
def test_what_is_said_of_gpus_needs_a_profile(fields: dict[str, Any]):
    (key,) = fields

    assert refusal(gpu=None, **fields) == f"sets {key} but names no gpu profile; add `gpu`"


@pytest.mark.parametrize(
    ("fields", "cause", "cure"),
    [
        (
            {"gpuShare": {"kind": "mps", "of": 1}},
            "shares a GPU with nobody (gpuShare.of is 1)",
            "use 2 or more, or delete `gpuShare`",
        ),
        (
            {"gpuShare": TIME_SLICING, "gpus": 2},
            "takes 2 shares of GPUs",
            "delete `gpus`, or delete `gpuShare`",
        ),
        (
            {"gpuShare": TIME_SLICING, "gpuClaim": {}},
            "shares GPUs of a device plugin and claims others",
            "delete `gpuShare` or `gpuClaim`",
        ),
        (
            {"gpus": 1, "gpuClaim": {"count": 2}},
            "counts 1 gpus of a device plugin and claims 2 from a DRA driver",
            "delete `gpus`, and count them in gpuClaim.count",
        ),
        (
            {"tensorSplit": [1, 1]},
            "splits its models with tensorSplit, but a pod takes one GPU",
            "use `gpus: 2`, or delete `tensorSplit`",
        ),
        (
            {"tensorSplit": [1], "gpus": 1},
            "splits its models with tensorSplit, but a pod takes one GPU",
            "delete `tensorSplit`",
        ),
        (
            {"tensorSplit": [1, 1], "gpus": 3},
            "splits its models 2 ways over 3 GPUs",
            "give tensorSplit 3 numbers",
        ),
    ],
)
def test_ways_to_take_gpus_that_exclude_each_other_are_refused(
    fields: dict[str, Any], cause: str, cure: str
):
    found = refusal(**fields)

    assert cause in found
    assert cure in found


def test_claimed_gpus_may_be_split():
    assert pool(gpuClaim={"count": 2}, tensorSplit=[2, 1]).tensor_split == (2, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"gpuShare": {"kind": "mig", "of": 2}},
        {"gpuShare": {"kind": "mps", "of": 49}},
        {"gpuClaim": {"count": 0}},
        {"gpuClaim": {"deviceClass": "GPU NVIDIA"}},
        {"gpuClaim": {"selector": ""}},
        {"tensorSplit": [1, 0], "gpus": 2},
        {"tensorSplit": [0.5, 0.5], "gpus": 2},
        {"tensorSplit": ["1", "1"], "gpus": 2},
    ],
)
def test_what_no_driver_or_plugin_knows_is_refused(fields: dict[str, Any]):
    with pytest.raises(ValidationError):
        pool(**fields)
