from sandbox.plugins.settings import settings


def test_server_side_apply_is_the_default_and_the_rest_is_off() -> None:
    given = settings({}, {})
    assert given.server_side_apply
    assert not any((given.upsert, given.mutable_config_maps, given.delete_unreachable))


def test_an_argument_wins_over_its_environment_variable() -> None:
    environment = {"PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE": "true"}
    assert settings({}, environment).mutable_config_maps
    off = {"kubernetes:config:enableConfigMapMutable": "false"}
    assert not settings(off, environment).mutable_config_maps


def test_forcing_is_an_argument_and_an_environment_variable() -> None:
    assert not settings({}, {}).patch_force
    assert settings({"kubernetes:config:enablePatchForce": "true"}, {}).patch_force
    assert settings({}, {"PULUMI_K8S_ENABLE_PATCH_FORCE": "true"}).patch_force


def test_endpoints_settle_for_ten_seconds_unless_a_test_says_otherwise() -> None:
    assert settings({}, {}).settle_seconds == 10
    assert settings({}, {"SANDBOX_SETTLE_SECONDS": "0.5"}).settle_seconds == 0.5
