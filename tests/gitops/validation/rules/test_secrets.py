from typing import Any

import pytest

from tests.gitops.validation.rules.objects import findings, found, plain, server

# Put together here, so that no scanner takes them for real ones.
HUB = "hf_" + "a1B2" * 8
LONG = "x9" * 20


def variable(name: str, value: str) -> dict[str, Any]:
    return server(env=[{"name": name, "value": value}])


def joined(value: str) -> dict[str, Any]:
    kept = {"name": "FIRST_KEY", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
    return server(env=[kept, {"name": "API_KEY", "value": value}])


def chart(**values: Any) -> dict[str, Any]:
    source = {"chart": "a", "targetRevision": "1.0.0", "helm": {"valuesObject": values}}
    return plain("Application", spec={"source": source})


def parameter(name: str, value: str) -> dict[str, Any]:
    source = {"chart": "a", "targetRevision": "1.0.0"}
    helm = {"parameters": [{"name": name, "value": value}]}
    return plain("Application", spec={"sources": [{**source, "helm": helm}]})


def note(text: str) -> dict[str, Any]:
    return plain("Other", spec={"deep": [{"down": text}]})


ENVIRONMENT, TEXT = "no-secret-in-environment", "no-key-in-text"
VALUE, CHART = "secret-without-value", "no-secret-in-chart-values"
BROKEN = {
    "a key": (ENVIRONMENT, variable("LOCALAI_API_KEY", "open sesame")),
    "keys": (ENVIRONMENT, variable("API_KEYS", "one,two")),
    "a token": (ENVIRONMENT, variable("HF_TOKEN", "made up")),
    "a reference to what is no variable": (ENVIRONMENT, joined("$(THIRD_KEY)")),
    "a reference beside plain text": (ENVIRONMENT, joined("$(FIRST_KEY),sesame")),
    "a password in lower case": (ENVIRONMENT, variable("db_password", "made up")),
    "a token of a model hub": (TEXT, note(HUB)),
    "a token of GitHub": (TEXT, note(f"git clone with ghp_{LONG}")),
    "a key of a cloud": (TEXT, note("AKIA" + "A1B2C3D4E5F6G7H8")),
    "a private key": (TEXT, note("-----BEGIN " + "EC PRIVATE KEY-----\nMHc")),
    "a signed token": (TEXT, note(f"eyJ{LONG}.eyJ{LONG}.{LONG}")),
    "a password in an address": (TEXT, note("https://admin:" + "hunter2@git.example/a")),
    "a Secret with data": (VALUE, plain("Secret", data={"key": "bm90aGluZw=="})),
    "a Secret with text": (VALUE, plain("Secret", stringData={"key": "nothing"})),
    "a chart's password": (CHART, chart(auth={"adminPassword": "made up"})),
    "a chart's key in a list": (CHART, chart(users=[{"api_key": "made up"}])),
    "a chart's variable": (CHART, chart(env=[{"name": "DB_PASSWORD", "value": "made up"}])),
    "a chart's parameter": (CHART, parameter("auth.apiKey", "made up")),
}
WHOLE = {
    "a reference": server(
        env=[{"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}]
    ),
    "a reference to a variable from a Secret": joined("$(FIRST_KEY),$(FIRST_KEY)"),
    "a path to a key": variable("TLS_KEY", "/run/secrets/tls.key"),
    "a switch": variable("REQUIRE_TOKEN", "true"),
    "a name that only holds the word": variable("TOKENIZER", "fast"),
    "nothing": variable("API_KEY", ""),
    "an address without a password": note("https://git.example:8443/a@v1"),
    "a digest": note("0123456789abcdef" * 4),
    "a Secret without a value": plain("Secret", type="Opaque", data={}),
    "a chart's existing secret": chart(auth={"existingSecret": "mine", "secretName": "mine"}),
    "a chart's count of tokens": chart(maxTokens="4096", token=""),
    "another parameter": parameter("auth.enabled", "true"),
}


@pytest.mark.parametrize(("rule", "manifest"), BROKEN.values(), ids=BROKEN)
def test_a_secret_in_plain_text_is_found(rule: str, manifest: dict[str, Any]):
    assert found(manifest) == [rule]


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_what_opens_nothing_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []


@pytest.mark.parametrize("value", ["made up", "open sesame", "bm90aGluZw==", HUB, LONG])
def test_no_finding_repeats_a_secret(value: str):
    lines = [str(one) for _, broken in BROKEN.values() for one in findings(broken)]

    assert lines
    assert not [line for line in lines if value in line]
