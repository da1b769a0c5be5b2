"""The pod of a router: LiteLLM without a right it does not need; all but /tmp is read-only."""

from lightkube.models.core_v1 import (
    Container,
    ContainerPort,
    EmptyDirVolumeSource,
    EnvVar,
    PodSpec,
    PodTemplateSpec,
    ResourceRequirements,
    Volume,
    VolumeMount,
)
from lightkube.models.meta_v1 import ObjectMeta

from components.addons.router import config_map
from components.addons.router.args import RouterArgs
from components.addons.router.config_map import CONFIG, FOLDER, OBJECT
from components.addons.router.keys import environment
from components.network.routing import ROUTER_PODS
from components.parts.builders import http_probe
from components.parts.labels import common
from components.pool.containers import container_security, pod_security, scratch
from components.pool.placement import by_node
from components.server.ending import grace, lifecycle

PORT = 4000
_TMP = "/tmp"  # noqa: S108 (in the container)
_QUIET = {
    "HOME": _TMP,
    # What it would otherwise fetch, send or show.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_TELEMETRY": "False",
    "DISABLE_ADMIN_UI": "True",
    "NO_DOCS": "True",
    "NO_REDOC": "True",
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_MIGRATION_DIR": f"{_TMP}/migrations",
}


def pod_template(args: RouterArgs) -> PodTemplateSpec:
    labels = {**common(args.context), **ROUTER_PODS}
    return PodTemplateSpec(metadata=ObjectMeta(labels=labels), spec=pod(args))


def pod(args: RouterArgs) -> PodSpec:
    """Return the pod of a router; pods keep to different nodes where there are some."""
    return PodSpec(
        containers=[container(args)],
        volumes=[config_map.volume(files(args)), _tmp_volume()],
        serviceAccountName=OBJECT,
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        terminationGracePeriodSeconds=grace(args.context.settings),
        securityContext=pod_security(),
        topologySpreadConstraints=[by_node(ROUTER_PODS)],
    )


def files(args: RouterArgs) -> config_map.ConfigMap:
    return config_map.config_map(args.context, args.settings, args.pools)


def container(args: RouterArgs) -> Container:
    """Return the container of LiteLLM's proxy."""
    settings = args.settings
    amounts = {"cpu": str(settings.cpu), "memory": settings.memory}
    resources = ResourceRequirements(requests=amounts, limits=dict(amounts))
    quiet = [EnvVar(name=name, value=value) for name, value in sorted(_QUIET.items())]
    return Container(
        name="router",
        image=args.context.image(settings.image),
        command=["litellm"],
        args=["--config", f"{FOLDER}/{CONFIG}", "--host", "0.0.0.0", "--port", str(PORT)],  # noqa: S104 (in the pod)
        env=[*quiet, *environment(args.context, settings)],
        ports=[ContainerPort(name="http", containerPort=PORT)],
        resources=scratch(resources, [_tmp_volume()]),
        securityContext=container_security(),
        volumeMounts=[config_map.mount(), VolumeMount(name="tmp", mountPath=_TMP)],
        # Reading its own libraries takes it 7 s on a quick machine.
        startupProbe=http_probe("/health/liveliness", "http", period=3, failures=60),
        readinessProbe=http_probe("/health/readiness", "http", period=5, failures=3),
        livenessProbe=http_probe("/health/liveliness", "http", period=15, failures=4),
        lifecycle=lifecycle(args.context.settings),
    )


def _tmp_volume() -> Volume:
    return Volume(name="tmp", emptyDir=EmptyDirVolumeSource(sizeLimit="1Gi"))
