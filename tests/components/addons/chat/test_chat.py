from typing import Any

import pytest

from apps.chat.declared import declared
from components.parts.part import Part
from documents.problem import RefusedError
from settings.config import SettingsError
from stack import stack_parts
from tests.samples import manifests, of_kind, pool_fields, stack

CHAT: dict[str, Any] = {
    "image": "registry.example.com/chat:1.0.0",
    "login": {"secret": "chat-login", "user": "name"},
}
POOLS = {
    "chat": pool_fields(
        models=["qwen3-0.6b", "qwen3-embedding-0.6b"], aliases={"assistant": "qwen3-0.6b"}
    ),
    "other": pool_fields(models=["qwen3-1.7b"]),
}  # fmt: skip
ROUTER = {"keys": {"web": {"secret": "clients", "key": "web"}}}
GATEWAY = {
    "kind": "gateway",
    "host": "chat.example.com",
    "gateway": {"name": "public", "namespace": "gateways"},
}


def parts(**fields: Any) -> tuple[Part, ...]:
    """Return the parts of a chat over a pool, or over a router with the client `web`."""
    routed = fields.pop("routed", False)
    asks = {"client": "web"} if routed else {"pool": "chat"}
    router = {"router": ROUTER} if routed else {}
    found = stack_parts(*stack(POOLS, chat={**CHAT, **asks, **fields}, **router))
    return tuple(part for part in found if part.name.split("-")[0] == "chat")


def container(**fields: Any) -> dict[str, Any]:
    (workload,) = of_kind("Deployment", *parts(**fields))
    (found,) = workload["spec"]["template"]["spec"]["containers"]
    return found


def variables(**fields: Any) -> dict[str, Any]:
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in
            container(**fields)["env"]}  # fmt: skip


def test_a_stack_without_a_chat_has_nothing_of_it():
    assert [part.name for part in stack_parts(*stack()) if part.name.startswith("chat")] == []


def test_a_chat_is_these_objects_and_its_exposure_two_more():
    kinds = ["ServiceAccount", "NetworkPolicy", "Deployment", "Service", "PodDisruptionBudget"]

    assert [one["kind"] for one in manifests(parts())] == kinds
    exposed = manifests(parts(exposure=GATEWAY))
    assert [one["kind"] for one in exposed] == [*kinds, "NetworkPolicy", "HTTPRoute"]
    policy, route = exposed[-2:]
    assert route["spec"]["hostnames"] == ["chat.example.com"]
    (backend,) = route["spec"]["rules"][0]["backendRefs"]
    assert (backend["name"], backend["port"]) == ("chat", 7860)
    assert policy["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "chat"


def test_a_router_and_its_chat_are_exposed_next_to_each_other():
    both = stack(POOLS, router=ROUTER, exposure={**GATEWAY, "host": "ai.example.com"},
                 chat={**CHAT, "client": "web", "exposure": GATEWAY})  # fmt: skip
    routes = of_kind("HTTPRoute", *stack_parts(*both))

    assert {one["metadata"]["name"]: one["spec"]["hostnames"][0] for one in routes} == {
        "localai-exposure": "ai.example.com", "localai-chat-exposure": "chat.example.com",
    }  # fmt: skip


def test_it_asks_a_pool_with_the_key_of_the_servers_and_offers_what_one_can_talk_to():
    told = variables()

    assert told["CHAT_ADDRESS"] == "http://localai-chat.localai-test.svc:8080/v1"
    assert told["CHAT_MODELS"] == "assistant qwen3-0.6b"
    assert told["CHAT_KEY"]["secretKeyRef"]["name"] == "localai-api-key"
    assert told["CHAT_USER"] == {"secretKeyRef": {"name": "chat-login", "key": "name"}}


def test_it_asks_a_router_with_the_key_of_its_own_client_about_every_pool():
    told = variables(routed=True)

    assert told["CHAT_ADDRESS"] == "http://localai-router.localai-test.svc:4000/v1"
    assert told["CHAT_MODELS"] == "assistant qwen3-0.6b qwen3-1.7b"
    assert told["CHAT_KEY"] == {"secretKeyRef": {"name": "clients", "key": "web"}}
    assert told["CHAT_WAIT_SECONDS"] == "120"


def test_the_application_understands_what_its_pod_is_told():
    plain = {name: value if isinstance(value, str) else "secret"
             for name, value in variables(title="Ours", answers=7).items()}  # fmt: skip

    found = declared(plain)

    assert (found.title, found.answers, found.port) == ("Ours", 7, 7860)
    assert found.models == ("assistant", "qwen3-0.6b")
    assert found.answer_seconds == 120


@pytest.mark.parametrize("routed", [True, False])
def test_it_calls_name_servers_and_what_it_asks_alone(routed: bool):
    policy = of_kind("NetworkPolicy", *parts(routed=routed))[0]["spec"]

    assert policy["policyTypes"] == ["Ingress", "Egress"]
    _, models = policy["egress"]
    labels = models["to"][0]["podSelector"]["matchLabels"]
    assert labels["app.kubernetes.io/component"] == ("router" if routed else "server")
    assert models["ports"] == [{"port": 4000 if routed else 8080, "protocol": "TCP"}]


def test_its_pod_has_no_right_and_writes_nowhere_but_to_tmp():
    (workload,) = of_kind("Deployment", *parts())
    pod = workload["spec"]["template"]["spec"]

    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    security = pod["containers"][0]["securityContext"]
    assert security["readOnlyRootFilesystem"] is True
    assert [one["mountPath"] for one in pod["containers"][0]["volumeMounts"]] == ["/tmp"]  # noqa: S108


def test_what_asks_for_no_login_is_on_a_port_that_no_service_leads_to():
    (workload,) = of_kind("Deployment", *parts())
    (service,) = of_kind("Service", *parts())
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    probed = {container[f"{one}Probe"]["httpGet"]["port"] for one in
              ("startup", "readiness", "liveness")}  # fmt: skip

    assert probed == {"inside"}
    assert [one["port"] for one in service["spec"]["ports"]] == [7860]


def test_its_metrics_are_read_where_a_stack_is_monitored():
    found = stack_parts(*stack(POOLS, chat={**CHAT, "pool": "chat"},
                               monitoring={"namespace": "monitoring"}))  # fmt: skip

    assert "monitoring-chat-monitor" in [part.name for part in found]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"client": "web"}, "no router"),
        ({"pool": "stranger"}, "asks none of its pools"),
        ({"router": {}, "pool": "chat"}, "past it"),
        ({"router": {}}, "add a key of it to router.keys"),
        ({"router": ROUTER, "client": "stranger"}, "not among router.keys"),
    ],
)
def test_a_chat_that_asks_nobody_is_refused(fields: dict[str, Any], said: str):
    router = {"router": fields.pop("router")} if "router" in fields else {}
    with pytest.raises((RefusedError, SettingsError)) as told:
        stack(POOLS, chat={**CHAT, **fields}, **router)
    assert said in str(told.value)
