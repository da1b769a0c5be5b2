"""Which components make one stack, in reading order."""

from collections.abc import Iterator

from components.api_key import ApiKey, ApiKeyArgs
from components.application import ApplicationArgs, ChartApplication
from components.context import Context
from components.declaration import Declaration, parts_of
from components.delivery import delivered
from components.engines import Engines, EnginesArgs
from components.identity import Identity, IdentityArgs
from components.local_ai import LocalAI, LocalAIArgs
from components.model_config import ModelConfig, ModelConfigArgs
from components.network_policy import NetworkPolicies, NetworkPoliciesArgs
from components.part import Part
from components.pool import Pool
from components.provider import provider_part
from components.storage import ModelStorage, ModelStorageArgs
from components.weights import Weights, WeightsArgs
from settings.delivery import Delivery


def stack_parts(context: Context, pools: tuple[Pool, ...]) -> tuple[Part, ...]:
    """Return every part of a stack, as its delivery mode wants them."""
    parts = parts_of(declarations(context, pools))
    delivery = context.settings.delivery
    provider = (provider_part(context.settings),) if delivery is Delivery.OPERATOR else ()
    return (*provider, *delivered(parts, delivery))


def declarations(context: Context, pools: tuple[Pool, ...]) -> Iterator[Declaration]:
    """Yield every component of a stack; one that waits for others comes after them."""
    if context.settings.api_key is None:
        yield Declaration(component=ApiKey, name="api-key", args=ApiKeyArgs(context=context))
    network = NetworkPoliciesArgs(context=context)
    yield Declaration(component=NetworkPolicies, name="network", args=network)
    for pool in pools:
        yield from pool_declarations(pool)
    for name, chart in context.settings.charts.items():
        args = ApplicationArgs(context=context, name=name, chart=chart)
        yield Declaration(component=ChartApplication, name=f"chart-{name}", args=args)


def pool_declarations(pool: Pool) -> Iterator[Declaration]:
    """Yield the components of one pool: its files first, then the servers that read them."""
    name = f"pool-{pool.name}"
    identity, storage = f"{name}-identity", f"{name}-storage"
    weights, engines, models = f"{name}-weights", f"{name}-engines", f"{name}-models"
    yield Declaration(component=Identity, name=identity, args=IdentityArgs(pool=pool))
    yield Declaration(component=ModelStorage, name=storage, args=ModelStorageArgs(pool=pool))
    yield Declaration(
        component=Weights, name=weights, args=WeightsArgs(pool=pool), depends_on=(identity, storage)
    )
    yield Declaration(
        component=Engines, name=engines, args=EnginesArgs(pool=pool), depends_on=(identity, storage)
    )
    yield Declaration(component=ModelConfig, name=models, args=ModelConfigArgs(pool=pool))
    yield Declaration(
        component=LocalAI,
        name=name,
        args=LocalAIArgs(pool=pool),
        depends_on=(weights, engines, models, *_api_key(pool)),
    )


def _api_key(pool: Pool) -> tuple[str, ...]:
    return () if pool.context.settings.api_key else ("api-key",)
