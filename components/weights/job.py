"""A Job that fills the claim of a pool, next to the pods that read it."""

from collections.abc import Sequence
from dataclasses import dataclass

from lightkube.models.batch_v1 import (
    Job,
    JobSpec,
    PodFailurePolicy,
    PodFailurePolicyOnExitCodesRequirement,
    PodFailurePolicyOnPodConditionsPattern,
    PodFailurePolicyRule,
)
from lightkube.models.core_v1 import (
    Container,
    EmptyDirVolumeSource,
    PersistentVolumeClaimVolumeSource,
    PodSpec,
    PodTemplateSpec,
    ResourceRequirements,
    Volume,
    VolumeMount,
)
from lightkube.models.meta_v1 import ObjectMeta

from components.parts.labels import POOL, common, content_name, metadata
from components.parts.part import plain
from components.parts.roles import ROLE
from components.pool.containers import pod_security
from components.pool.placement import affinity, claim_labels, node_selector, tolerations
from components.pool.pool import Pool

STORAGE = "storage"
_MOST_TRIES = 4


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a Job does: containers in turn, and how long they may take, in seconds.

    `final` is the exit code by which the last container says that no further try helps. What writes
    nothing `is_reader`, and a pool without a claim has only such. It runs on nodes of the pool, or
    on those of `nodes`.
    """

    role: str
    containers: Sequence[Container]
    volumes: Sequence[Volume]
    deadline: int
    final: int | None = None
    is_reader: bool = False
    nodes: Pool | None = None


def job(pool: Pool, work: Work) -> Job:
    """Return a Job of a pool, named by all that it does."""
    *first, last = work.containers
    nodes = work.nodes or pool
    spec = PodSpec(
        initContainers=first or None,
        containers=[last],
        volumes=[*_own_volumes(pool, work), *work.volumes],
        restartPolicy="Never",
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        serviceAccountName=pool.object_name,
        securityContext=pod_security(),
        nodeSelector=node_selector(nodes),
        tolerations=tolerations(nodes),
        affinity=affinity(pool),
    )
    labels = {POOL: pool.name, ROLE: work.role}
    template = PodTemplateSpec(
        metadata=ObjectMeta(labels={**common(pool.context), **labels, **claim_labels(pool)}),
        spec=spec,
    )
    content = JobSpec(
        template=template,
        backoffLimit=_MOST_TRIES,
        activeDeadlineSeconds=work.deadline,
        completions=1,
        parallelism=1,
        podFailurePolicy=failure_policy(work, last.name),
    )
    # A Job cannot be changed: another template needs another name.
    name = content_name(f"{pool.object_name}-{work.role}", plain(content))
    return Job(metadata=metadata(pool.context, name, labels), spec=content)


def _own_volumes(pool: Pool, work: Work) -> list[Volume]:
    claim = [claim_volume(pool)] if pool.claim else []
    return claim if work.is_reader else [*claim, tmp_volume()]


def failure_policy(work: Work, container: str) -> PodFailurePolicy | None:
    """Return what a failed pod means: an end where no try helps, nothing where its node went."""
    if work.final is None:
        return None
    code = PodFailurePolicyOnExitCodesRequirement(
        containerName=container, operator="In", values=[work.final]
    )
    drained = PodFailurePolicyOnPodConditionsPattern(type="DisruptionTarget", status="True")
    return PodFailurePolicy(
        rules=[
            PodFailurePolicyRule(action="FailJob", onExitCodes=code),
            PodFailurePolicyRule(action="Ignore", onPodConditions=[drained]),
        ]
    )


def claim_volume(pool: Pool) -> Volume:
    source = PersistentVolumeClaimVolumeSource(claimName=pool.claim)
    return Volume(name=STORAGE, persistentVolumeClaim=source)


def tmp_volume() -> Volume:
    """Return an empty folder for temporary files."""
    return Volume(name="tmp", emptyDir=EmptyDirVolumeSource(sizeLimit="10Gi"))


def tmp_mount() -> VolumeMount:
    """Return where temporary files go."""
    return VolumeMount(name="tmp", mountPath="/tmp")  # noqa: S108 (a mount, not a file)


def init_resources(memory: str) -> ResourceRequirements:
    """Return the resources of a container that runs before a server; request and limit are equal.

    A server has a core or more, so they cost nothing, and its pod stays in the class Guaranteed.
    """
    amounts = {"cpu": "1", "memory": memory}
    return ResourceRequirements(requests=amounts, limits=dict(amounts))


def modest_resources(memory: str) -> ResourceRequirements:
    """Return the resources of a container that mostly waits for the network."""
    return ResourceRequirements(
        requests={"cpu": "250m", "memory": memory}, limits={"cpu": "2", "memory": memory}
    )
