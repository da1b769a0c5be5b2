"""The pod of the chat: it has a login, one key of the models, and no other right."""

from collections.abc import Iterator
from dataclasses import dataclass

from lightkube.models.core_v1 import (
    Container,
    ContainerPort,
    EmptyDirVolumeSource,
    EnvVar,
    PodSpec,
    PodTemplateSpec,
    ResourceRequirements,
    SecretKeySelector,
    Volume,
    VolumeMount,
)
from lightkube.models.meta_v1 import ObjectMeta

from components.keys import api_key
from components.parts.builders import http_probe, secret_key, secret_variable
from components.parts.context import Context
from components.parts.labels import common
from components.parts.roles import ROLE
from components.pool.containers import container_security, pod_security, scratch
from components.pool.pool import Pool
from components.server.ending import grace, lifecycle
from models.definition import Kind
from settings.chat import ChatSettings

# Objects of pools start with localai-, and many a pool is called chat.
OBJECT = CHAT_ROLE = "chat"
CHAT_PODS = {ROLE: CHAT_ROLE}
PORT = 7860
# Where it says without a login what it is; no Service and no ingress leads to it.
INSIDE_PORT = 7861
_TMP = "/tmp"  # noqa: S108 (in the container)
# A longer conversation fits no model that the page is made for.
_LARGEST_REQUEST = 4 * 2**20


@dataclass(frozen=True, kw_only=True)
class ChatArgs:
    """What a stack says of its chat, the models there are, and the address that has them."""

    context: Context
    settings: ChatSettings
    pools: tuple[Pool, ...]
    address: str


def pod_template(args: ChatArgs) -> PodTemplateSpec:
    labels = {**common(args.context), **CHAT_PODS}
    return PodTemplateSpec(metadata=ObjectMeta(labels=labels), spec=pod(args))


def pod(args: ChatArgs) -> PodSpec:
    return PodSpec(
        containers=[container(args)],
        volumes=[_tmp_volume()],
        serviceAccountName=OBJECT,
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        terminationGracePeriodSeconds=grace(args.context.settings),
        securityContext=pod_security(),
    )


def container(args: ChatArgs) -> Container:
    """Return the container of the page; all but /tmp is read-only."""
    settings = args.settings
    amounts = {"cpu": str(settings.cpu), "memory": settings.memory}
    resources = ResourceRequirements(requests=amounts, limits=dict(amounts))
    return Container(
        name="chat",
        image=args.context.image(settings.image),
        command=["python", "-m", "apps.chat"],
        env=[*_told(args), *_secrets(args)],
        ports=[
            ContainerPort(name="http", containerPort=PORT),
            ContainerPort(name="inside", containerPort=INSIDE_PORT),
        ],
        resources=scratch(resources, [_tmp_volume()]),
        securityContext=container_security(),
        volumeMounts=[VolumeMount(name="tmp", mountPath=_TMP)],
        # Reading its own libraries takes it 4 s of a core.
        startupProbe=http_probe("/healthz", "inside", period=2, failures=60),
        # Ready once the models answered; after that its page says in words what is wrong.
        readinessProbe=http_probe("/readyz", "inside", period=5, timeout=15, failures=3),
        livenessProbe=http_probe("/healthz", "inside", period=15, failures=4),
        lifecycle=lifecycle(args.context.settings),
        terminationMessagePolicy="FallbackToLogsOnError",
    )


def names(args: ChatArgs) -> list[str]:
    """Return the names of models that one can talk to, which are offered where they are served."""
    models = {model.name: model for pool in args.pools for model in pool.models}
    names = {name: name for name in models}
    for pool in args.pools:
        names |= pool.settings.aliases
    return sorted(name for name, model in names.items() if models[model].kind is Kind.CHAT)


def _told(args: ChatArgs) -> Iterator[EnvVar]:
    server, router = args.context.settings.server, args.context.settings.router
    told = {
        "HOME": _TMP,
        "CHAT_ADDRESS": args.address,
        "CHAT_MODELS": " ".join(names(args)),
        "CHAT_TITLE": args.settings.title,
        "CHAT_PORT": str(PORT),
        "CHAT_INSIDE_PORT": str(INSIDE_PORT),
        "CHAT_ANSWERS": str(args.settings.answers),
        "CHAT_ANSWER_SECONDS": str(server.longest_answer),
        "CHAT_WAIT_SECONDS": str(router.stream_timeout if router else server.longest_answer),
        "CHAT_REQUEST_BYTES": str(min(server.body_bytes, _LARGEST_REQUEST)),
    }
    for name, value in told.items():
        yield EnvVar(name=name, value=value)


def _secrets(args: ChatArgs) -> Iterator[EnvVar]:
    login, router = args.settings.login, args.context.settings.router
    known = router.keys.get(args.settings.client or "") if router else None
    sources = {
        "CHAT_KEY": secret_key(known) if known else api_key.caller(args.context),
        "CHAT_USER": SecretKeySelector(name=login.secret, key=login.user),
        "CHAT_PASSWORD": SecretKeySelector(name=login.secret, key=login.password),
    }
    for name, source in sources.items():
        yield secret_variable(name, source)


def _tmp_volume() -> Volume:
    return Volume(name="tmp", emptyDir=EmptyDirVolumeSource(sizeLimit="64Mi"))
