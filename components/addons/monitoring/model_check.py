"""The model check: a small pod that asks servers for every declared name, and whether it answers.

LocalAI lists models whose engine or weights are missing, and has no metric that says so.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightkube.models.apps_v1 import Deployment, DeploymentSpec, DeploymentStrategy
from lightkube.models.core_v1 import (
    ConfigMap,
    ConfigMapVolumeSource,
    Container,
    ContainerPort,
    PodSpec,
    PodTemplateSpec,
    ResourceRequirements,
    ServiceAccount,
    Volume,
    VolumeMount,
)
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta

from components.addons.monitoring.access import check_policy
from components.addons.monitoring.monitors import (
    CHECK,
    CHECK_PODS,
    CHECK_PORT,
    check_target,
    pod_monitor,
    settings_of,
)
from components.addons.monitoring.pool_alerts import least
from components.addons.monitoring.scripts.model_check import PORT
from components.engine.component import Component
from components.keys import api_key
from components.parts.builders import http_probe, secret_variable
from components.parts.context import Context
from components.parts.labels import common, content_name, metadata
from components.parts.part import Part, content_part, name_of, object_part
from components.pool.containers import container_security, only_logs, pod_security
from components.pool.identity import idle_account
from components.pool.pool import Pool
from components.server.local_ai import address
from components.weights.program import IMAGE

_SCRIPT = Path(__file__).parent / "scripts" / "model_check.py"
_MOUNT = "/check"
# A question takes a slot for one token, and the prompt that this slot remembered.
_PAUSE_SECONDS = 60
# Beyond the longest answer, as a client before us may get one; a model that hangs must be seen.
_MARGIN_SECONDS, _LONGEST_SECONDS = 10, 300


@dataclass(frozen=True, kw_only=True)
class ModelCheckArgs:
    """The stack, and the pools it asks."""

    context: Context
    pools: tuple[Pool, ...]


def declared_models(pools: Sequence[Pool]) -> dict[str, Any]:
    """Return what the check is to find: what each pool serves, where it always runs at all.

    A model is only asked where all of a pool are in memory: a question would evict another.
    """
    return {
        "pools": [
            {
                "name": pool.name,
                "url": address(pool).removesuffix("/v1"),
                # Those of a distributed pool are with its workers.
                "holds_engines": pool.settings.distributed is None,
                "asked": pool.active >= len(pool.models),
                "models": _models(pool),
            }
            for pool in pools
            if least(pool)
        ]
    }


def _models(pool: Pool) -> list[dict[str, str]]:
    known = {model.name: model for model in pool.models}
    names = {**known, **{alias: known[name] for alias, name in pool.settings.aliases.items()}}
    return [
        {"name": name, "kind": model.kind.value, "engine": model.backend}
        for name, model in names.items()
    ]


def config_map(context: Context, pools: Sequence[Pool]) -> ConfigMap:
    """Return the program and what it is to find."""
    data = {
        _SCRIPT.name: _SCRIPT.read_text(encoding="utf-8"),
        "declared.json": json.dumps(declared_models(pools), indent=1) + "\n",
    }
    name = content_name(CHECK, data)
    return ConfigMap(metadata=metadata(context, name, CHECK_PODS), data=data, immutable=True)


def deployment(context: Context, content: ConfigMap) -> Deployment:
    return Deployment(
        metadata=metadata(context, CHECK, CHECK_PODS),
        spec=DeploymentSpec(
            replicas=1,
            strategy=DeploymentStrategy(type="Recreate"),
            selector=LabelSelector(matchLabels=CHECK_PODS),
            template=PodTemplateSpec(
                metadata=ObjectMeta(labels={**common(context), **CHECK_PODS}),
                spec=_pod(context, content),
            ),
        ),
    )


def _pod(context: Context, content: ConfigMap) -> PodSpec:
    source = ConfigMapVolumeSource(name=name_of(content))
    return PodSpec(
        containers=[_container(context)],
        volumes=[Volume(name="check", configMap=source)],
        serviceAccountName=CHECK,
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        securityContext=pod_security(),
    )


def _container(context: Context) -> Container:
    pause = max(settings_of(context).interval_seconds, _PAUSE_SECONDS)
    answer = min(context.settings.server.longest_answer, _LONGEST_SECONDS) + _MARGIN_SECONDS
    return Container(
        name="check",
        image=context.image(IMAGE),
        command=[
            "python",
            "-E",
            "-s",
            f"{_MOUNT}/{_SCRIPT.name}",
            f"{_MOUNT}/declared.json",
            str(pause),
            str(answer),
        ],
        env=[secret_variable("LOCALAI_API_KEY", api_key.caller(context))],
        ports=[ContainerPort(name=CHECK_PORT, containerPort=PORT)],
        resources=_resources(),
        securityContext=container_security(),
        volumeMounts=[VolumeMount(name="check", mountPath=_MOUNT, readOnly=True)],
        readinessProbe=http_probe("/metrics", CHECK_PORT, period=15, timeout=None),
        livenessProbe=http_probe("/healthz", CHECK_PORT, period=15, timeout=None),
    )


def _resources() -> ResourceRequirements:
    requests, limits = {"cpu": "50m", "memory": "64Mi"}, {"cpu": "500m", "memory": "64Mi"}
    return only_logs(ResourceRequirements(requests=requests, limits=limits))


def service_account(context: Context) -> ServiceAccount:
    """Return the identity of the pod; it can do nothing."""
    return idle_account(context, CHECK, CHECK_PODS)


class ModelCheck(Component[ModelCheckArgs]):
    """The model check of a stack."""

    token = "localai:components:ModelCheck"

    @staticmethod
    def parts(name: str, args: ModelCheckArgs) -> tuple[Part, ...]:
        """Return the program and what it finds, its pod, and how Prometheus reaches that."""
        context = args.context
        content = config_map(context, args.pools)
        return (
            object_part(f"{name}-account", service_account(context)),
            object_part(f"{name}-policy", check_policy(context)),
            content_part(f"{name}-program", content),
            object_part(f"{name}-deployment", deployment(context, content)),
            object_part(f"{name}-monitor", pod_monitor(context, check_target(context))),
        )
