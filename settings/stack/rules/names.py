"""What pools, the router and the exposure of a stack may not be called, or call."""

from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_network

from documents.problem import KeyPath, Problem
from documents.rule import Rule
from fetch.weight_set import acceptable
from settings.anythingllm import ANYTHINGLLM_NAME
from settings.exposure import ExposureKind
from settings.mlflow import DATABASE_NAME, MLFLOW_NAME
from settings.router import ROUTER_NAME, RouterSettings
from settings.stack.delivery import ENGINE_NAME, Delivery
from settings.stack.stack import StackSettings

# The name in the objects of a load balancer.
_BALANCED = "exposure"


def _addresses_twice(stack: StackSettings) -> Iterator[Problem]:
    owners = {f"localai-{name}": name for name in stack.pools}
    for name, pool in stack.pools.items():
        for address in pool.addresses:
            if address in owners:
                yield Problem(
                    path=("pools", name, "addresses", address),
                    cause=f"pool {name} answers at {address}, the Service of pool "
                    f"{owners[address]}",
                )
            owners.setdefault(address, name)


def _one_registry_for_two(stack: StackSettings) -> Iterator[Problem]:
    owners: dict[tuple[str, str], str] = {}
    for name, pool in stack.pools.items():
        if pool.distributed is None:
            continue
        url = pool.distributed.database.url
        owner = owners.setdefault((url.secret, url.key), name)
        if owner != name:
            yield Problem(
                path=("pools", name, "distributed", "database", "url"),
                cause=f"pools {owner} and {name} share a registry of workers in {url.secret}",
            )


def _pools_named_like(stack: StackSettings, name: str) -> Iterator[KeyPath]:
    """Yield the keys that give a pool, or an address of one, the name of another object."""
    if name in stack.pools:
        yield ("pools", name)
    for pool, settings in stack.pools.items():
        if f"localai-{name}" in settings.addresses:
            yield ("pools", pool, "addresses", f"localai-{name}")


def _named_like_the_router(stack: StackSettings) -> Iterator[Problem]:
    for path in _pools_named_like(stack, ROUTER_NAME) if stack.router else ():
        if path[-1] == ROUTER_NAME:
            yield Problem(
                path=path,
                cause=f"has a router and a pool named {ROUTER_NAME}, whose objects would share "
                "their names",
            )
        else:
            yield Problem(
                path=path,
                cause=f"has a router and gives a pool its address, localai-{ROUTER_NAME}",
                cure="rename the address",
            )


def _named_like_the_registry(stack: StackSettings) -> Iterator[Problem]:
    for name in (MLFLOW_NAME, DATABASE_NAME) if stack.mlflow else ():
        for path in _pools_named_like(stack, name):
            cause = f"has a registry of models and a pool or address named {name}, one name for two"
            yield Problem(path=path, cause=cause)


def _named_like_the_application(stack: StackSettings) -> Iterator[Problem]:
    for name in (ANYTHINGLLM_NAME, f"{ANYTHINGLLM_NAME}-exposure") if stack.anythingllm else ():
        for path in _pools_named_like(stack, name):
            cause = f"has AnythingLLM and a pool or address named {name}, one name for two"
            yield Problem(path=path, cause=cause)


def _named_like_the_load_balancer(stack: StackSettings) -> Iterator[Problem]:
    if stack.exposure and stack.exposure.kind is ExposureKind.LOAD_BALANCER:
        for path in _pools_named_like(stack, _BALANCED):
            cause = (
                f"has a load balancer and a pool or address named {_BALANCED}, one Service for both"
            )
            yield Problem(path=path, cause=cause)


def _named_like_the_engine(stack: StackSettings) -> Iterator[Problem]:
    if stack.delivery is Delivery.OPERATOR and ENGINE_NAME in stack.pools:
        yield Problem(
            path=("pools", ENGINE_NAME),
            cause=f"has a pool named {ENGINE_NAME}, whose ServiceAccount localai-{ENGINE_NAME} "
            "would be that of the operator's pod",
        )


def _served(stack: StackSettings) -> Iterator[tuple[str, str, str, KeyPath]]:
    """Yield each name that clients may send: its pool, the name, the model, and its key."""
    for pool, settings in stack.pools.items():
        for index, model in enumerate(settings.models):
            yield pool, model, model, ("pools", pool, "models", index)
        for alias, model in settings.aliases.items():
            yield pool, alias, model, ("pools", pool, "aliases", alias)


def _names_of_two_pools(stack: StackSettings) -> Iterator[Problem]:
    owners: dict[str, tuple[str, str]] = {}
    for pool, name, model, path in _served(stack) if stack.router else ():
        other, theirs = owners.setdefault(name, (pool, model))
        if other == pool:
            continue
        if stack.router and not stack.router.load_balance:
            yield Problem(
                path=path,
                cause=f"serves {name} in pool {other} and in pool {pool}, and the router has one "
                "address for both",
            )
        elif theirs != model:
            yield Problem(
                path=path,
                cause=f"means {theirs} by {name} in pool {other}, and {model} in pool {pool}",
                cure="let the alias mean one model, or rename it in one of them",
            )


Named = Iterable[tuple[KeyPath, str]]


def _routes(router: RouterSettings) -> Named:
    return ((("models", name), name) for name in router.models)


def _fallbacks(router: RouterSettings) -> Named:
    for name, others in router.fallbacks.items():
        yield ("fallbacks", name), name
        yield from ((("fallbacks", name, index), other) for index, other in enumerate(others))


def _opened(router: RouterSettings) -> Named:
    for client, key in router.keys.items():
        yield from ((("keys", client, "models", i), name) for i, name in enumerate(key.models))


def _served_by_no_pool(
    named: Callable[[RouterSettings], Named],
) -> Callable[[StackSettings], Iterator[Problem]]:
    """Return the judge of one place in a router's settings that names models."""

    def judge(stack: StackSettings) -> Iterator[Problem]:
        served = {name for _, name, _, _ in _served(stack)}
        for path, name in named(stack.router) if stack.router else ():
            if name not in served:
                place = ".".join(str(step) for step in path[:2] if step != name)
                yield Problem(
                    path=("router", *path),
                    cause=f"names {name} in router.{place}, which no pool serves",
                    cure=f"use one of {', '.join(sorted(served))}",
                )

    return judge


def _mirror_out_of_reach(stack: StackSettings) -> Iterator[Problem]:
    networks = [ip_network(one) for one in stack.network.sources]
    if stack.hub and not acceptable(stack.hub.endpoint, allow_http=False, networks=networks):
        yield Problem(
            cause=f'"{stack.hub.endpoint}" is not public, and of no network in network.sources'
        )


def _served_from_nowhere(stack: StackSettings) -> Iterator[Problem]:
    own = stack.mlflow is not None and stack.mlflow.reader is not None
    for name, model in stack.served_models.items():
        if model.registry is None and not own:
            yield Problem(
                path=("servedModels", name),
                cause=f"serves {model.model or name}, and no registry is named to fetch it from",
            )


NAME_RULES: tuple[Rule[StackSettings], ...] = (
    Rule(
        id="address-has-one-pool",
        key="pools.*.addresses.*",
        sentence="A Service belongs to one pool: clients would reach either, as chance has it.",
        cure="name each Service once",
        judge=_addresses_twice,
    ),
    Rule(
        id="registry-has-one-pool",
        key="pools.*.distributed.database.url",
        sentence="A pool has a registry of workers of its own: another pool with the same one "
        "would send requests to them.",
        cure="give each pool a database of its own",
        judge=_one_registry_for_two,
    ),
    Rule(
        id="mirror-is-in-sources",
        key="hub.endpoint",
        sentence="A mirror whose address is not public is in network.sources: Jobs reach no other.",
        cure="add its network to network.sources, or use its name",
        judge=_mirror_out_of_reach,
    ),
    Rule(
        id="router-has-its-own-name",
        key="pools.*",
        sentence="In a stack with a router, no pool or address has its name.",
        cure="rename the pool",
        judge=_named_like_the_router,
    ),
    Rule(
        id="name-has-one-pool",
        key="pools.*",
        sentence="Behind a router, a name is of one pool, or means one model with "
        "router.loadBalance.",
        cure="rename it in one of them with `aliases`, or set router.loadBalance",
        judge=_names_of_two_pools,
    ),
    Rule(
        id="route-has-a-model",
        key="router.models.*",
        sentence="The router has limits only for names that a pool serves.",
        cure="use a name that a pool serves",
        judge=_served_by_no_pool(_routes),
    ),
    Rule(
        id="fallback-has-a-model",
        key="router.fallbacks.*",
        sentence="The router has fallbacks only among names that a pool serves.",
        cure="use a name that a pool serves",
        judge=_served_by_no_pool(_fallbacks),
    ),
    Rule(
        id="router-key-opens-models",
        key="router.keys.*.models",
        sentence="A key of the router opens only names that a pool serves.",
        cure="use a name that a pool serves",
        judge=_served_by_no_pool(_opened),
    ),
    Rule(
        id="registry-has-its-own-name",
        key="pools.*",
        sentence="In a stack with a registry of models, no pool or address has its name.",
        cure="rename the pool or the address",
        judge=_named_like_the_registry,
    ),
    Rule(
        id="anythingllm-has-its-own-name",
        key="pools.*",
        sentence="In a stack with AnythingLLM, no pool or address has its name.",
        cure="rename the pool or the address",
        judge=_named_like_the_application,
    ),
    Rule(
        id="load-balancer-has-its-own-name",
        key="pools.*",
        sentence="With a load balancer, no pool or address has the name of its Service.",
        cure="rename the pool or the address",
        judge=_named_like_the_load_balancer,
    ),
    Rule(
        id="engine-has-its-own-account",
        key="pools.*",
        sentence="In a stack that the operator applies, no pool has the name of its account.",
        cure="rename the pool",
        judge=_named_like_the_engine,
    ),
    Rule(
        id="served-model-has-a-registry",
        key="servedModels.*",
        sentence="A served model is fetched from a registry that the stack names.",
        cure="add `registry: {url: http://…, namespace: …}` to it, or `reader` to localai:mlflow",
        judge=_served_from_nowhere,
    ),
)
