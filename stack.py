"""Which components make one stack, in reading order."""

from collections.abc import Iterator

from components import charts
from components.addons.anythingllm import anythingllm
from components.addons.chat import chat
from components.addons.mlflow import mlflow
from components.addons.monitoring import monitoring
from components.addons.router import router
from components.addons.served import served
from components.engine.declaration import Declaration, applied
from components.keys import api_key
from components.network import exposure, policies
from components.parts.context import Context
from components.parts.part import Part
from components.pool.pool import Pool
from components.quota.quota import limited
from components.server import local_ai, pool_components, verification
from settings.router import ROUTER_NAME


def stack_parts(context: Context, pools: tuple[Pool, ...]) -> tuple[Part, ...]:
    """Return every part of a stack, as its delivery mode wants them."""
    return applied(declarations(context, pools), context.settings)


def declarations(context: Context, pools: tuple[Pool, ...]) -> Iterator[Declaration]:
    """Yield every component of a stack; one that waits for others comes after them."""
    yield from limited(context, components(context, pools))


def components(context: Context, pools: tuple[Pool, ...]) -> Iterator[Declaration]:
    """Yield the components that a stack file names."""
    services = {pool.component: local_ai.service(pool) for pool in pools}
    yield from api_key.components(context)
    yield from policies.components(context)
    yield from pool_components.components(pools)
    yield from router.components(context, pools)
    yield from mlflow.components(context)
    yield from served.components(context)
    yield from anythingllm.components(context, pools, router.addresses(context).get(ROUTER_NAME))
    yield from exposure.components(context, {**services, **router.services(context)})
    yield from chat.components(context, pools, addresses(context, pools))
    yield from monitoring.components(
        context, pools, router.scraped(context), served.scraped(context), chat.scraped(context)
    )
    yield from charts.components(context)
    serving = [*pool_components.serving(pools), *router.services(context)]
    yield from verification.components(context, pools, serving)


def addresses(context: Context, pools: tuple[Pool, ...]) -> dict[str, str]:
    """Return where a stack answers inside its cluster: each pool, and its router."""
    return {pool.name: local_ai.address(pool) for pool in pools} | router.addresses(context)


def outside(context: Context) -> str | None:
    """Return the URL that clients outside the cluster call, where a stack says it."""
    return exposure.outside(context)
