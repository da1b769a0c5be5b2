from typing import Any

import pytest

from gitops.planning.note import Rank
from gitops.planning.notes.routing import routing_notes
from gitops.planning.plan import StackPlan, stack_plan
from tests.gitops.stacks import Config, changed, in_pool, rendered, said, stack_file

ADDRESS = "http://localai-router.localai-dev.svc:4000/v1"
GATEWAY = {"kind": "gateway", "host": "ai.example.com", "gateway": {"name": "g", "namespace": "n"}}
LOAD_BALANCER = {"kind": "loadBalancer", "networks": ["203.0.113.0/24"], "plaintext": True}
INGRESS = {
    "kind": "ingress",
    "host": "ai.example.com",
    "path": "/ai",
    "ingressClass": "nginx",
    "from": ["n"],
    "tls": {"secret": "s"},
}

KEY = {"secret": "keys", "key": "web"}
DIGITS = {
    "version": 1,
    "semver": "1.0.0",
    "digest": f"sha256:{'a' * 64}",
    "size": 1000,
    "image": "registry.example.com/predict:1.0.0",
    "registry": {"url": "http://mlflow.ml.svc:5000", "namespace": "ml"},
}


def with_router(**fields: Any) -> Config:
    return {**stack_file(), "router": fields}


def plan(before: Config, after: Config) -> StackPlan:
    return stack_plan(rendered(before), rendered(after))


def notes(before: Config | None, after: Config) -> list[str]:
    return said(routing_notes(rendered(before) if before else None, rendered(after)))


def test_a_stack_without_router_or_exposure_is_told_nothing():
    assert notes(None, stack_file()) == []
    assert notes(stack_file(), stack_file()) == []


def test_a_first_router_is_an_address_and_closes_those_of_pools():
    added, closed = notes(stack_file(), with_router())

    assert added == f"address added: {ADDRESS}, a router for 4 names"
    assert "a client that still calls a pool's own address is refused" in closed


def test_while_clients_move_no_address_closes():
    (added,) = notes(stack_file(), with_router(direct=True))
    assert added.startswith("address added")

    *_, closed = notes(with_router(direct=True), with_router())
    assert "pools answer their router alone" in closed


def test_a_new_stack_has_no_clients_that_could_be_refused():
    (added,) = notes(None, with_router())

    assert added.startswith("address added")


def test_an_address_in_another_namespace_is_a_new_one_and_takes_none_away():
    (added,) = notes({**with_router(), "namespace": "elsewhere"}, with_router())

    assert added == f"address added: {ADDRESS}, a router for 4 names"


def test_a_router_that_goes_is_an_address_that_goes():
    (removed,) = notes(with_router(), stack_file())

    assert removed == f"address removed: {ADDRESS}; clients call the address of each pool"


def test_models_come_and_go_as_routes():
    base = with_router()
    found = said(changed(in_pool("talk", models=["small", "guessed"]), base).notes)

    assert "routes added: guessed" in found
    assert "routes removed: large; requests for them get 400" in found


def test_a_name_that_moves_to_another_pool_is_told():
    after = with_router()
    after["pools"]["find"]["models"] = ["embedder", "small"]
    after["pools"]["talk"].update(models=["large"], aliases={"assistant": "large"})

    assert "route small: now to find, before to talk" in notes(with_router(), after)


@pytest.mark.parametrize(
    ("replicas", "words"),
    [(2, "the router restarts: no downtime"), (1, "the router restarts: short downtime if")],
)
def test_a_restart_says_whether_clients_notice(replicas: int, words: str):
    (found,) = notes(with_router(replicas=replicas), with_router(replicas=replicas, retries=5))

    assert found.startswith(words)


def test_more_pods_restart_none():
    assert notes(with_router(replicas=2), with_router(replicas=3)) == []


@pytest.mark.parametrize(
    ("exposure", "where"),
    [
        (GATEWAY, "https://ai.example.com/v1"),
        (INGRESS, "https://ai.example.com/ai/v1"),
        (LOAD_BALANCER, "a load balancer, for 203.0.113.0/24"),
    ],
)
def test_what_becomes_public_is_said(exposure: dict[str, Any], where: str):
    public = {**with_router(), "exposure": exposure}

    assert notes(with_router(), public) == [f"exposure: becomes public at {where}"]
    assert notes(public, with_router()) == [f"exposure: no longer public at {where}"]


def test_another_public_address_is_said():
    before, after = ({**with_router(), "exposure": one} for one in (GATEWAY, INGRESS))
    (found,) = notes(before, after)

    assert found == (
        "exposure: public at https://ai.example.com/ai/v1, before at https://ai.example.com/v1"
    )


CHAT = {**GATEWAY, "host": "chat.example.com"}
PAGE = {
    "image": "registry.example.com/chat:1",
    "client": "web",
    "login": {"secret": "chat"},
}


def test_a_chat_that_becomes_public_is_told():
    shut = {**with_router(keys={"web": KEY}), "chat": PAGE}
    public = {**shut, "chat": {**PAGE, "exposure": CHAT}}
    both = {**public, "exposure": GATEWAY}

    said_of_it = "exposure (chat): becomes public at https://chat.example.com/"
    assert notes(shut, public) == [said_of_it]
    assert {*notes(shut, both)} == {
        said_of_it, "exposure: becomes public at https://ai.example.com/v1",
    }  # fmt: skip
    assert notes(both, both) == []
    assert plan(shut, public).notes[0].kind.rank is Rank.EXPOSURE


def test_a_served_model_that_becomes_public_is_told():
    shut = {**stack_file(), "monitoring": {}, "servedModels": {"digits": DIGITS}}
    rollout = {"prometheus": "http://p:9090", "traffic": {"host": "digits.example.com"}}
    public = {**shut, "servedModels": {"digits": {**DIGITS, "rollout": rollout}}}

    assert notes(shut, public) == [
        "exposure (served-digits): becomes public at http://digits.example.com/"
    ]


def test_the_plan_says_so():
    assert f"address added: {ADDRESS}, a router for 4 names" in said(
        plan(stack_file(), with_router()).notes
    )


def test_a_router_restarts_no_server():
    found = plan(with_router(), with_router(retries=5))

    assert not [model for model in found.models if model.restart or model.downtime]
