"""Which components make one stack, in reading order."""

from collections.abc import Iterator

from components.addons.monitoring.model_check import ModelCheck, ModelCheckArgs
from components.addons.monitoring.monitoring import Monitoring, MonitoringArgs
from components.addons.monitoring.monitors import Target
from components.addons.monitoring.pool_monitoring import PoolMonitoring, PoolMonitoringArgs
from components.addons.router.args import RouterArgs
from components.addons.router.keys import MasterKey, MasterKeyArgs, master_key
from components.addons.router.router import Router
from components.addons.router.router import address as router_address
from components.addons.router.router import service as router_service
from components.charts import ApplicationArgs, ChartApplication
from components.engine.declaration import Declaration, parts_of
from components.engine.provider import provider_part
from components.keys.api_key import ApiKey, ApiKeyArgs, ours
from components.network import router_metrics
from components.network.exposure import Exposure, ExposureArgs
from components.network.exposure import address as exposure_address
from components.network.policies import NetworkPolicies, NetworkPoliciesArgs
from components.network.routing import ROUTER_PODS
from components.parts.context import Context
from components.parts.delivery import delivered
from components.parts.labels import common
from components.parts.part import Part
from components.pool.identity import Identity, IdentityArgs
from components.pool.pool import Pool
from components.quota.quota import limited
from components.server.addresses import Addresses, AddressesArgs, component_name
from components.server.engines import Engines, EnginesArgs
from components.server.local_ai import LocalAI, LocalAIArgs, address, service
from components.server.model_list import ModelConfig, ModelConfigArgs
from components.server.scaling import Scaling, ScalingArgs
from components.server.workers import Workers, WorkersArgs
from components.weights.claim import ModelStorage, ModelStorageArgs
from components.weights.weights import Weights, WeightsArgs
from settings.exposure import ExposureKind
from settings.stack.delivery import Delivery
from settings.stack.rules import TAKEN


def stack_parts(context: Context, pools: tuple[Pool, ...]) -> tuple[Part, ...]:
    """Return every part of a stack, as its delivery mode wants them."""
    parts = parts_of(declarations(context, pools))
    delivery = context.settings.delivery
    provider = (provider_part(context.settings),) if delivery is Delivery.OPERATOR else ()
    return (*provider, *delivered(parts, delivery))


def declarations(context: Context, pools: tuple[Pool, ...]) -> Iterator[Declaration]:
    """Yield every component of a stack; one that waits for others comes after them."""
    found = components(context, pools)
    yield from limited(context, found) if context.settings.quota else found


def components(context: Context, pools: tuple[Pool, ...]) -> Iterator[Declaration]:
    """Yield the components that a stack file names."""
    if ours(context):
        yield Declaration(component=ApiKey, name="api-key", args=ApiKeyArgs(context=context))
    network = NetworkPoliciesArgs(context=context)
    yield Declaration(component=NetworkPolicies, name="network", args=network)
    # Who lends a claim comes before who reads it.
    for pool in sorted(pools, key=lambda pool: pool.lender is not None):
        yield from pool_declarations(pool)
    yield from router_declarations(context, pools)
    yield from exposure_declarations(context, pools)
    if context.settings.monitoring:
        yield from monitoring_declarations(context, pools)
    for name, chart in context.settings.charts.items():
        args = ApplicationArgs(context=context, name=name, chart=chart)
        yield Declaration(component=ChartApplication, name=f"chart-{name}", args=args)


def router_declarations(context: Context, pools: tuple[Pool, ...]) -> Iterator[Declaration]:
    """Yield the router of a stack, if it has one, after the servers that it routes to."""
    settings = context.settings.router
    if settings is None:
        return
    keys = ("api-key",) if ours(context) else ()
    if settings.master_key is None:
        key = MasterKeyArgs(context=context)
        yield Declaration(component=MasterKey, name="router-key", args=key)
        keys = (*keys, "router-key")
    args = RouterArgs(context=context, settings=settings, pools=pools)
    waits = (*(f"pool-{pool.name}" for pool in pools), *keys)
    yield Declaration(component=Router, name="router", args=args, depends_on=waits)


def exposure_declarations(context: Context, pools: tuple[Pool, ...]) -> Iterator[Declaration]:
    """Yield how the router is reached from outside, or in its place the pool that is."""
    settings = context.settings.exposure
    if settings is None or settings.kind is ExposureKind.CLUSTER:
        return
    pool = next((pool for pool in pools if pool.name == settings.pool), None)
    target = service(pool) if pool else router_service(context)
    args = ExposureArgs(context=context, settings=settings, target=target)
    name = f"pool-{pool.name}" if pool else "router"
    yield Declaration(component=Exposure, name="exposure", args=args, depends_on=(name,))


def addresses(context: Context, pools: tuple[Pool, ...]) -> dict[str, str]:
    """Return where a stack answers inside its cluster: each pool, and its router."""
    router = {TAKEN: router_address(context)} if context.settings.router else {}
    return {**{pool.name: address(pool) for pool in pools}, **router}


def outside(context: Context) -> str | None:
    """Return the URL that clients outside the cluster call, where a stack says it."""
    exposure = context.settings.exposure
    return exposure_address(exposure) if exposure else None


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
        depends_on=(weights, engines, models, *_lent(pool), *_api_key(pool)),
    )
    if pool.settings.distributed:
        # They register with front ends, which in turn wait for them: both start at once.
        workers = WorkersArgs(pool=pool, settings=pool.settings.distributed)
        yield Declaration(
            component=Workers, name=f"{name}-workers", args=workers, depends_on=(weights, engines)
        )
    if pool.settings.scaling:
        scaling = ScalingArgs(pool=pool)
        yield Declaration(
            component=Scaling, name=f"{name}-scaling", args=scaling, depends_on=(name,)
        )
    if pool.settings.addresses:
        yield Declaration(
            component=Addresses,
            name=component_name(pool.name),
            args=AddressesArgs(pool=pool),
            depends_on=(name,),
        )


def _lent(pool: Pool) -> tuple[str, ...]:
    """Return what fills the claim of a pool that reads another's."""
    name = pool.lender.name if pool.lender else None
    return (f"pool-{name}-weights", f"pool-{name}-engines") if name else ()


def _api_key(pool: Pool) -> tuple[str, ...]:
    return ("api-key",) if ours(pool.context) else ()


def monitoring_declarations(context: Context, pools: tuple[Pool, ...]) -> Iterator[Declaration]:
    """Yield what watches a stack, and each of its pools."""
    args = MonitoringArgs(context=context, pools=pools, router=_scraped_router(context))
    yield Declaration(component=Monitoring, name="monitoring", args=args)
    if context.settings.monitoring and context.settings.monitoring.model_check:
        check = ModelCheckArgs(context=context, pools=pools)
        waits = ("api-key",) if ours(context) else ()
        yield Declaration(component=ModelCheck, name="model-check", args=check, depends_on=waits)
    for pool in pools:
        watched = PoolMonitoringArgs(pool=pool)
        yield Declaration(
            component=PoolMonitoring, name=f"pool-{pool.name}-monitoring", args=watched
        )


def _scraped_router(context: Context) -> Target | None:
    """Return how the metrics of a router are read; the two add-ons do not know each other."""
    settings = context.settings.router
    if settings is None:
        return None
    labels = {**common(context), **ROUTER_PODS}
    key = master_key(settings)
    return Target(
        name=f"localai-{TAKEN}", labels=labels, port="http", path=router_metrics.PATH, key=key
    )
