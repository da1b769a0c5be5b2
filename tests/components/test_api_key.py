"""The API key: generated once and kept in a Secret, or somebody's Secret; never in plain text."""

import math

from components.api_key import ApiKeyArgs, environment, parts, secret
from components.part import plain
from tests.samples import KEY, committed_manifests, containers, context, pods


def test_the_secret_is_declared_without_its_value():
    manifest = plain(secret(context()))

    assert not {"data", "stringData"} & manifest.keys()


def test_the_value_comes_from_the_generated_part():
    value, holder = parts("api-key", ApiKeyArgs(context=context()))

    assert holder.options.secret
    assert (holder.options.secret.part, holder.options.secret.key) == (value.name, "api-key")


def test_the_generated_value_has_more_than_256_bits_and_no_sign_a_shell_reads():
    value, _ = parts("api-key", ApiKeyArgs(context=context()))

    assert value.inputs["special"] is False
    assert value.inputs["length"] * math.log2(62) > 256


def test_a_server_reads_the_generated_key_from_its_secret():
    assert plain(environment(context())) == {
        "name": "LOCALAI_API_KEY",
        "valueFrom": {"secretKeyRef": {"name": "localai-api-key", "key": "api-key"}},
    }


def test_a_server_reads_somebodys_key_from_their_secret():
    reference = plain(environment(context(apiKey=KEY)))["valueFrom"]

    assert reference == {"secretKeyRef": {"name": KEY["secret"], "key": KEY["key"]}}


def test_no_pod_of_any_stack_holds_a_key_in_its_environment():
    variables = [
        variable
        for pod in pods(committed_manifests())
        for container in containers(pod)
        for variable in container.get("env", [])
        if "KEY" in variable["name"] or "TOKEN" in variable["name"]
    ]

    assert variables
    assert all(set(one) == {"name", "valueFrom"} for one in variables)
    assert {source for one in variables for source in one["valueFrom"]} == {"secretKeyRef"}
