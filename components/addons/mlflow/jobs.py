"""What the registry does by the clock, and the restore, which somebody starts: CronJobs all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lightkube.models.batch_v1 import CronJob, JobSpec
from lightkube.models.core_v1 import (
    Container,
    EnvVar,
    PodSpec,
    PodTemplateSpec,
    ResourceRequirements,
    Volume,
    VolumeMount,
)
from lightkube.models.meta_v1 import ObjectMeta

from components.addons.mlflow.environment import (
    PROGRAMS,
    TMP,
    MlflowArgs,
    clean_up_environment,
    databases,
    empty,
    program_mount,
    program_volume,
    store,
    variables,
)
from components.network.model_registry import CLEAN_UP_ROLE, OBJECT, RESTORE_ROLE
from components.parts import copies
from components.parts.labels import common, metadata
from components.parts.roles import BACKUP_ROLE, ROLE
from components.pool.containers import container_security, pod_security, scratch
from settings.mlflow import BackupSettings, CleanUpSettings

# Where both containers of a backup find the dumps.
DUMPS = "/dumps"


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a CronJob does: containers in turn; `schedule` is None if none runs it."""

    role: str
    schedule: str | None
    containers: Sequence[Container]


def tasks(args: MlflowArgs) -> Iterator[Task]:
    """Yield what a registry does by the clock."""
    if backup := args.settings.backup:
        yield Task(
            role=BACKUP_ROLE,
            schedule=backup.schedule,
            containers=[_postgres(args, "dump"), _rclone(args, backup, "copy", _kept(backup))],
        )
        yield Task(
            role=RESTORE_ROLE,
            schedule=None,
            containers=[_rclone(args, backup, "fetch", _newest()), _postgres(args, "load")],
        )
    if clean_up := args.settings.clean_up:
        yield Task(
            role=CLEAN_UP_ROLE,
            schedule=clean_up.schedule,
            containers=[_cleaner(args, clean_up)],
        )


def cron_job(args: MlflowArgs, task: Task) -> CronJob:
    """Return the CronJob of a task."""
    name = f"localai-{task.role}"
    labels = {**common(args.context), ROLE: task.role}
    template = PodTemplateSpec(metadata=ObjectMeta(labels=labels), spec=_pod(args, task))
    job = JobSpec(template=template, backoffLimit=2, activeDeadlineSeconds=copies.DEADLINE_SECONDS)
    return copies.cron_job(metadata(args.context, name, {ROLE: task.role}), task.schedule, job)


def _pod(args: MlflowArgs, task: Task) -> PodSpec:
    *first, last = task.containers
    return PodSpec(
        initContainers=first or None,
        containers=[last],
        volumes=[program_volume(args.context), *_folders(args)],
        restartPolicy="Never",
        serviceAccountName=OBJECT,
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        securityContext=pod_security(),
    )


def _postgres(args: MlflowArgs, name: str) -> Container:
    env = [*variables({"HOME": TMP, "BACKUP_FOLDER": DUMPS}), *databases(args.settings)]
    return _container(args, name, args.settings.postgres, env)


def _rclone(
    args: MlflowArgs, backup: BackupSettings, name: str, more: Sequence[EnvVar]
) -> Container:
    env = [
        *variables({"HOME": TMP, "BACKUP_FOLDER": DUMPS}),
        *more,
        *store("artifacts", args.settings.artifacts),
        *store("backup", backup.to),
    ]
    return _container(args, name, backup.image, env)


def _kept(backup: BackupSettings) -> list[EnvVar]:
    return variables({"KEEP_DAYS": str(backup.keep_days)})


def _newest() -> list[EnvVar]:
    return variables({"RESTORE_FROM": "latest"})


def _cleaner(args: MlflowArgs, clean_up: CleanUpSettings) -> Container:
    found = _container(args, "clean-up", args.settings.image, clean_up_environment(args))
    found.command = ["python", f"{PROGRAMS}/clean_up.py", str(clean_up.older_than_days)]
    return found


def _container(args: MlflowArgs, name: str, image: str, env: list[EnvVar]) -> Container:
    amounts = {"cpu": "500m", "memory": "1Gi"}
    reserved = ResourceRequirements(requests=amounts, limits=dict(amounts))
    return Container(
        name=name,
        image=args.context.image(image),
        command=["sh", f"{PROGRAMS}/{name}.sh"],
        env=env,
        resources=scratch(reserved, _folders(args)),
        securityContext=container_security(),
        volumeMounts=[
            program_mount(),
            VolumeMount(name="dumps", mountPath=DUMPS),
            VolumeMount(name="tmp", mountPath=TMP),
        ],
    )


def _folders(args: MlflowArgs) -> list[Volume]:
    # The databases hold no artifacts; a dump of 1,000 versions takes less than 1 MB.
    return [empty("dumps", "4Gi"), empty("tmp", args.settings.scratch)]
