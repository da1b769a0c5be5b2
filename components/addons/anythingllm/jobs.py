"""What is done to the data of the application: by the clock, before an update, or by hand.

Every pod of a Job runs on the node that holds the claim, and copies go through a claim of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lightkube.models.batch_v1 import (
    CronJob,
    Job,
    JobSpec,
    PodFailurePolicy,
    PodFailurePolicyOnExitCodesRequirement,
    PodFailurePolicyOnPodConditionsPattern,
    PodFailurePolicyRule,
)
from lightkube.models.core_v1 import (
    Container,
    EnvVar,
    EphemeralVolumeSource,
    KeyToPath,
    PersistentVolumeClaimSpec,
    PersistentVolumeClaimTemplate,
    PodSpec,
    PodTemplateSpec,
    ResourceRequirements,
    SecretKeySelector,
    SecretVolumeSource,
    Volume,
    VolumeMount,
    VolumeResourceRequirements,
)
from lightkube.models.meta_v1 import ObjectMeta

from components.addons.anythingllm.environment import (
    EXCEPTIONS,
    PROGRAMS,
    STORAGE,
    TMP,
    USER,
    AnythingLlmArgs,
    beside_the_claim,
    claim_labels,
    copies_environment,
    empty,
    kept_environment,
    program_mount,
    program_volume,
    storage_volume,
    variables,
)
from components.addons.anythingllm.scripts.keep import FINAL
from components.network.chat_application import (
    OBJECT,
    REHEARSAL_ROLE,
    RESTORE_ROLE,
    UPDATE_ROLE,
    USERS_ROLE,
    application_url,
)
from components.parts import copies
from components.parts.builders import secret_key, secret_variable
from components.parts.labels import common, content_name, metadata
from components.parts.part import plain
from components.parts.roles import ANYTHINGLLM_BACKUP_ROLE, ROLE
from components.pool.containers import container_security, pod_security, scratch
from components.weights.program import IMAGE as PYTHON
from documents.quantity import whole_bytes
from settings.anythingllm import ApplicationBackup, ApplicationUsers

BACKUP = "/backup"
_USERS = "/etc/anythingllm-users"
# Ten minutes until the application answers, and as many tries as a Job has.
USERS_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a Job does: containers in turn; `schedule` is None if no clock starts it.

    `copies` is how many times the size of the data its own claim has room for.
    """

    role: str
    containers: Sequence[Container]
    schedule: str | None = None
    copies: int = 1


def tasks(args: AnythingLlmArgs) -> Iterator[Task]:
    """Yield what is done by the clock, and the restore, which a person starts."""
    backup = args.settings.backup
    if backup is None:
        return
    yield Task(
        role=ANYTHINGLLM_BACKUP_ROLE,
        schedule=backup.schedule,
        containers=[_keep(args, "take", reads=True), _rclone(args, backup, "push")],
    )
    yield Task(
        role=REHEARSAL_ROLE,
        schedule=backup.rehearsal,
        containers=[
            _rclone(args, backup, "fetch", {"RESTORE_FROM": "latest"}),
            _keep(args, "prove", {"OLDEST_DAYS": str(backup.proven_days)}),
        ],
        copies=2,
    )
    restoring = {"RESTORE_FROM": "latest"}
    over = {**restoring, "RESTORE_OVER": "nothing", **_application(args)}
    yield Task(
        role=RESTORE_ROLE,
        containers=[
            _rclone(args, backup, "fetch", restoring), _keep(args, "put", over, writes=True)
        ],
    )  # fmt: skip


def update_task(args: AnythingLlmArgs) -> Task:
    """Return what runs before another release, or another model for documents."""
    backup = args.settings.backup
    first = [_keep(args, "take", {"BEFORE_UPDATE": "true"}, reads=True)]
    first += [_rclone(args, backup, "push", {"BACKUP_BEGINS": "true"})] if backup else []
    return Task(role=UPDATE_ROLE, containers=[*(first if backup else []), _embed(args)])


def cron_job(args: AnythingLlmArgs, task: Task) -> CronJob:
    """Return the CronJob of a task."""
    meta = metadata(args.context, f"localai-{task.role}", {ROLE: task.role}, EXCEPTIONS)
    return copies.cron_job(meta, task.schedule, _job_spec(args, task, tries=2))


def update_job(args: AnythingLlmArgs) -> Job:
    """Return the Job before an update, named by what it brings."""
    spec = _job_spec(args, update_task(args), tries=4)
    name = content_name(f"{OBJECT}-update", plain(spec))
    return Job(metadata=metadata(args.context, name, {ROLE: UPDATE_ROLE}, EXCEPTIONS), spec=spec)


def users_job(args: AnythingLlmArgs, users: ApplicationUsers) -> Job:
    """Return the Job that makes users once the application answers, named by whom it makes."""
    names = (users.admin, *users.others)
    mount = VolumeMount(name="users", mountPath=_USERS, readOnly=True)
    told = {**_application(args), "FOLDER": _USERS, "USERS": ",".join(names)}
    found = _container(args, "users", [*variables(told), *_password(args)])
    found.command = ["python", f"{PROGRAMS}/users.py"]
    found.volumeMounts = [program_mount(), mount, VolumeMount(name="tmp", mountPath=TMP)]
    keys = [KeyToPath(key=name, path=name) for name in names]
    source = SecretVolumeSource(secretName=users.secret, items=keys, defaultMode=0o440)
    people = Volume(name="users", secret=source)
    volumes = [program_volume(args.context), people, empty("tmp", "1Gi")]
    labels = {**common(args.context), ROLE: USERS_ROLE}
    template = PodTemplateSpec(metadata=ObjectMeta(labels=labels), spec=_confined([found], volumes))
    spec = JobSpec(template=template, backoffLimit=4, activeDeadlineSeconds=USERS_SECONDS)
    name = content_name(f"{OBJECT}-users", plain(spec))
    return Job(metadata=metadata(args.context, name, {ROLE: USERS_ROLE}, EXCEPTIONS), spec=spec)


def _job_spec(args: AnythingLlmArgs, task: Task, tries: int) -> JobSpec:
    near = claim_labels(args) if _shares(task) else {}
    labels = {**common(args.context), ROLE: task.role, **near}
    template = PodTemplateSpec(metadata=ObjectMeta(labels=labels), spec=_pod(args, task))
    return JobSpec(
        template=template,
        backoffLimit=tries,
        activeDeadlineSeconds=copies.DEADLINE_SECONDS,
        podFailurePolicy=_failure_policy(),
    )


def _failure_policy() -> PodFailurePolicy:
    """Return what a failed pod means: an end where it was refused, nothing where its node went."""
    refused = PodFailurePolicyOnExitCodesRequirement(operator="In", values=[FINAL])
    drained = PodFailurePolicyOnPodConditionsPattern(type="DisruptionTarget", status="True")
    return PodFailurePolicy(
        rules=[
            PodFailurePolicyRule(action="FailJob", onExitCodes=refused),
            PodFailurePolicyRule(action="Ignore", onPodConditions=[drained]),
        ]
    )


def _shares(task: Task) -> bool:
    """Return whether a task reads or writes the application's claim, which one node holds."""
    mounts = (mount for one in task.containers for mount in one.volumeMounts or ())
    return any(one.mountPath == STORAGE for one in mounts)


def _pod(args: AnythingLlmArgs, task: Task) -> PodSpec:
    volumes = [program_volume(args.context), _copies(args, task.copies), empty("tmp", "1Gi")]
    if not _shares(task):
        return _confined(task.containers, volumes)
    found = _confined(task.containers, [*volumes, storage_volume(args)])
    found.affinity = beside_the_claim(args)
    return found


def _confined(containers: Sequence[Container], volumes: list[Volume]) -> PodSpec:
    *first, last = containers
    return PodSpec(
        initContainers=first or None,
        containers=[last],
        volumes=volumes,
        restartPolicy="Never",
        serviceAccountName=OBJECT,
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        securityContext=pod_security(USER),
    )


def _copies(args: AnythingLlmArgs, times: int) -> Volume:
    storage = args.settings.storage
    size = str(times * whole_bytes(storage.size))
    spec = PersistentVolumeClaimSpec(
        accessModes=["ReadWriteOnce"],
        storageClassName=storage.storage_class,
        resources=VolumeResourceRequirements(requests={"storage": size}),
    )
    labels = ObjectMeta(labels=common(args.context))
    template = PersistentVolumeClaimTemplate(metadata=labels, spec=spec)
    return Volume(name="backup", ephemeral=EphemeralVolumeSource(volumeClaimTemplate=template))


def _keep(
    args: AnythingLlmArgs,
    verb: str,
    more: dict[str, str] | None = None,
    *,
    reads: bool = False,
    writes: bool = False,
) -> Container:
    """Return a container of keep.py; only a restore writes to the claim."""
    env = [*kept_environment(args, STORAGE), *variables({"BACKUP_FOLDER": BACKUP, **(more or {})})]
    found = _container(args, verb, env, storage=reads or writes, writes=writes)
    found.command = ["python", f"{PROGRAMS}/keep.py", verb]
    return found


def _embed(args: AnythingLlmArgs) -> Container:
    settings = args.settings
    known = {"EMBEDDING_BASE": args.base(settings.embeddings), **_application(args)}
    env = [*kept_environment(args, STORAGE), *variables(known), *_password(args)]
    if settings.api_key:
        env.append(secret_variable("API_KEY", secret_key(settings.api_key)))
    if settings.users:
        word = SecretKeySelector(name=settings.users.secret, key=settings.users.admin)
        env += [*variables({"ADMIN": settings.users.admin}), secret_variable("WORD", word)]
    found = _container(args, "embed", env, storage=True, writes=True)
    found.command = ["python", f"{PROGRAMS}/embed.py"]
    return found


def _password(args: AnythingLlmArgs) -> list[EnvVar]:
    word = args.settings.password
    return [secret_variable("PASSWORD", secret_key(word))] if word else []


def _application(args: AnythingLlmArgs) -> dict[str, str]:
    return {"APPLICATION": application_url(args.context)}


def _rclone(
    args: AnythingLlmArgs,
    backup: ApplicationBackup,
    name: str,
    more: dict[str, str] | None = None,
) -> Container:
    folder = variables({"BACKUP_FOLDER": BACKUP, **(more or {})})
    found = _container(args, name, [*folder, *copies_environment(args, backup)])
    found.image = args.context.image(backup.image)
    found.command = ["sh", f"{PROGRAMS}/{name}.sh"]
    return found


def _container(
    args: AnythingLlmArgs,
    name: str,
    env: list[EnvVar],
    *,
    storage: bool = False,
    writes: bool = False,
) -> Container:
    amounts = {"cpu": "500m", "memory": "512Mi"}
    reserved = ResourceRequirements(requests=amounts, limits=dict(amounts))
    claim = VolumeMount(name="storage", mountPath=STORAGE, readOnly=not writes or None)
    return Container(
        name=name,
        image=args.context.image(PYTHON),
        env=env,
        resources=scratch(reserved, [empty("tmp", "1Gi")]),
        securityContext=container_security(),
        volumeMounts=[
            program_mount(),
            VolumeMount(name="backup", mountPath=BACKUP),
            VolumeMount(name="tmp", mountPath=TMP),
            *([claim] if storage else []),
        ],
    )
