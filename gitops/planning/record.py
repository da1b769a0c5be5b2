"""Turns a stack's declarations into its rendering."""

from collections.abc import Iterable

from lightkube.models.core_v1 import SecretKeySelector

from components import api_key
from components.context import Context
from components.declaration import urns
from components.entry import entry
from components.gpus import device_class
from components.part import Manifest, Part
from components.pool import Pool
from components.rolling import starting
from gitops.planning.growth_record import price, scaling_record, share_record
from gitops.planning.rendering import (
    VERSION,
    FileRecord,
    FitRecord,
    KeyRecord,
    ModelRecord,
    PartRecord,
    PoolRecord,
    Rendering,
)
from models.definition import Definition
from settings.config import PROJECT
from stack import stack_parts


def rendering(context: Context, pools: tuple[Pool, ...]) -> Rendering:
    """Return the rendering of one stack."""
    settings = context.settings
    return Rendering(
        version=VERSION,
        stack=context.stack,
        namespace=settings.namespace,
        cluster=settings.cluster,
        delivery=settings.delivery.value,
        server=context.server.version,
        adopt=settings.claims.adopt,
        abandon=settings.claims.abandon,
        pools=tuple(_pool(pool) for pool in pools),
        parts=tuple(_parts(context.stack, stack_parts(context, pools))),
        keys=_keys(context),
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
            file=_file(part.manifest) if part.manifest and not secret else None,
            object=dict(part.manifest) if part.manifest else None,
        )


def _file(manifest: Manifest) -> str:
    # Two namespaces could hold one name; the stack's own is the rule and stays out of the name.
    metadata = manifest["metadata"]
    return f"{manifest['kind'].lower()}-{metadata['name']}.yaml"
