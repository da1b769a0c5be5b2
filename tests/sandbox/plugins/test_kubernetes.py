import pytest
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.plugins.kubernetes import KubernetesPlugin, naming
from sandbox.plugins.properties import Properties, Secret, from_struct, to_struct
from sandbox.plugins.standin import Engine
from tests.sandbox.plugins.call import CallFailedError, context

URN = "urn:pulumi:dev::p::kubernetes:core/v1:ConfigMap::it"
CONFIG_MAP: Properties = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "a", "namespace": "n"},
    "data": {"a": Secret(value="1")},
}


@pytest.fixture
def offline() -> KubernetesPlugin:
    return KubernetesPlugin(name="kubernetes", version="1.0.0", engine=Engine())


def test_without_a_cluster_a_preview_gives_the_inputs_back(offline: KubernetesPlugin) -> None:
    request = pb.CreateRequest(urn=URN, properties=to_struct(CONFIG_MAP), preview=True)
    assert from_struct(offline.Create(request, context()).properties) == CONFIG_MAP


def test_without_a_cluster_nothing_is_created(offline: KubernetesPlugin) -> None:
    request = pb.CreateRequest(urn=URN, properties=to_struct(CONFIG_MAP))
    with pytest.raises(CallFailedError, match="cluster is unreachable"):
        offline.Create(request, context())


def test_check_keeps_secrets_secret(offline: KubernetesPlugin) -> None:
    request = pb.CheckRequest(urn=URN, news=to_struct(CONFIG_MAP))
    assert from_struct(offline.Check(request, context()).inputs) == CONFIG_MAP


def test_the_engine_may_turn_made_up_names_off(offline: KubernetesPlugin) -> None:
    options = pb.CheckRequest.AutonamingOptions(mode=pb.CheckRequest.AutonamingOptions.DISABLE)
    nameless: Properties = {"apiVersion": "v1", "kind": "ConfigMap"}
    request = pb.CheckRequest(urn=URN, news=to_struct(nameless), autonaming=options)
    failures = offline.Check(request, context()).failures
    assert [failure.property for failure in failures] == ["metadata.name"]


def test_the_logical_name_is_the_last_part_of_the_urn() -> None:
    assert naming(pb.CheckRequest(urn=URN)).logical_name == "it"


def test_it_says_that_it_is_a_stand_in(
    offline: KubernetesPlugin, capsys: pytest.CaptureFixture[str]
) -> None:
    offline.announce()
    assert "stand-in for tests, not the official plugin" in capsys.readouterr().err
