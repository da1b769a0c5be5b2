"""The pod of a served model: what fetches it, and what serves it, without a right they do not need.

The program is the room `predict/`, in a ConfigMap; the image has Python and its packages alone.
"""

from dataclasses import dataclass

from lightkube.models.core_v1 import (
    ConfigMap,
    Container,
    ContainerPort,
    EmptyDirVolumeSource,
    EnvVar,
    Lifecycle,
    LifecycleHandler,
    PodSpec,
    PodTemplateSpec,
    ResourceRequirements,
    SecretKeySelector,
    SleepAction,
    Volume,
    VolumeMount,
)
from lightkube.models.meta_v1 import ObjectMeta

import predict
from components.parts.builders import http_probe, secret_variable
from components.parts.context import Context
from components.parts.labels import common
from components.parts.roles import ROLE
from components.pool.containers import container_security, only_logs, pod_security, scratch
from components.pool.placement import by_node
from components.weights.egress import trust_environment, trust_mounts, trust_volumes
from components.weights.program import WORKING_FOLDER, map_volume, package_map
from predict import declared
from settings.served import ModelRegistry, ServedModel

SERVED = "localai.gitops/served-model"
SERVED_ROLE = "served-model"
PORT = 8080
# Until no endpoint leads to a pod any more.
_PAUSE_SECONDS, _MARGIN_SECONDS = 5, 10
_FOLDER = "/model"
# Reading its libraries takes the server a few seconds on a busy node; loading is not waited for.
_STARTUP_PERIOD, _STARTUP_FAILURES = 2, 60
STARTING_SECONDS = _STARTUP_PERIOD * _STARTUP_FAILURES
_MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class ServedArgs:
    """One served model of a stack, by its name there, and the registry that has it."""

    context: Context
    name: str
    settings: ServedModel
    registry: ModelRegistry

    @property
    def object_name(self) -> str:
        """Return the name of its objects; those of pools start with localai-."""
        return f"served-{self.name}"

    @property
    def labels(self) -> dict[str, str]:
        """Return what its pods alone carry in their namespace."""
        return {ROLE: SERVED_ROLE, SERVED: self.name}


def program(context: Context) -> ConfigMap:
    """Return the ConfigMap of the program, which all served models of a stack share."""
    return package_map(context, SERVED_ROLE, predict)


def pod_template(args: ServedArgs) -> PodTemplateSpec:
    labels = {**common(args.context), **args.labels}
    return PodTemplateSpec(metadata=ObjectMeta(labels=labels), spec=pod(args))


def pod(args: ServedArgs) -> PodSpec:
    """Return the pod; pods keep to different nodes where there are some."""
    return PodSpec(
        initContainers=[fetching(args)],
        containers=[serving(args)],
        volumes=[
            map_volume("program", program(args.context)),
            _model_volume(args),
            *trust_volumes(args.context),
        ],
        serviceAccountName=args.object_name,
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        terminationGracePeriodSeconds=grace(),
        securityContext=pod_security(),
        topologySpreadConstraints=[by_node(args.labels)],
    )


def grace() -> int:
    """Return how many seconds a pod has from the wish to its end."""
    return _PAUSE_SECONDS + declared.ENDING_SECONDS + _MARGIN_SECONDS


def fetching(args: ServedArgs) -> Container:
    """Return what brings the model from the registry, and ends well only with the declared one."""
    settings, registry = args.settings, args.registry
    login = registry.login
    keys = {
        declared.USER: SecretKeySelector(name=login.secret, key=login.user),
        declared.PASSWORD: SecretKeySelector(name=login.secret, key=login.password),
    } if login else {}  # fmt: skip
    return Container(
        name="fetch",
        image=args.context.image(settings.image),
        command=_command("fetch"),
        workingDir=WORKING_FOLDER,
        env=[
            *_told(args),
            EnvVar(name=declared.REGISTRY, value=registry.url),
            *(secret_variable(name, key) for name, key in keys.items()),
            *trust_environment(args.context),
        ],
        # In a container of its own, what the server takes costs nothing more.
        resources=only_logs(_resources(args)),
        securityContext=container_security(),
        volumeMounts=[
            _program_mount(),
            VolumeMount(name="model", mountPath=_FOLDER),
            *trust_mounts(args.context),
        ],
        # `kubectl describe` then says why it failed.
        terminationMessagePolicy="FallbackToLogsOnError",
    )


def serving(args: ServedArgs) -> Container:
    """Return what serves the model; it has no login, and cannot change the model."""
    threads = EnvVar(name=declared.THREADS, value=str(args.settings.cpu))
    return Container(
        name="serve",
        image=args.context.image(args.settings.image),
        command=_command("serve"),
        workingDir=WORKING_FOLDER,
        env=[*_told(args), EnvVar(name=declared.PORT, value=str(PORT)), threads],
        ports=[ContainerPort(name="http", containerPort=PORT)],
        resources=scratch(_resources(args), [_model_volume(args)]),
        securityContext=container_security(),
        volumeMounts=[
            _program_mount(),
            VolumeMount(name="model", mountPath=_FOLDER, readOnly=True),
        ],
        startupProbe=http_probe(
            "/healthz", "http", period=_STARTUP_PERIOD, failures=_STARTUP_FAILURES
        ),
        readinessProbe=http_probe("/readyz", "http", period=2, failures=2),
        livenessProbe=http_probe("/healthz", "http", period=10, failures=3),
        lifecycle=Lifecycle(preStop=LifecycleHandler(sleep=SleepAction(seconds=_PAUSE_SECONDS))),
        terminationMessagePolicy="FallbackToLogsOnError",
    )


def _told(args: ServedArgs) -> list[EnvVar]:
    settings = args.settings
    told = {
        declared.MODEL: settings.model or args.name,
        declared.VERSION: str(settings.version),
        declared.SEMVER: settings.semver,
        declared.DIGEST: settings.digest,
        declared.SIZE: str(settings.size),
        declared.FILE: settings.file,
        declared.FOLDER: _FOLDER,
    }
    return [EnvVar(name=name, value=value) for name, value in told.items()]


def _command(verb: str) -> list[str]:
    # Nothing of the environment changes what Python runs.
    return ["python", "-E", "-s", "-m", "predict", verb]


def _resources(args: ServedArgs) -> ResourceRequirements:
    amounts = {"cpu": str(args.settings.cpu), "memory": args.settings.memory}
    return ResourceRequirements(requests=amounts, limits=dict(amounts))


def _program_mount() -> VolumeMount:
    return VolumeMount(name="program", mountPath=f"{WORKING_FOLDER}/predict", readOnly=True)


def _model_volume(args: ServedArgs) -> Volume:
    size = f"{-(-args.settings.size // _MIB) + 1}Mi"
    return Volume(name="model", emptyDir=EmptyDirVolumeSource(sizeLimit=size))
