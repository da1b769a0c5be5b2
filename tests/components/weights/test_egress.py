"""What Jobs get to reach their sources; a stack that says nothing gets nothing."""

from components.parts.part import plain
from components.weights import egress
from tests.samples import context

PROXY = {"url": "http://proxy.corp:3128", "networks": ["10.1.2.3"], "direct": [".corp"]}


def test_a_stack_that_says_nothing_changes_no_job():
    known = context()
    every = (
        egress.trust_environment, egress.trust_volumes, egress.trust_mounts,
        egress.proxy_environment, egress.source_arguments,
        egress.login_environment, egress.login_volumes, egress.login_mounts,
    )  # fmt: skip

    assert [one(known) for one in every] == [[]] * len(every)


def test_an_engine_finds_the_proxy_in_its_environment():
    found = [plain(one) for one in egress.proxy_environment(context(proxy=PROXY))]

    assert found == [
        {"name": "HTTPS_PROXY", "value": "http://proxy.corp:3128"},
        {"name": "NO_PROXY", "value": ".corp"},
    ]


def test_the_script_is_told_of_sources_that_are_not_public():
    found = egress.source_arguments(context(network={"sources": ["10.1.0.0/16", "fd12::/16"]}))
    assert found == ["--network", "10.1.0.0/16", "--network", "fd12::/16"]


def test_the_script_is_told_of_the_proxy():
    assert egress.source_arguments(context(proxy=PROXY)) == [
        "--proxy", "http://proxy.corp:3128", "--direct", ".corp",
    ]  # fmt: skip


def test_a_login_lies_where_it_is_looked_for_and_cannot_be_changed():
    known = context(registry={"pullSecret": "login"})
    (volume,) = [plain(one) for one in egress.login_volumes(known)]
    (mount,) = [plain(one) for one in egress.login_mounts(known)]
    (variable,) = [plain(one) for one in egress.login_environment(known)]

    assert volume["secret"] == {
        "secretName": "login",
        "items": [{"key": ".dockerconfigjson", "path": "config.json"}],
    }
    assert variable == {"name": "DOCKER_CONFIG", "value": mount["mountPath"]}
    assert mount["readOnly"] is True


def test_a_bundle_is_named_where_it_is_mounted():
    known = context(trust={"configMap": "corp"})
    (mount,) = [plain(one) for one in egress.trust_mounts(known)]
    (variable,) = [plain(one) for one in egress.trust_environment(known)]

    assert variable["value"] == f"{mount['mountPath']}/ca.crt"
    assert mount["readOnly"] is True
