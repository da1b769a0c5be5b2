"""The API keys: made up, brought in, or somebody's; never in plain text; two while rotating."""

import math
from typing import Any

from components.keys.api_key import GENERATED_NAME, ApiKey, caller, ours, variables
from components.parts.builders import generated_secret
from components.parts.part import plain
from gitops.validation.custom_resources.findings import resource_findings
from tests.samples import KEY, committed_manifests, containers, context, of_kind, pods

VAULT = {"store": {"name": "vault", "kind": "ClusterSecretStore"}, "remoteKey": "localai/key"}
TWO = {"generated": 0, "also": {"generated": 1}}


def read(**key: Any) -> list[dict[str, Any]]:
    """Return the variables by which a server reads its keys."""
    return [plain(one) for one in variables(context(apiKey=key) if key else context())]


def named(**key: Any) -> list[str]:
    return [part.name for part in ApiKey.parts("api-key", context(apiKey=key))]


def test_the_secret_is_declared_without_its_value():
    manifest = plain(generated_secret(context(), GENERATED_NAME))

    assert not {"data", "stringData"} & manifest.keys()


def test_the_value_comes_from_the_generated_part():
    value, holder = ApiKey.parts("api-key", context())

    assert holder.options.secret
    assert (holder.options.secret.part, holder.options.secret.key) == (value.name, "api-key")


def test_the_generated_value_has_more_than_256_bits_and_no_sign_a_shell_reads():
    value, _ = ApiKey.parts("api-key", context())

    assert value.inputs["special"] is False
    assert value.inputs["length"] * math.log2(62) > 256


def test_a_server_reads_the_generated_key_from_its_secret():
    assert read() == [
        {
            "name": "FIRST_API_KEY",
            "valueFrom": {"secretKeyRef": {"name": "localai-api-key", "key": "api-key"}},
        },
        {"name": "LOCALAI_API_KEY", "value": "$(FIRST_API_KEY)"},
    ]


def test_a_server_reads_somebodys_key_from_their_secret():
    variable, _ = read(**KEY)

    assert variable["valueFrom"] == {"secretKeyRef": {"name": "keys", "key": "localai"}}
    assert not ours(context(apiKey=KEY))


def test_a_first_generation_written_out_is_what_a_stack_has_anyway():
    assert read(generated=0) == read()
    assert named(generated=0) == ["api-key-value", "api-key-secret"]


def test_another_generation_has_a_value_and_a_secret_of_its_own():
    assert named(**TWO) == [
        "api-key-value", "api-key-secret", "api-key-value-1", "api-key-secret-1",
    ]  # fmt: skip
    assert named(generated=1) == ["api-key-value-1", "api-key-secret-1"]


def test_a_server_accepts_both_keys_and_neither_is_in_its_pod():
    first, second, both = read(**TWO)

    assert both == {"name": "LOCALAI_API_KEY", "value": "$(FIRST_API_KEY),$(SECOND_API_KEY)"}
    assert [one["name"] for one in (first, second)] == ["FIRST_API_KEY", "SECOND_API_KEY"]
    assert [one["valueFrom"]["secretKeyRef"]["name"] for one in (first, second)] == [
        "localai-api-key", "localai-api-key-1",
    ]  # fmt: skip


def test_one_key_and_two_have_the_same_form_so_that_a_preview_refuses_no_turn_of_keys():
    one, two = ({each["name"]: set(each) for each in read(**key)} for key in ({}, TWO))

    assert one.items() < two.items()


def test_callers_that_move_to_the_other_key_change_nothing_in_a_server():
    turned = {"generated": 1, "also": {"generated": 0}}

    assert read(**TWO) == read(**turned)
    assert caller(context(apiKey=TWO)).name == "localai-api-key"
    assert caller(context(apiKey=turned)).name == "localai-api-key-1"


def test_external_secrets_bring_a_key_into_a_secret_named_by_where_it_is_kept():
    key = {"external": {**VAULT, "property": "value", "refreshInterval": "15m"}}
    (part,) = ApiKey.parts("api-key", context(apiKey=key))
    (found,) = of_kind("ExternalSecret", part)

    assert list(resource_findings(found)) == []
    assert found["spec"]["secretStoreRef"] == {"name": "vault", "kind": "ClusterSecretStore"}
    assert found["spec"]["refreshInterval"] == "15m"
    (entry,) = found["spec"]["data"]
    assert entry["secretKey"] == caller(context(apiKey=key)).key
    assert entry["remoteRef"].items() >= {"key": "localai/key", "property": "value"}.items()
    assert found["spec"]["target"]["name"] == caller(context(apiKey=key)).name


def test_another_place_in_the_store_is_another_secret_and_another_pace_is_not():
    def name(**fields: Any) -> str | None:
        return caller(context(apiKey={"external": {**VAULT, **fields}})).name

    assert name() != name(property="value") != name(remoteKey="other")
    assert name() == name(refreshInterval="5m")


def test_no_pod_of_any_stack_holds_a_key_in_its_environment():
    variables = [
        variable
        for pod in pods(committed_manifests())
        for container in containers(pod)
        for variable in container.get("env", [])
        if "KEY" in variable["name"] or "TOKEN" in variable["name"]
    ]

    assert variables
    # What is no reference to a Secret refers to variables that are.
    assert {
        source for one in variables for source in one.get("valueFrom", {"secretKeyRef": {}})
    } == {"secretKeyRef"}
    assert {one["value"] for one in variables if "value" in one} == {"$(FIRST_API_KEY)"}
