"""The pod of the registry: MLflow without a right it does not need; all but /tmp is read-only."""

from lightkube.models.core_v1 import (
    Container,
    ContainerPort,
    PodSpec,
    PodTemplateSpec,
    ResourceRequirements,
    Volume,
    VolumeMount,
)
from lightkube.models.meta_v1 import ObjectMeta

from components.addons.mlflow.environment import (
    PROGRAMS,
    SECRETS,
    TMP,
    MlflowArgs,
    empty,
    program_mount,
    program_volume,
    server_environment,
)
from components.network.model_registry import OBJECT, PORT, REGISTRY_PODS
from components.parts.builders import http_probe, tcp_probe
from components.parts.labels import common
from components.pool.containers import container_security, only_logs, pod_security, scratch
from components.pool.placement import by_node

# From SIGTERM to its end MLflow took 9 s; an artifact may be on its way through it.
GRACE_SECONDS = 60


def pod_template(args: MlflowArgs) -> PodTemplateSpec:
    labels = {**common(args.context), **REGISTRY_PODS}
    return PodTemplateSpec(metadata=ObjectMeta(labels=labels), spec=pod(args))


def pod(args: MlflowArgs) -> PodSpec:
    """Return the pod; pods keep to different nodes where there are some."""
    return PodSpec(
        initContainers=[preparation(args)],
        containers=[container(args)],
        volumes=[program_volume(args.context), _secrets(), _tmp(args)],
        serviceAccountName=OBJECT,
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        terminationGracePeriodSeconds=GRACE_SECONDS,
        securityContext=pod_security(),
        topologySpreadConstraints=[by_node(REGISTRY_PODS)],
    )


def preparation(args: MlflowArgs) -> Container:
    """Return the init container: it writes the file of logins, and migrates both databases."""
    return Container(
        name="prepare",
        image=args.context.image(args.settings.image),
        command=["python", f"{PROGRAMS}/prepare.py"],
        env=server_environment(args),
        resources=only_logs(_resources(args)),
        securityContext=container_security(),
        volumeMounts=_mounts(),
    )


def container(args: MlflowArgs) -> Container:
    """Return the container of MLflow's server."""
    return Container(
        name="mlflow",
        image=args.context.image(args.settings.image),
        command=["mlflow", "server"],
        # One worker takes 260 MB, and more pods do what more workers would.
        args=["--app-name=basic-auth", "--workers=1", "--host=0.0.0.0", f"--port={PORT}"],
        env=server_environment(args),
        ports=[ContainerPort(name="http", containerPort=PORT)],
        resources=scratch(_resources(args), [_tmp(args)]),
        securityContext=container_security(),
        volumeMounts=_mounts(),
        # Reading its own libraries takes it 7 s of a core. Its port may never answer, and no
        # process ends: where a library is missing, workers are started for ever.
        startupProbe=http_probe("/health", "http", period=3, failures=60),
        # It asks no database: pods that lose theirs answer errors, and recover without a restart.
        readinessProbe=http_probe("/health", "http", period=5, failures=3),
        # Slow answers while large artifacts pass take it out of the Service, and do not end it.
        livenessProbe=tcp_probe("http", period=15, failures=4),
    )


def _resources(args: MlflowArgs) -> ResourceRequirements:
    amounts = {"cpu": str(args.settings.cpu), "memory": args.settings.memory}
    return ResourceRequirements(requests=amounts, limits=dict(amounts))


def _mounts() -> list[VolumeMount]:
    return [
        program_mount(),
        VolumeMount(name="secrets", mountPath=SECRETS),
        VolumeMount(name="tmp", mountPath=TMP),
    ]


def _secrets() -> Volume:
    return empty("secrets", "1Mi", medium="Memory")


def _tmp(args: MlflowArgs) -> Volume:
    return empty("tmp", args.settings.scratch)
