"""What a stack may not say about what people reach: its exposure, and its chat."""

from collections.abc import Iterator

from documents.problem import KeyPath, Problem, key
from documents.rule import Rule
from settings.exposure import ExposureKind, ExposureSettings
from settings.stack.stack import StackSettings


def addresses(stack: StackSettings) -> Iterator[tuple[KeyPath, str]]:
    """Yield each host and path at which a stack is reached from outside, with the host's key."""
    said: dict[KeyPath, ExposureSettings | None] = {
        ("exposure",): stack.exposure,
        ("chat", "exposure"): stack.chat.exposure if stack.chat else None,
        ("anythingllm", "exposure"): stack.anythingllm.exposure if stack.anythingllm else None,
    }
    for path, exposure in said.items():
        if exposure and exposure.host:
            yield (*path, "host"), f"{exposure.host}{exposure.path}"
    for name, model in stack.served_models.items():
        if model.rollout and model.rollout.traffic:
            path = ("servedModels", name, "rollout", "traffic", "host")
            yield path, f"{model.rollout.traffic.host}/"


def _two_entrances(stack: StackSettings) -> Iterator[Problem]:
    owners: dict[str, KeyPath] = {}
    for path, address in addresses(stack):
        if address in owners:
            yield Problem(path=path, cause=f"is also the address of {key(owners[address])}")
        owners.setdefault(address, path)


def _two_targets(stack: StackSettings) -> Iterator[Problem]:
    if stack.exposure and stack.exposure.pool and stack.router:
        yield Problem(cause=f"exposes pool {stack.exposure.pool} beside its router")


def _no_target(stack: StackSettings) -> Iterator[Problem]:
    exposure = stack.exposure
    if exposure is None or exposure.kind is ExposureKind.CLUSTER or stack.router:
        return
    if exposure.pool is None:
        pools = ", ".join(stack.pools)
        has = f"{len(stack.pools)} addresses, one a pool" if len(stack.pools) > 1 else "no router"
        yield Problem(cause=f"exposes itself but has {has}: {pools}")


def _unknown_target(stack: StackSettings) -> Iterator[Problem]:
    exposure = stack.exposure
    if exposure and exposure.pool and not stack.router and exposure.pool not in stack.pools:
        yield Problem(
            cause=f"exposes pool {exposure.pool}, which it does not have",
            cure=f"use one of {', '.join(stack.pools)}",
        )


def _chat_asks_nobody(stack: StackSettings) -> Iterator[Problem]:
    chat = stack.chat
    if chat is None:
        return
    if stack.router and (chat.pool or chat.client not in stack.router.keys):
        known = ", ".join(stack.router.keys)
        yield Problem(
            cause=f"has a router, and a chat that asks pool {chat.pool} past it"
            if chat.pool
            else f"has a chat of the client {chat.client}, which is not among router.keys"
            if chat.client
            else "has a router, and a chat that is no client of it",
            cure=f"use `client` with one of {known}" if known else "add a key of it to router.keys",
        )
    if stack.router is None and (chat.client or chat.pool not in stack.pools):
        yield Problem(
            cause=f"has a chat of the client {chat.client}, and no router"
            if chat.client
            else "has no router, and a chat that asks none of its pools",
            cure=f"use `pool` with one of {', '.join(stack.pools)}",
        )


EXPOSURE_RULES: tuple[Rule[StackSettings], ...] = (
    Rule(
        id="address-has-one-entrance",
        key="exposure.host",
        sentence="A host and path is the address of one thing in a stack.",
        cure="give each a host of its own",
        judge=_two_entrances,
    ),
    Rule(
        id="router-is-what-is-exposed",
        key="exposure.pool",
        sentence="A stack with a router exposes the router.",
        cure="delete exposure.pool",
        judge=_two_targets,
    ),
    Rule(
        id="exposure-has-one-target",
        key="exposure",
        sentence="A stack without a router says which pool it exposes.",
        cure="add `localai:router: {}`",
        judge=_no_target,
    ),
    Rule(
        id="exposed-pool-exists",
        key="exposure.pool",
        sentence="The exposed pool is a pool of the stack.",
        cure="use a pool of the stack",
        judge=_unknown_target,
    ),
    Rule(
        id="chat-has-models",
        key="chat",
        sentence="A chat asks a pool, or the router with the key of one of its clients.",
        cure="add `pool`, or `client` in a stack with a router",
        judge=_chat_asks_nobody,
    ),
)
