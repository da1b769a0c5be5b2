"""The pod of AnythingLLM: one, without a right it does not need; its root stays writable.

Each start writes the client of its database into its own packages (docs/decisions/0017).
"""

from lightkube.models.core_v1 import (
    Container,
    ContainerPort,
    ExecAction,
    Lifecycle,
    LifecycleHandler,
    PodSpec,
    PodTemplateSpec,
    ResourceRequirements,
    VolumeMount,
)
from lightkube.models.meta_v1 import ObjectMeta

from components.addons.anythingllm.environment import (
    PROGRAMS,
    STORAGE,
    TMP,
    USER,
    AnythingLlmArgs,
    beside_the_claim,
    claim_labels,
    empty,
    kept_environment,
    program_mount,
    program_volume,
    server_environment,
    stop_script,
    storage_volume,
)
from components.network.chat_application import APPLICATION_PODS, OBJECT, PORT
from components.parts.builders import http_probe, tcp_probe
from components.parts.labels import common
from components.pool.containers import container_security, only_logs, pod_security, scratch
from components.weights.program import IMAGE as PYTHON

# Its programs end within two seconds of the signal that preStop sends; answers may be under way.
GRACE_SECONDS = 60


def pod_template(args: AnythingLlmArgs) -> PodTemplateSpec:
    labels = {**common(args.context), **APPLICATION_PODS, **claim_labels(args)}
    return PodTemplateSpec(metadata=ObjectMeta(labels=labels), spec=pod(args))


def pod(args: AnythingLlmArgs) -> PodSpec:
    """Return the pod; it starts where others that mount its claim are."""
    return PodSpec(
        initContainers=[guard(args)],
        containers=[container(args)],
        volumes=[program_volume(args.context), storage_volume(args), empty("tmp", "4Gi")],
        serviceAccountName=OBJECT,
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        terminationGracePeriodSeconds=GRACE_SECONDS,
        securityContext=pod_security(USER),
        affinity=beside_the_claim(args),
    )


def guard(args: AnythingLlmArgs) -> Container:
    """Return the init container: it refuses data of a newer release, or of another model."""
    amounts = {"cpu": "100m", "memory": "128Mi"}
    reserved = ResourceRequirements(requests=amounts, limits=dict(amounts))
    return Container(
        name="guard",
        image=args.context.image(PYTHON),
        command=["python", f"{PROGRAMS}/keep.py", "guard"],
        env=kept_environment(args, STORAGE),
        resources=only_logs(reserved),
        securityContext=container_security(),
        volumeMounts=[program_mount(), VolumeMount(name="storage", mountPath=STORAGE)],
    )


def container(args: AnythingLlmArgs) -> Container:
    """Return the container of AnythingLLM; its collector's port is in no Service."""
    amounts = {"cpu": str(args.settings.cpu), "memory": args.settings.memory}
    reserved = ResourceRequirements(requests=amounts, limits=dict(amounts))
    stop = ExecAction(command=["/bin/sh", "-c", stop_script()])
    return Container(
        name="anythingllm",
        image=args.context.image(args.settings.image),
        env=server_environment(args),
        ports=[ContainerPort(name="http", containerPort=PORT)],
        # What it writes outside of its claim counts, too.
        resources=scratch(reserved, [empty("tmp", "4Gi")]),
        securityContext=container_security(writable_root=True),
        volumeMounts=[
            VolumeMount(name="storage", mountPath=STORAGE),
            VolumeMount(name="tmp", mountPath=TMP),
        ],
        # Each start migrates the database. The collector answers 200 to anything, on a port of its
        # own, even where the server is dead.
        startupProbe=http_probe("/api/ping", "http", period=3, failures=200),
        readinessProbe=http_probe("/api/ping", "http", period=5, failures=3),
        # A port that is closed; one that is slow under a large document is only not ready.
        livenessProbe=tcp_probe("http", period=15, failures=4),
        lifecycle=Lifecycle(preStop=LifecycleHandler(exec=stop)),
    )
