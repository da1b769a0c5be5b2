import pytest

from sandbox.plugins.settings import Settings, UnsupportedError, refuse_unsupported

URN = "urn:pulumi:dev::p::parent$kubernetes:{}::it"


@pytest.mark.parametrize("token", ["helm.sh/v4:Chart", "core/v1:ConfigMapPatch"])
def test_what_only_the_official_plugin_does_is_refused(token: str) -> None:
    with pytest.raises(UnsupportedError):
        refuse_unsupported(URN.format(token), Settings())


def test_client_side_apply_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="server-side apply only"):
        refuse_unsupported(URN.format("core/v1:ConfigMap"), Settings(server_side_apply=False))


def test_a_plain_object_is_accepted() -> None:
    refuse_unsupported(URN.format("core/v1:ConfigMap"), Settings())
