"""The registry's own database: one pod of PostgreSQL and one claim, for development."""

from collections.abc import Sequence

from lightkube.models.apps_v1 import StatefulSet, StatefulSetSpec
from lightkube.models.core_v1 import (
    Container,
    ContainerPort,
    ExecAction,
    PersistentVolumeClaim,
    PersistentVolumeClaimSpec,
    PersistentVolumeClaimVolumeSource,
    PodSpec,
    PodTemplateSpec,
    Probe,
    ResourceRequirements,
    Service,
    ServicePort,
    ServiceSpec,
    Volume,
    VolumeMount,
    VolumeResourceRequirements,
)
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta

from components.addons.mlflow.environment import (
    DATABASE_PORT,
    OWNER,
    REGISTRY_DATABASE,
    TMP,
    MlflowArgs,
    empty,
    own_password,
    variables,
)
from components.network.model_registry import DATABASE_OBJECT, OBJECT
from components.parts.labels import common, metadata
from components.parts.roles import DATABASE_ROLE, ROLE
from components.pool.containers import container_security, pod_security, scratch
from settings.mlflow import OwnDatabase

DATABASE_PODS = {ROLE: DATABASE_ROLE}
_DATA, _SOCKETS = "/var/lib/postgresql/data", "/var/run/postgresql"
_ASK = f"pg_isready --host=127.0.0.1 --username={OWNER} --dbname={REGISTRY_DATABASE}"
_AMOUNTS = {"cpu": "250m", "memory": "512Mi"}


def claim(args: MlflowArgs, own: OwnDatabase) -> PersistentVolumeClaim:
    """Return the claim of the database; it is retained when the stack no longer has one."""
    return PersistentVolumeClaim(
        metadata=metadata(args.context, DATABASE_OBJECT, DATABASE_PODS),
        spec=PersistentVolumeClaimSpec(
            accessModes=["ReadWriteOnce"],
            storageClassName=own.storage_class,
            resources=VolumeResourceRequirements(requests={"storage": own.size}),
        ),
    )


def stateful_set(args: MlflowArgs) -> StatefulSet:
    """Return the database: two pods never hold its claim at once."""
    return StatefulSet(
        metadata=metadata(args.context, DATABASE_OBJECT, DATABASE_PODS),
        spec=StatefulSetSpec(
            replicas=1,
            serviceName=DATABASE_OBJECT,
            selector=LabelSelector(matchLabels=DATABASE_PODS),
            template=PodTemplateSpec(
                metadata=ObjectMeta(labels={**common(args.context), **DATABASE_PODS}),
                spec=_pod(args),
            ),
        ),
    )


def _pod(args: MlflowArgs) -> PodSpec:
    source = PersistentVolumeClaimVolumeSource(claimName=DATABASE_OBJECT)
    return PodSpec(
        containers=[container(args)],
        volumes=[Volume(name="data", persistentVolumeClaim=source), *_folders()],
        serviceAccountName=OBJECT,
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        terminationGracePeriodSeconds=60,
        # The image takes any user: its entry point makes up the name that PostgreSQL asks for.
        securityContext=pod_security(),
    )


def container(args: MlflowArgs) -> Container:
    """Return the container of PostgreSQL."""
    known = {
        "POSTGRES_USER": OWNER,
        "POSTGRES_DB": REGISTRY_DATABASE,
        "PGDATA": f"{_DATA}/pgdata",
    }
    return Container(
        name="postgres",
        image=args.context.image(args.settings.postgres),
        env=[*variables(known), own_password(args.settings, "POSTGRES_PASSWORD")],
        ports=[ContainerPort(name="postgres", containerPort=DATABASE_PORT)],
        resources=scratch(
            ResourceRequirements(requests=dict(_AMOUNTS), limits=dict(_AMOUNTS)), _folders()
        ),
        securityContext=container_security(),
        volumeMounts=[
            VolumeMount(name="data", mountPath=_DATA),
            VolumeMount(name="sockets", mountPath=_SOCKETS),
            VolumeMount(name="tmp", mountPath=TMP),
        ],
        # A database that recovers from a crash refuses logins for a while.
        startupProbe=_ready(period=3, failures=200),
        readinessProbe=_ready(period=5, failures=3),
        # 1 is a database that refuses logins: it recovers, and would have to start again.
        livenessProbe=_probe(["sh", "-c", f"{_ASK}; [ $? -lt 2 ]"], period=15, failures=4),
    )


def _ready(period: int, failures: int) -> Probe:
    return _probe(_ASK.split(), period, failures)


def _probe(command: Sequence[str], period: int, failures: int) -> Probe:
    return Probe(
        exec=ExecAction(command=list(command)),
        periodSeconds=period,
        timeoutSeconds=5,
        failureThreshold=failures,
    )


def _folders() -> list[Volume]:
    return [empty("sockets", "1Mi"), empty("tmp", "256Mi")]


def service(args: MlflowArgs) -> Service:
    """Return the name of the database: that of its pod, as a StatefulSet asks of its Service."""
    port = ServicePort(name="postgres", port=DATABASE_PORT, targetPort="postgres", protocol="TCP")
    return Service(
        metadata=metadata(args.context, DATABASE_OBJECT, DATABASE_PODS),
        spec=ServiceSpec(clusterIP="None", selector=DATABASE_PODS, ports=[port]),
    )
