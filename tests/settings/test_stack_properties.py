"""Whatever a stack file may say becomes distinct, plain objects, or is refused in words."""

import json
from collections import Counter
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.checks.resolve import resolve
from components.parts.part import Part
from hardware.profiles import PROFILES
from localai.server import SERVERS
from settings.config import SettingsError, settings_from_config
from stack import stack_parts
from tests.samples import KEY, catalog

EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = st.sampled_from(["chat", "a", "x-1", "p" * 32, "0", "true", "localai", "servers"])
MODELS = sorted(catalog().definitions)
SIZES = st.sampled_from(["1Gi", "30Gi", "2Ti", "500Mi"])
STORAGES = st.fixed_dictionaries(
    {"size": SIZES, "access": st.sampled_from(["ReadWriteOnce", "ReadWriteMany"])},
    optional={"class": st.sampled_from(["fast", "0"])},
) | st.just({"existing": "weights", "access": "ReadWriteMany"})
POOLS = st.fixed_dictionaries(
    {
        "models": st.lists(st.sampled_from(MODELS), min_size=1, max_size=3, unique=True),
        "storage": STORAGES,
    },
    optional={
        "gpu": st.sampled_from([*PROFILES, "abacus"]),
        "gpus": st.integers(1, 4),
        "replicas": st.integers(0, 3),
        "surge": st.integers(0, 1),
        "active": st.integers(1, 2),
        "cpu": st.integers(1, 64),
        "memory": SIZES,
        "aliases": st.dictionaries(st.sampled_from(["b", "a"]), st.sampled_from(MODELS[:3])),
        "nodeSelector": st.dictionaries(st.sampled_from(["disk"]), st.sampled_from(["", "ssd"])),
        "runtimeClass": st.just("nvidia"),
    },
)
CHARTS = st.fixed_dictionaries(
    {"repository": st.just("oci://charts.example/a"), "chart": NAMES, "version": st.just("1.0.0")},
    optional={"values": st.dictionaries(st.text(max_size=3), st.integers() | st.booleans())},
)
STACKS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "namespace": NAMES,
        "cluster": st.just("test"),
        "server": st.fixed_dictionaries(
            {"version": st.sampled_from([*SERVERS])},
            optional={"engines": st.sampled_from(["claim", "image-volume"])},
        ),
        "pools": st.dictionaries(NAMES, POOLS, min_size=1, max_size=3),
    },
    optional={
        "delivery": st.sampled_from(["operator", "rendered"]),
        "apiKey": st.just(KEY),
        "hubToken": st.just(KEY),
        "charts": st.dictionaries(NAMES, CHARTS, max_size=2),
        "claims": st.fixed_dictionaries({"adopt": st.booleans()}),
        "network": st.fixed_dictionaries({"clients": st.lists(NAMES, max_size=2, unique=True)}),
    },
)
# A stack that is never refused, so that the objects below are of many stacks.
SOUND_POOLS = st.fixed_dictionaries(
    {
        "models": st.lists(st.sampled_from(MODELS), min_size=1, max_size=3, unique=True),
        "storage": st.just({"size": "2Ti", "access": "ReadWriteMany"}),
    },
    optional={"replicas": st.integers(0, 3), "surge": st.integers(0, 2)},
)


def parts(values: dict[str, Any]) -> tuple[Part, ...]:
    config = {
        f"localai:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
    }
    return stack_parts(*resolve("test", settings_from_config(config), catalog()))


def check(found: tuple[Part, ...]) -> None:
    """Check that no two parts or objects share a name, and that every object is plain data."""
    manifests = [part.manifest for part in found if part.manifest is not None]
    objects = Counter(
        (one["apiVersion"], one["kind"], one["metadata"]["namespace"], one["metadata"]["name"])
        for one in manifests
    )

    assert len({part.name for part in found}) == len(found)
    assert max(objects.values()) == 1
    text = yaml.dump(manifests, Dumper=yaml.CSafeDumper)
    assert yaml.load(text, Loader=yaml.CSafeLoader) == json.loads(json.dumps(manifests))


@pytest.mark.thorough
@given(STACKS)
@EXAMPLES
def test_any_settings_become_distinct_plain_objects_or_are_refused(values: dict[str, Any]):
    try:
        found = parts(values)
    except SettingsError as error:
        refused = error.problems
    else:
        check(found)
        return
    assert refused
    assert all(one.path[0] == "config" and one.cause and one.cure for one in refused)


@pytest.mark.thorough
@given(st.dictionaries(NAMES, SOUND_POOLS, min_size=1, max_size=3))
@settings(EXAMPLES, max_examples=25)
def test_any_models_become_distinct_plain_objects_on_cpus(pools: dict[str, Any]):
    found = parts(
        {
            "namespace": "localai-test",
            "cluster": "test",
            "server": {"version": "v4.9.0"},
            "pools": pools,
        }
    )

    check(found)
    replicas = {
        part.name: part.manifest["spec"]["replicas"]
        for part in found
        if part.manifest is not None and part.manifest["kind"] == "Deployment"
    }
    assert replicas == {
        f"pool-{name}-deployment": pool.get("replicas", 1) for name, pool in pools.items()
    }
