from dataclasses import replace
from typing import Any

from components.addons.router.pod import PORT, container, pod_template
from components.parts.part import plain
from tests.components.addons.router.stacks import router_args
from tests.components.restricted import violations


def made(**router: Any) -> dict[str, Any]:
    return plain(pod_template(router_args(**router)))


def test_it_meets_the_profile_restricted_and_writes_to_tmp_alone():
    (found,) = made()["spec"]["containers"]

    assert violations(made()) == []
    assert found["securityContext"]["readOnlyRootFilesystem"] is True
    writable = [one["mountPath"] for one in found["volumeMounts"] if not one.get("readOnly")]
    assert writable == ["/tmp"]  # noqa: S108 (in the container)


def test_it_has_no_token_of_the_cluster():
    assert made()["spec"]["automountServiceAccountToken"] is False


def test_no_variable_holds_a_secret():
    env = {one["name"]: one for one in plain(container(router_args()))["env"]}

    assert all("value" not in one for name, one in env.items() if name.endswith("_KEY"))


def test_it_calls_nobody_for_prices_statistics_or_pages():
    env = {one["name"]: one.get("value") for one in plain(container(router_args()))["env"]}

    assert env["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    assert env["LITELLM_TELEMETRY"] == "False"
    assert env["DISABLE_ADMIN_UI"] == "True"


def test_probes_ask_routes_that_need_no_key_and_no_server():
    found = plain(container(router_args()))
    probes = ("startup", "liveness", "readiness")
    paths = [found[f"{name}Probe"]["httpGet"]["path"] for name in probes]

    assert paths == ["/health/liveliness", "/health/liveliness", "/health/readiness"]
    assert found["args"][-1] == str(PORT)


def test_what_it_reserves_is_what_it_may_take():
    resources = plain(container(router_args(cpu=3, memory="2Gi")))["resources"]

    for amounts in resources.values():
        assert (amounts["cpu"], amounts["memory"]) == ("3", "2Gi")
        assert "ephemeral-storage" in amounts


def test_its_image_can_be_pinned_by_digest():
    args = router_args()
    digest = f"sha256:{'a' * 64}"
    settings = args.context.settings.model_copy(update={"digests": {args.settings.image: digest}})
    context = replace(args.context, settings=settings)
    pinned = type(args)(context=context, settings=args.settings, pools=args.pools)

    assert plain(container(pinned))["image"] == f"{args.settings.image}@{digest}"
