"""What two stacks on one cluster may not both take, found offline whichever is asked about."""

import itertools
from typing import Any

import pytest

from documents.problem import KeyPath, RefusedError
from documents.rule import broken
from gitops.planning.checkout import declared
from gitops.planning.neighbors import NEIGHBOR_RULES, Neighbors
from settings.config import SettingsError
from settings.stack.stack import StackSettings
from tests.gitops.checkouts import Checkout
from tests.samples import settings

CHART = {"repository": "https://charts.test/a", "chart": "qdrant", "version": "1.15.5"}
QDRANT = """
  localai:charts:
    {name}:
      repository: https://charts.test/a
      chart: qdrant
      version: 1.15.5
"""


def twin(checkout: Checkout, *edits: tuple[str, str]) -> str:
    """Write a second stack like dev with some differences; return its text."""
    text = (checkout.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    checkout.write("Pulumi.twin.yaml", text)
    return text


def refusal(checkout: Checkout, *stacks: str) -> str:
    with pytest.raises(RefusedError) as refused:
        declared(checkout.folder, stacks)
    return str(refused.value)


@pytest.mark.parametrize("asked", [("dev", "twin"), ("twin",), ()])
def test_two_stacks_of_one_namespace_are_refused_at_the_line(
    checkout: Checkout, asked: tuple[str, ...]
):
    twin(checkout)
    assert refusal(checkout, *asked) == (
        "Pulumi.twin.yaml:3: config.localai:namespace: is the namespace of stack dev too, "
        "on the same cluster; give each stack its own"
    )


def test_it_is_found_when_only_one_of_them_is_asked_about(checkout: Checkout):
    twin(checkout)
    assert "Pulumi.dev.yaml:3: config.localai:namespace: is the namespace of stack twin" in refusal(
        checkout, "dev"
    )


def test_one_namespace_on_two_clusters_is_no_clash(checkout: Checkout):
    twin(checkout, ("localai:cluster: dev", "localai:cluster: other"))
    assert len(declared(checkout.folder, ["dev", "twin"])) == 2


def test_another_stack_that_is_broken_does_not_hide_this_one(checkout: Checkout):
    checkout.write("Pulumi.twin.yaml", "config: [")
    assert len(declared(checkout.folder, ["dev"])) == 1


def test_two_charts_of_one_application_are_refused(checkout: Checkout):
    text = (checkout.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    checkout.write("Pulumi.dev.yaml", text.rstrip() + QDRANT.format(name="one-qdrant"))
    twin(checkout, ("localai-dev", "localai-dev-one"), ("one-qdrant:", "qdrant:"))
    assert "is the Application in namespace argocd of stack dev too" in refusal(checkout, "twin")
    assert "config.localai:charts.qdrant" in refusal(checkout, "twin")


def test_names_for_the_whole_cluster_differ_unless_they_are_refused():
    charts = ["a", "b", "a-b", "b-c"]
    namespaces = ["a", "a-b", "b"]
    stacks = [
        settings(namespace=namespace, charts=dict.fromkeys(charts, CHART))
        for namespace in namespaces
    ]
    for one, other in itertools.combinations(stacks, 2):
        same = {f"{one.namespace}-{chart}" for chart in charts} & {
            f"{other.namespace}-{chart}" for chart in charts
        }
        assert {f"{other.namespace}-{chart}" for _, chart in shared(one, other)} == same


def shared(one: StackSettings, other: StackSettings) -> list[KeyPath]:
    """Return the keys of another stack that give it a name of the first one."""
    stack = Neighbors(settings=other, others={"one": one})
    return [problem.path for problem in broken(NEIGHBOR_RULES, stack)]


def test_an_address_outside_belongs_to_one_stack():
    exposure = {
        "kind": "ingress",
        "host": "ai.example.com",
        "path": "/one",
        "ingressClass": "nginx",
        "plaintext": True,
        "from": ["ingress-nginx"],
    }
    one = settings(namespace="one", router={}, exposure=exposure)
    two = settings(namespace="two", router={}, exposure=exposure)
    far = settings(namespace="two", router={}, exposure=exposure, cluster="far")

    assert shared(one, two) == [("exposure", "host")]
    assert shared(one, far) == []


def at(host: str) -> dict[str, Any]:
    """Return an exposure under a name."""
    return {"kind": "gateway", "host": host, "gateway": {"name": "web", "namespace": "web"}}


def with_a_chat(namespace: str, host: str, **fields: Any) -> StackSettings:
    key = {"secret": "keys", "key": "web"}
    page = {"image": "registry.example.com/chat:1", "client": "web", "login": {"secret": "chat"}}
    chat = {**page, "exposure": at(host)}
    return settings(namespace=namespace, router={"keys": {"web": key}}, chat=chat, **fields)


def test_one_host_leads_to_one_entrance():
    with pytest.raises(SettingsError) as refused:
        with_a_chat("one", "ai.example.com", exposure=at("ai.example.com"))
    assert str(refused.value) == (
        "config.localai:chat.exposure.host: is also the address of exposure.host; give each a "
        "host of its own"
    )
    under = {**at("ai.example.com"), "path": "/models"}
    assert with_a_chat("one", "ai.example.com", exposure=under)

    models = settings(namespace="two", router={}, exposure=at("ai.example.com"))
    chat = with_a_chat("one", "ai.example.com")
    assert shared(models, chat) == [("chat", "exposure", "host")]
    assert shared(chat, models) == [("exposure", "host")]
    assert shared(chat, with_a_chat("two", "chat.example.com")) == []


def test_stacks_of_one_cluster_are_bound_to_one_uid():
    one, other = "11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"

    def paths(name: str, uid: str | None) -> list[KeyPath]:
        known = settings(namespace="other", cluster={"name": "main", "uid": one})
        bound = {"uid": uid} if uid else {}
        stack = settings(cluster={"name": name, **bound})
        found = broken(NEIGHBOR_RULES, Neighbors(settings=stack, others={"known": known}))
        return [problem.path for problem in found]

    assert paths("main", other) == [("cluster", "uid")]
    assert [paths("main", one), paths("main", None), paths("away", other)] == [[], [], []]
