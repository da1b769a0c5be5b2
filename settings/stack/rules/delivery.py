"""What a stack may not say about who applies it, and what its namespace may take."""

from collections.abc import Iterator

from documents.problem import Problem
from documents.rule import Rule
from settings.keys import GENERATED
from settings.stack.delivery import Delivery
from settings.stack.stack import StackSettings


def _generated_key_in_files(stack: StackSettings) -> Iterator[Problem]:
    key = stack.api_key
    sources = (key, key.also) if key else (GENERATED,)
    generated = any(source is not None and source.generated is not None for source in sources)
    if stack.delivery is Delivery.RENDERED and generated:
        yield Problem(
            cause="delivers rendered manifests but names no apiKey, and no file may hold one"
        )


def _generated_master_key_in_files(stack: StackSettings) -> Iterator[Problem]:
    if stack.delivery is Delivery.RENDERED and stack.router and stack.router.master_key is None:
        yield Problem(
            cause="delivers rendered manifests but names no router.masterKey, and no file may "
            "hold one"
        )


def _generated_application_keys_in_files(stack: StackSettings) -> Iterator[Problem]:
    if stack.delivery is Delivery.RENDERED and stack.anythingllm and not stack.anythingllm.keys:
        yield Problem(
            cause="delivers rendered manifests but names no anythingllm.keys, and no file may "
            "hold one"
        )


def _adopted_from_files(stack: StackSettings) -> Iterator[Problem]:
    if stack.delivery is Delivery.RENDERED and stack.claims.adopt:
        yield Problem(cause="sets claims.adopt, which only the operator can do")


def _workers_of_one_server(stack: StackSettings) -> Iterator[Problem]:
    spread = [name for name, pool in stack.pools.items() if pool.distributed]
    if stack.delivery is Delivery.COMPOSE and spread:
        yield Problem(
            path=("pools", spread[0], "distributed"),
            cause="spreads a pool, but there is one server",
        )


def _charts_without_room(stack: StackSettings) -> Iterator[Problem]:
    quota = stack.quota
    if quota is None or (quota.extra_cpu and quota.extra_memory):
        return
    guests = [
        name for name, chart in stack.charts.items() if chart.namespace in (None, stack.namespace)
    ]
    if guests:
        yield Problem(
            cause="limits its namespace to what is declared, but chart "
            f"{guests[0]} runs pods there too"
        )


def _claims_without_room(stack: StackSettings) -> Iterator[Problem]:
    if stack.quota and stack.unsized_claims and not stack.quota.extra_storage:
        yield Problem(
            cause="limits storage to what is declared, but does not know the size of claim "
            f"{stack.unsized_claims[0]}"
        )


DELIVERY_RULES: tuple[Rule[StackSettings], ...] = (
    Rule(
        id="rendered-stack-names-its-api-key",
        key="delivery",
        sentence="A stack that Argo CD applies names its API key: a generated one would be "
        "written to a file.",
        cure="add `localai:apiKey: {secret: …, key: …}`, or `external`",
        judge=_generated_key_in_files,
    ),
    Rule(
        id="rendered-stack-names-its-master-key",
        key="router.masterKey",
        sentence="A stack that Argo CD applies names the master key of its router.",
        cure="add `masterKey: {secret: …, key: …}` to localai:router",
        judge=_generated_master_key_in_files,
    ),
    Rule(
        id="rendered-stack-names-its-application-keys",
        key="anythingllm.keys",
        sentence="A stack that Argo CD applies names the keys of AnythingLLM.",
        cure="add `keys: {secret: …}` to localai:anythingllm",
        judge=_generated_application_keys_in_files,
    ),
    Rule(
        id="rendered-stack-adopts-nothing",
        key="claims.adopt",
        sentence="Only the operator takes over objects that exist already.",
        cure="delete `adopt`",
        judge=_adopted_from_files,
    ),
    Rule(
        id="compose-stack-has-one-server",
        key="delivery",
        sentence="A stack on one server spreads no pool over several.",
        cure="delete `distributed`, or deliver it to a cluster",
        judge=_workers_of_one_server,
    ),
    Rule(
        id="quota-has-room-for-charts",
        key="quota",
        sentence="A computed quota has room for the pods of charts, whose size is not declared.",
        cure="add quota.extraCpu and quota.extraMemory, or give the chart a `namespace`",
        judge=_charts_without_room,
    ),
    Rule(
        id="quota-has-room-for-claims",
        key="quota",
        sentence="A computed quota has room for claims whose size is not declared.",
        cure="add quota.extraStorage",
        judge=_claims_without_room,
    ),
)
