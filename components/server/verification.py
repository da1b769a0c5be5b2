"""Verification: a Job that proves, once the servers run, that a pool serves what is declared.

It runs `proof`, which `localai-gitops verify` judges by as well.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from lightkube.models.batch_v1 import Job
from lightkube.models.core_v1 import ConfigMap, Container, ResourceRequirements, VolumeMount

import fetch
import proof
from components.engine.component import Component
from components.engine.declaration import Declaration, declare
from components.keys import api_key
from components.network.policies import verifying
from components.parts.builders import secret_variable
from components.parts.context import Context
from components.parts.labels import VERIFY_ROLE, content_digest
from components.parts.part import Options, Part, content_part, object_part, plain
from components.pool import durations
from components.pool.containers import container_security, only_logs
from components.pool.pool import Pool
from components.server.engines import folder
from components.server.local_ai import address, deployment
from components.server.model_list import preloaded
from components.weights.job import STORAGE, Work, job
from components.weights.program import (
    FOLDER,
    IMAGE,
    WORKING_FOLDER,
    content_map,
    map_volume,
    package_map,
    script_mount,
    script_volume,
)
from components.weights.weights import set_digest
from models.definition import Definition
from proof import expected as proven
from proof.request import ANSWER, QUESTION
from settings.stack.server import EngineSource

_CLAIM_PATH, _MOUNT, _DECLARED = "/storage", "/declared", "declared.json"
_PROGRAM = f"{WORKING_FOLDER}/{proof.__name__.rpartition('.')[2]}"
# How the program says that something does not hold: another try would see the same.
_NOT_PROVEN = 1
# How long a server that cannot be reached yet is asked again, and for how long files are read.
_PATIENCE, _READING = 300, 600
CONTAINER = _ALL = "verify"
# Where a container leaves its last words, as Kubernetes mounts it.
_MESSAGE = "/dev/termination-log"
# An alias is asked up to three times, until it is seen where it leads.
_TURNS = 3


def expected(
    context: Context, pools: Sequence[Pool], url: str, *, routed: bool = False
) -> proven.Place:
    """Return what is expected of pools at an address."""
    return proven.Place(
        url=url, pools=tuple(map(_pool, pools)), version=context.server.version, routed=routed
    )


def _pool(pool: Pool) -> proven.Pool:
    scaling = pool.settings.scaling
    return proven.Pool(
        name=pool.name,
        servers=pool.object_name,
        names=tuple(_names(pool)),
        active=pool.active,
        engines=None if pool.settings.distributed else pool.engines,
        parked=not pool.settings.largest,
        may_sleep=scaling is not None and not scaling.min,
    )


def _names(pool: Pool) -> Iterator[proven.Name]:
    models = {model.name: model for model in pool.models}
    aliases = {alias: models[target] for alias, target in pool.settings.aliases.items()}
    for name, model in (models | aliases).items():
        limit = _limit(pool, name, model)
        yield proven.Name(name=name, model=asked_model(model), pool=pool.name, limit=limit)


def asked_model(model: Definition) -> proven.Model:
    """Return what is known of a model to whoever asks it."""
    return proven.Model(
        name=model.name,
        kind=model.kind.value,
        ask=model.smoke.ask if model.smoke else QUESTION,
        expect=model.smoke.expect if model.smoke else ANSWER,
        dimensions=model.embedding_dimensions,
    )


def _limit(pool: Pool, name: str, model: Definition) -> float:
    """Return how long an answer may take: one that is not in memory yet is read first."""
    stack = pool.context.settings
    routes = stack.router.models if stack.router else {}
    own = routes[name].timeout if name in routes else None
    waits = 0
    if model not in preloaded(pool):
        waits = durations.reading(sum(file.size.most for file in model.files))
    return (own or stack.server.longest_answer) + waits


def declared(pool: Pool) -> dict[str, Any]:
    """Return what the Job is to prove.

    The pods' template stands for all that decides what they serve: images with their digests, the
    model list, the set of weights and the folder of engines, each named by its content.
    """
    url = address(pool).removesuffix("/v1")
    return {
        "stack": pool.context.stack,
        "release": content_digest(plain(deployment(pool))["spec"]["template"]),
        "place": asdict(expected(pool.context, [pool], url)),
        "content": _content(pool),
        "patience": _PATIENCE,
    }


def _content(pool: Pool) -> dict[str, Any] | None:
    """Return what the pool has on its claim, or nothing where it has none."""
    if not pool.claim:
        return None
    installed = pool.context.settings.server.engines is EngineSource.CLAIM
    return {
        "root": f"{_CLAIM_PATH}/{FOLDER}",
        "digest": set_digest(pool) if pool.claim_files else None,
        "engines_folder": f"{_CLAIM_PATH}/{folder(pool)}" if installed else None,
        "engines": list(pool.engines) if installed else [],
        "is_read": not pool.copies and not pool.image_files,
    }


def program_map(context: Context) -> ConfigMap:
    """Return the program, which all pools of a stack share."""
    return package_map(context, VERIFY_ROLE, proof, fetch)


def declared_map(pool: Pool) -> ConfigMap:
    """Return what the program is to prove of a pool."""
    data = {_DECLARED: json.dumps(declared(pool), indent=1) + "\n"}
    return content_map(pool, VERIFY_ROLE, data, VERIFY_ROLE)


def verify_job(pool: Pool, content: ConfigMap) -> Job:
    """Return the Job; it is named by all that it proves."""
    program = map_volume("proof", program_map(pool.context))
    return job(pool, Work(
        role=VERIFY_ROLE,
        containers=[_container(pool)],
        volumes=[script_volume(pool), program, map_volume("declared", content)],
        deadline=deadline(pool),
        final=_NOT_PROVEN,
        is_reader=True,
    ))  # fmt: skip


def _container(pool: Pool) -> Container:
    context = pool.context
    claim = [VolumeMount(name=STORAGE, mountPath=_CLAIM_PATH, readOnly=True)] if pool.claim else []
    return Container(
        name=CONTAINER,
        image=context.image(IMAGE),
        command=["python", "-E", "-s", "-m", "proof", f"{_MOUNT}/{_DECLARED}", _MESSAGE],
        workingDir=WORKING_FOLDER,
        env=[secret_variable("LOCALAI_API_KEY", api_key.caller(context))],
        resources=only_logs(
            ResourceRequirements(
                requests={"cpu": "50m", "memory": "128Mi"}, limits={"cpu": "1", "memory": "128Mi"}
            )
        ),
        securityContext=container_security(),
        volumeMounts=[
            *claim,
            script_mount(),
            VolumeMount(name="proof", mountPath=_PROGRAM, readOnly=True),
            VolumeMount(name="declared", mountPath=_MOUNT, readOnly=True),
        ],
    )


def deadline(pool: Pool) -> int:
    """Return how long the Job may take, in seconds: every answer at its limit, and every file."""
    names = _pool(pool).names
    models = [name.limit for name in names if not name.is_alias]
    aliases = [name.limit for name in names if name.is_alias]
    asking = max(models) * -(-len(models) // pool.active) + _TURNS * sum(aliases)
    size = sum(file.size.bytes for file in pool.claim_files)
    reading = max(_READING, durations.reading(size))
    return durations.startup() + _PATIENCE + round(asking) + reading


class Verifiers(Component[Context]):
    """Who may ask the servers of a stack, once all of them run, and by which program."""

    token = "localai:components:Verifiers"

    @staticmethod
    def parts(name: str, context: Context) -> tuple[Part, ...]:
        """Return the network policy of the Jobs, which all of them wait for, and the program."""
        return (
            object_part(f"{name}-policy", verifying(context)),
            content_part(f"{name}-program", program_map(context)),
        )


class Verification(Component[Pool]):
    """The proof that a pool serves what is declared."""

    token = "localai:components:Verification"

    @staticmethod
    def parts(name: str, pool: Pool) -> tuple[Part, ...]:
        """Return what is to be proven, and the Job."""
        content = declared_map(pool)
        options = Options(timeout=deadline(pool) + 300)
        return (
            content_part(f"{name}-declared", content),
            content_part(f"{name}-job", verify_job(pool, content), options),
        )


def components(
    context: Context, pools: Iterable[Pool], after: Iterable[str]
) -> Iterator[Declaration]:
    """Yield the Job of each pool that has servers; one that fails must not hold another pool up.

    So each waits for all that serves: by the policy, since to name all of it at each Job would
    make a large stack's parts as many as its pools squared.
    """
    served = [pool for pool in pools if pool.settings.largest]
    if not context.settings.verify or not served:
        return
    yield declare(Verifiers, _ALL, context, after=sorted(after))
    for pool in served:
        yield declare(Verification, f"{pool.component}-verify", pool, after=[_ALL])
