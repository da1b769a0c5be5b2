"""A cluster file: what one cluster pulls from this repository, and what it may do there."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from documents.names import Label, LabelKey, Size
from documents.validation import contradiction, form
from settings.base import Settings
from settings.chart import HelmChart
from settings.names import SecretReference
from settings.stack.delivery import Delivery

# What lib/pq may be told in an address; who logs in stands in PGUSER and PGPASSWORD, from a Secret.
_OPTION = r"(table|sslmode|sslrootcert|connect_timeout|application_name)=[^\s@&]+"
_BACKEND = form(
    rf"^((s3|gs|azblob)://[^\s@]+|postgres://[^\s@/]*/[^\s@?]+(\?{_OPTION}(&{_OPTION})*)?)$",
    "s3://state",
    max_length=500,
)
_KEY_SERVICE = form(
    r"^(awskms|azurekeyvault|gcpkms|hashivault)://[^\s@]+$",
    "awskms://alias/localai",
    max_length=500,
)
_REPOSITORY = r"^(https://[^\s@/]+/\S*[^\s/]|ssh://git@[^\s@/]+/\S*[^\s/])$"


def _repository(text: str) -> str:
    if not re.fullmatch(_REPOSITORY, text):
        # Not quoted: what stands before an @ may be a password.
        raise contradiction(
            "is not an https or ssh address, or carries a user name",
            "use https://host/path, or ssh://git@host/path",
        )
    return text


RepositoryUrl = Annotated[
    str,
    AfterValidator(_repository),
    Field(max_length=2048, json_schema_extra={"pattern": _REPOSITORY}),
]
Branch = Annotated[
    str, form(r"^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9_-])?$", "main", max_length=200)
]
Commit = Annotated[str, form(r"^[0-9a-f]{40}$", "0123456789abcdef0123456789abcdef01234567")]
Folder = Annotated[
    str, form(r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$", "clusters/main")
]
PinnedImage = Annotated[
    str,
    form(
        r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
        r"@sha256:[0-9a-f]{64}$",
        "registry.example.com/workspace@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ),
]
Group = Annotated[str, form(r"^[A-Za-z0-9][A-Za-z0-9._:/@-]*$", "platform-team", max_length=200)]
Variable = Annotated[str, form(r"^[A-Z][A-Z0-9_]*$", "HTTPS_PROXY", max_length=100)]


class RepositorySettings(Settings):
    """Where the cluster finds this repository."""

    url: RepositoryUrl = Field(description="Address; https or ssh, without password.")
    branch: Branch = Field(default="main", description="Branch that the cluster follows.")
    folder: Folder | None = Field(
        default=None, description="Folder of Pulumi.yaml in it; the top if absent."
    )
    token: SecretReference | None = Field(
        default=None,
        description="Secret to read it over https, in the namespace of each `operator` stack; "
        "with `controller: flux` in `flux-system`.",
    )


class WorkspaceSettings(Settings):
    """The pod in which the Pulumi operator runs the program of a stack."""

    image: PinnedImage = Field(description="Image with Python, libraries and plugins, by digest.")
    namespace: Label | None = Field(
        default=None,
        description="One namespace for the `Stack` and the pod of every stack, made for them; each "
        "stack's own if absent.",
    )


class StateSettings(Settings):
    """Where the Pulumi engine keeps the state of the stacks."""

    url: Annotated[str, _BACKEND] | None = Field(
        default=None, description="Bucket, or PostgreSQL database; or give `claim`."
    )
    claim: Label | None = Field(
        default=None, description="Claim in the namespace of each stack that holds the state."
    )
    passphrase: SecretReference | None = Field(
        default=None, description="Secret with the passphrase of the state; or give `provider`."
    )
    provider: Annotated[str, _KEY_SERVICE] | None = Field(
        default=None, description="Service that encrypts secrets in the state."
    )
    environment: dict[Variable, SecretReference] = Field(
        default_factory=dict[str, SecretReference],
        max_length=50,
        description="Variables of the workspace that hold credentials, each from a Secret.",
    )


class PodSecurity(StrEnum):
    """A Pod Security Standard, which the API server enforces in a namespace."""

    RESTRICTED = "restricted"
    BASELINE = "baseline"


class NamespaceQuota(Settings):
    """The most that a whole namespace may take, whoever puts it there."""

    cpu: int | None = Field(default=None, ge=1, le=100_000, description="Cores.")
    memory: Size | None = Field(default=None, description="Memory.")
    storage: Size | None = Field(default=None, description="Storage of all claims.")
    claims: int | None = Field(default=None, ge=1, le=10_000, description="Claims.")
    gpus: dict[LabelKey, Annotated[int, Field(ge=0, le=10_000)]] = Field(
        default_factory=dict[str, int],
        max_length=20,
        description="GPUs by their resource, such as `nvidia.com/gpu`.",
    )


class StackPlace(Settings):
    """One stack of the cluster."""

    delivery: Delivery = Field(
        strict=False, description="Who applies it; the stack file says the same."
    )
    branch: Branch | None = Field(
        default=None, description="Branch it follows; that of the repository if absent."
    )
    commit: Commit | None = Field(
        default=None, description="Commit it stays at, whatever is merged; none if absent."
    )
    frozen: bool = Field(default=False, description="Change nothing: only say what would change.")
    after: tuple[Label, ...] = Field(
        default=(),
        strict=False,
        max_length=50,
        description="`operator` stacks of the cluster that must be well before each run of this "
        "one; needs `workspace.namespace`.",
    )
    pod_security: PodSecurity = Field(
        default=PodSecurity.RESTRICTED,
        strict=False,
        description="Pod Security Standard of its namespace.",
    )
    quota: NamespaceQuota | None = Field(
        default=None, description="Quota of its namespace; none if absent."
    )


class WindowKind(StrEnum):
    """Whether a window lets Argo CD sync, or keeps it from it."""

    ALLOW = "allow"
    DENY = "deny"


class SyncWindow(Settings):
    """A time in which Argo CD may sync the stacks, or may not."""

    kind: WindowKind = Field(strict=False, description="Whether it may sync then.")
    schedule: Annotated[
        str, form(r"^[0-9A-Za-z*,/?-]+( [0-9A-Za-z*,/?-]+){4}$", "0 8 * * 1-5", max_length=100)
    ] = Field(description="When it starts: five fields, as in a crontab.")
    duration: Annotated[
        str, form(r"^[1-9][0-9]{0,3}[mh]$", "8h", "a number of minutes or hours")
    ] = Field(description="How long it lasts, such as `30m` or `10h`.")
    time_zone: Annotated[str, form(r"^[A-Za-z]+(/[A-Za-z0-9_+-]+)*$", "Europe/Vienna")] = Field(
        default="UTC", description="Time zone of the schedule."
    )


class ApiKind(Settings):
    """A kind of the Kubernetes API."""

    group: Annotated[str, form(r"^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$", "apps", max_length=253)] = (
        Field(description="Its group; empty for the core.")
    )
    kind: Annotated[str, form(r"^[A-Z][A-Za-z0-9]*$", "Deployment", max_length=63)] = Field(
        description="Its name."
    )


class ClusterChart(HelmChart):
    """One Helm chart of the whole cluster, such as that of the Pulumi operator."""

    namespace: Label = Field(description="Namespace it goes to, which is made for it.")
    cluster_kinds: tuple[ApiKind, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Kinds without a namespace that it may bring; it may bring no other.",
    )


class Controller(StrEnum):
    """What pulls into the cluster: Argo CD, or Flux, which applies `rendered` stacks only."""

    ARGO = "argo"
    FLUX = "flux"


class ArgoSettings(Settings):
    """Argo CD itself, for a cluster that has none yet."""

    version: Annotated[str, form(r"^[0-9]{1,2}(\.[0-9]{1,3}){2}$", "3.5.7")] = Field(
        description="Its version, as in the tag of its image."
    )
    manifests: Annotated[
        str,
        form(r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\.yaml$",
             "argocd/install.yaml", max_length=200),
    ] = Field(description="File of the checkout with its release's `install.yaml`.")  # fmt: skip


class Event(StrEnum):
    """What of an Application is told: a commit it is synced to, a failed sync, bad health."""

    SYNCED = "synced"
    FAILED = "failed"
    DEGRADED = "degraded"


class NotificationKey(Settings):
    """A key of the one Secret that the notifications of Argo CD are read from."""

    secret: Label = Field(description="`argocd-notifications-secret`: Argo CD reads no other.")
    key: Annotated[str, form(r"^[A-Za-z0-9_-]+$", "slack-url", max_length=253)] = Field(
        description="Key in it, whose value is the address."
    )


class NotificationSettings(Settings):
    """Whom Argo CD tells what becomes of the Applications of the cluster."""

    slack: NotificationKey | None = Field(
        default=None, description="Address of an incoming webhook of Slack; or give `webhook`."
    )
    webhook: NotificationKey | None = Field(
        default=None, description="Address that takes a JSON object by POST; or give `slack`."
    )
    events: tuple[Annotated[Event, Field(strict=False)], ...] = Field(
        default=tuple(Event),
        strict=False,
        min_length=1,
        max_length=10,
        description="What is told: `synced` to another commit, `failed` sync, `degraded` health.",
    )


class ClusterFile(Settings):
    """What one cluster pulls: clusters/<name>/cluster.yaml."""

    controller: Controller = Field(
        default=Controller.ARGO, strict=False, description="What pulls, and applies."
    )
    repository: RepositorySettings = Field(description="Where the cluster finds this repository.")
    stacks: Annotated[dict[str, StackPlace], Field(min_length=1, max_length=200)] = Field(
        description="The stacks of the cluster, by name: those whose file names it."
    )
    workspace: WorkspaceSettings | None = Field(
        default=None, description="How the operator runs a program; for `operator` stacks."
    )
    state: StateSettings | None = Field(
        default=None, description="Where the engine keeps state; for `operator` stacks."
    )
    argo_cd: ArgoSettings | None = Field(
        default=None, description="What `cluster bootstrap` installs where Argo CD is not there."
    )
    windows: tuple[SyncWindow, ...] = Field(
        default=(),
        strict=False,
        max_length=50,
        description="When Argo CD may sync stacks; the operator follows a branch at any time.",
    )
    approvers: tuple[Group, ...] = Field(
        default=(),
        strict=False,
        max_length=50,
        description="Groups of Argo CD's login that may sync a stack by hand.",
    )
    notifications: NotificationSettings | None = Field(
        default=None, description="Whom Argo CD tells of syncs and failures; nobody if absent."
    )
    charts: dict[Label, ClusterChart] = Field(
        default_factory=dict[str, ClusterChart], description="Charts of the whole cluster."
    )
