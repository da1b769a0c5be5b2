from typing import Any

import pytest

from settings.config import SettingsError
from tests.samples import pool_fields, stack

CPU = {"min": 1, "max": 2, "cpu": 70}


def refusals(pool: dict[str, Any], **fields: Any) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        stack({"chat": pool_fields(**pool)}, **fields)
    return str(caught.value).splitlines()


def test_a_warm_up_longer_than_the_start_up_probe_allows_is_refused():
    assert refusals({"scaling": {**CPU, "warmUpSeconds": 611}}) == [
        "config.localai:pools.chat.scaling.warmUpSeconds: gives a pod 611 s to warm up, but its "
        "start-up probe ends it after 610 s; use at most 610"
    ]
    assert stack({"chat": pool_fields(scaling={**CPU, "warmUpSeconds": 610})})[1]


def test_gpus_of_no_profile_are_refused_with_the_nearest():
    (said,) = refusals({}, scaling={"gpus": {"nvidia-l44": 2}})

    place = "config.localai:scaling.gpus.nvidia-l44: is not a GPU profile"
    assert said.startswith(f"{place}; did you mean 'nvidia-l4'")
