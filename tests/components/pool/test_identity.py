"""The identity of a pool's pods can do nothing."""

from components.parts.part import plain
from components.pool.identity import Identity, pull_secrets, service_account
from components.server.server_pod import server_template
from tests.samples import committed_manifests, pool


def test_the_account_carries_no_token_and_no_secret():
    account = plain(service_account(pool()))

    assert account["automountServiceAccountToken"] is False
    assert not {"secrets", "imagePullSecrets"} & account.keys()


def test_the_pods_of_a_pool_run_as_its_account():
    found = pool()

    assert (
        plain(server_template(found))["spec"]["serviceAccountName"]
        == plain(service_account(found))["metadata"]["name"]
    )


def test_a_pool_has_one_account():
    assert [part.name for part in Identity.parts("a", pool())] == ["a-account"]


def test_no_stack_grants_rights():
    kinds = {manifest["kind"] for manifest in committed_manifests()}

    assert not {kind for kind in kinds if "Role" in kind}


def test_the_account_pulls_images_with_the_login_of_the_stack():
    found = pool(stack_fields={"registry": {"pullSecret": "login"}})

    assert plain(service_account(found))["imagePullSecrets"] == [{"name": "login"}]
    assert pull_secrets(found.context)
    assert "imagePullSecrets" not in plain(server_template(found))["spec"]
