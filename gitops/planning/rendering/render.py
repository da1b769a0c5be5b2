"""Turns a stack's declarations into its rendering."""

from collections.abc import Iterable
from math import ceil

from lightkube.models.core_v1 import SecretKeySelector

from components.addons.served.pod import STARTING_SECONDS
from components.engine.declaration import urns
from components.keys import api_key
from components.parts.context import Context
from components.parts.part import Manifest, Part
from components.pool import durations
from components.pool.gpus import device_class
from components.pool.pool import Pool
from components.server.engines import installed
from components.server.model_list import entry, preloaded_bytes
from components.server.rolling import starting
from gitops.planning.rendering.rendering import (
    VERSION,
    FileRecord,
    FitRecord,
    KeyRecord,
    ModelRecord,
    PartRecord,
    PoolRecord,
    Rendering,
    ScalingRecord,
    ShareRecord,
)
from gitops.planning.rendering.served_record import ServedRecord
from models.definition import Definition
from settings.config import PROJECT
from settings.pool.scaling import ScalingSettings
from settings.served import ServedModel
from stack import stack_parts


def scaling_record(pool: Pool) -> ScalingRecord | None:
    """Return what the autoscaler of a pool may do, or None where its pods are fixed."""
    scaling = pool.settings.scaling
    if scaling is None:
        return None
    growth = pool.context.settings.scaling
    return ScalingRecord(
        least=scaling.min,
        most=scaling.max,
        target=target(scaling),
        warm_up=scaling.warm_up_seconds,
        startup=durations.startup(preloaded_bytes(pool)),
        gpus=_whole_gpus(pool),
        declared=growth.gpus.get(pool.profile.name) if growth and pool.profile else None,
        least_price=price(pool, scaling.min),
    )


def share_record(pool: Pool) -> ShareRecord | None:
    """Return how a pool's GPUs are shared, or None where they are not."""
    share = pool.settings.gpu_share
    return ShareRecord(kind=share.kind.value, of=share.of) if share else None


def price(pool: Pool, pods: int) -> str | None:
    """Return the list price per hour of the GPUs of so many pods as text, if it is known."""
    found = pool.price(pods)
    return None if found is None else str(found)


def target(scaling: ScalingSettings) -> str:
    """Return in words what an autoscaler keeps its pods at."""
    if scaling.metric:
        return f"metric {scaling.metric.name} ({scaling.metric.value} a pod)"
    if scaling.requests:
        return f"requests in service ({scaling.requests} a pod)"
    if scaling.per_minute:
        return f"requests a minute ({scaling.per_minute} a pod)"
    return f"CPU ({scaling.cpu} % of a pod)"


def _whole_gpus(pool: Pool) -> int:
    share = pool.settings.gpu_share
    return ceil(pool.settings.most * pool.gpus / (share.of if share else 1))


def rendering(context: Context, pools: tuple[Pool, ...]) -> Rendering:
    settings = context.settings
    return Rendering(
        version=VERSION,
        stack=context.stack,
        namespace=settings.namespace,
        cluster=settings.cluster.name,
        cluster_uid=settings.cluster.uid,
        delivery=settings.delivery.value,
        server=context.server.version,
        adopt=settings.claims.adopt,
        abandon=settings.claims.abandon,
        pools=tuple(_pool(pool) for pool in pools),
        parts=tuple(_parts(context.stack, stack_parts(context, pools))),
        keys=_keys(context),
        served=tuple(_served(name, one) for name, one in settings.served_models.items()),
    )


def _served(name: str, model: ServedModel) -> ServedRecord:
    return ServedRecord(
        name=name,
        uri=f"models:/{model.model or name}/{model.version}",
        semver=model.semver,
        digest=model.digest,
        size=model.size,
        metrics=dict(model.metrics),
        least=model.replicas.min,
        most=model.replicas.max,
        starting=STARTING_SECONDS,
    )


def _keys(context: Context) -> KeyRecord:
    return KeyRecord(
        callers=_key_name(api_key.caller(context)),
        accepted=tuple(_key_name(api_key.selector(one)) for one in api_key.accepted(context)),
        revoke=api_key.declared(context).revoke,
    )


def _key_name(key: SecretKeySelector) -> str:
    return f"{key.name}/{key.key}"


def _pool(pool: Pool) -> PoolRecord:
    fit = pool.fit
    return PoolRecord(
        name=pool.name,
        claim=pool.claim,
        deployment=pool.object_name,
        replicas=pool.settings.largest,
        surge=pool.settings.surge,
        gpu=pool.profile.name if pool.profile else None,
        gpus=pool.gpus,
        price=price(pool, pool.settings.computing),
        fit=FitRecord(
            verdict=fit.verdict.value,
            needed=fit.needed,
            available=fit.available,
            exact=fit.exact,
        ),
        models=tuple(_model(model, pool) for model in pool.models),
        aliases=dict(pool.settings.aliases),
        scaling=scaling_record(pool),
        shared=share_record(pool),
        split=pool.settings.tensor_split or (),
        device_class=device_class(pool),
        starting=starting(pool),
        engines=dict(installed(pool)),
    )


def _model(model: Definition, pool: Pool) -> ModelRecord:
    files = tuple(
        FileRecord(path=file.path, sha256=file.sha256, bytes=file.size.bytes, exact=file.size.exact)
        for file in model.files
        if file.image is None
    )
    return ModelRecord(
        name=model.name,
        kind=model.kind.value,
        license=model.license,
        files=files,
        entry=entry(model, pool),
        images=tuple(sorted({file.image for file in model.files if file.image})),
    )


def _parts(stack: str, parts: tuple[Part, ...]) -> Iterable[PartRecord]:
    names = urns(parts, project=PROJECT, stack=stack)
    for part in parts:
        secret = part.options.secret is not None
        yield PartRecord(
            urn=names[part.name],
            name=part.name,
            token=part.token,
            parent=names[part.parent] if part.parent else None,
            depends_on=tuple(names[name] for name in part.depends_on),
            retain=part.options.retain,
            timeout=part.options.timeout,
            aliases=part.options.aliases,
            inputs=dict(part.inputs),
            file=file_name(part.manifest) if part.manifest and not secret else None,
            object=dict(part.manifest) if part.manifest else None,
        )


def file_name(manifest: Manifest) -> str:
    """Return the name of an object's file."""
    # Two namespaces could hold one name; the stack's own is the rule and stays out of the name.
    metadata = manifest["metadata"]
    return f"{manifest['kind'].lower()}-{metadata['name']}.yaml"
