"""The chat application of a stack: its pod, its claim, its keys, and what keeps its data."""

from collections.abc import Iterator, Mapping

from lightkube.models.apps_v1 import Deployment, DeploymentSpec, DeploymentStrategy
from lightkube.models.core_v1 import (
    PersistentVolumeClaim,
    PersistentVolumeClaimSpec,
    Service,
    ServiceAccount,
    VolumeResourceRequirements,
)
from lightkube.models.meta_v1 import LabelSelector
from lightkube.models.policy_v1 import PodDisruptionBudget

from components.addons.anythingllm.access import jobs_policy, network_policy
from components.addons.anythingllm.environment import (
    GENERATED,
    GENERATED_KEY,
    WRITABLE_ROOT,
    AnythingLlmArgs,
    config_map,
    mark,
)
from components.addons.anythingllm.jobs import (
    USERS_SECONDS,
    cron_job,
    tasks,
    update_job,
    users_job,
)
from components.addons.anythingllm.pod import GRACE_SECONDS, pod_template
from components.engine.component import Component, Output
from components.engine.declaration import Declaration, declare
from components.keys import api_key
from components.network.chat_application import (
    APPLICATION,
    APPLICATION_PODS,
    EXPOSURE,
    OBJECT,
    PORT,
    application_url,
)
from components.network.exposure import Exposure, ExposureArgs
from components.network.routing import ROUTER
from components.parts.builders import (
    CustomResource,
    disruption_budget,
    generated_parts,
    generated_secret,
    http_port,
    http_service,
)
from components.parts.context import Context
from components.parts.labels import common, content_name, metadata
from components.parts.part import Options, Part, content_part, object_part, plain
from components.pool import durations
from components.pool.identity import idle_account
from components.pool.pool import Pool
from settings.anythingllm import ApplicationSnapshots, VeleroSettings
from settings.exposure import ExposureKind

_SECRETS, _CLAIM = f"{APPLICATION}-keys", f"{APPLICATION}-data"
_SNAPSHOT, _USERS = f"{APPLICATION}-snapshot", f"{APPLICATION}-users"
# As long as its Job may take to embed everything again, and some minutes.
_UPDATE_SECONDS = 6 * 60 * 60 + 600


def claim(args: AnythingLlmArgs) -> PersistentVolumeClaim:
    """Return the claim of its data; it is retained when the stack no longer has one."""
    return PersistentVolumeClaim(
        metadata=metadata(args.context, args.claim, APPLICATION_PODS),
        spec=PersistentVolumeClaimSpec(
            accessModes=["ReadWriteOnce"],
            storageClassName=args.settings.storage.storage_class,
            resources=VolumeResourceRequirements(requests={"storage": args.settings.storage.size}),
        ),
    )


def deployment(args: AnythingLlmArgs) -> Deployment:
    """Return the Deployment: one pod, and none beside it: SQLite and LanceDB have one writer."""
    return Deployment(
        metadata=metadata(args.context, OBJECT, APPLICATION_PODS, WRITABLE_ROOT),
        spec=DeploymentSpec(
            replicas=1,
            strategy=DeploymentStrategy(type="Recreate"),
            selector=LabelSelector(matchLabels=APPLICATION_PODS),
            template=pod_template(args),
            progressDeadlineSeconds=durations.progress(ending=GRACE_SECONDS),
            revisionHistoryLimit=5,
        ),
    )


def service(context: Context) -> Service:
    """Return the address inside the cluster."""
    return http_service(
        metadata(context, OBJECT, APPLICATION_PODS), APPLICATION_PODS, http_port(PORT)
    )


def budget(context: Context) -> PodDisruptionBudget:
    """Return how many pods a drain may evict at once."""
    return disruption_budget(metadata(context, OBJECT, APPLICATION_PODS), APPLICATION_PODS)


def service_account(context: Context) -> ServiceAccount:
    """Return the identity of the pods; it can do nothing."""
    return idle_account(context, OBJECT, APPLICATION_PODS)


class ApplicationSecrets(Component[Context]):
    """Generated keys by which the application encrypts and signs."""

    token = "localai:components:AnythingLLMKeys"

    @staticmethod
    def parts(name: str, context: Context) -> tuple[Part, ...]:
        """Return each generated value, and the Secret that holds it."""
        found = (
            generated_parts(
                name, generated_secret(context, f"{OBJECT}-{end}"), GENERATED_KEY, f"-{end}"
            )
            for end in GENERATED.values()
        )
        return tuple(part for parts in found for part in parts)


def snapshot(args: AnythingLlmArgs, of: ApplicationSnapshots) -> CustomResource:
    """Return the snapshot before a release or another model, named by both."""
    meta = plain(metadata(args.context, content_name(OBJECT, mark(args)), APPLICATION_PODS))
    source = {"persistentVolumeClaimName": args.claim}
    return CustomResource(
        api_version="snapshot.storage.k8s.io/v1",
        kind="VolumeSnapshot",
        metadata=meta,
        spec={"volumeSnapshotClassName": of.snapshot_class, "source": source},
    )


def velero_schedule(args: AnythingLlmArgs, of: VeleroSettings) -> CustomResource:
    """Return the schedule by which Velero keeps the claim."""
    namespace = args.context.settings.namespace
    labels = {**common(args.context), **APPLICATION_PODS}
    location = {"storageLocation": of.location} if of.location else {}
    return CustomResource(
        api_version="velero.io/v1",
        kind="Schedule",
        metadata={"name": f"{OBJECT}-{namespace}", "namespace": of.namespace, "labels": labels},
        spec={
            "schedule": of.schedule,
            "template": {
                "includedNamespaces": [namespace],
                "includedResources": ["persistentvolumeclaims", "persistentvolumes"],
                "labelSelector": {"matchLabels": labels},
                "snapshotVolumes": True,
                "ttl": f"{24 * of.keep_days}h0m0s",
                **location,
            },
        },
    )


class ApplicationSnapshot(Component[AnythingLlmArgs]):
    """What others keep of the claim: its driver's snapshots, and Velero."""

    token = "localai:components:AnythingLLMSnapshot"

    @staticmethod
    def parts(name: str, args: AnythingLlmArgs) -> tuple[Part, ...]:
        """Return the snapshot and the schedule, as far as a stack file asks for them."""
        one, other = args.settings.snapshots, args.settings.velero
        return (
            *([content_part(name, snapshot(args, one))] if one else []),
            *([object_part(f"{name}-velero", velero_schedule(args, other))] if other else []),
        )


class ApplicationData(Component[AnythingLlmArgs]):
    """The claim of the application, and what makes its data ready for another release."""

    token = "localai:components:AnythingLLMData"

    @staticmethod
    def parts(name: str, args: AnythingLlmArgs) -> tuple[Part, ...]:
        """Return the claim, the Jobs, and what their pods need before them."""
        context = args.context
        jobs = (
            object_part(f"{name}-{task.role.removeprefix('anythingllm-')}", cron_job(args, task))
            for task in tasks(args)
        )
        return (
            object_part(f"{name}-account", service_account(context)),
            object_part(f"{name}-network", jobs_policy(args)),
            content_part(f"{name}-programs", config_map(context)),
            object_part(f"{name}-claim", claim(args), Options(retain=True)),
            content_part(f"{name}-update", update_job(args), Options(timeout=_UPDATE_SECONDS)),
            *jobs,
        )


class AnythingLlm(Component[AnythingLlmArgs]):
    """The chat application of a stack."""

    token = "localai:components:AnythingLLM"
    address: Output[str]

    @staticmethod
    def parts(name: str, args: AnythingLlmArgs) -> tuple[Part, ...]:
        """Return the objects of the application; those its pod needs come first."""
        context = args.context
        options = Options(timeout=durations.rollout(1, ending=GRACE_SECONDS))
        return (
            object_part(f"{name}-network", network_policy(args)),
            object_part(f"{name}-deployment", deployment(args), options),
            object_part(f"{name}-service", service(context), options),
            object_part(f"{name}-disruption-budget", budget(context)),
        )

    @staticmethod
    def outputs(args: AnythingLlmArgs) -> Mapping[str, str | None]:
        """Return the URL inside the cluster."""
        return {"address": application_url(args.context)}


class ApplicationAccounts(Component[AnythingLlmArgs]):
    """The users of the application, made once it answers."""

    token = "localai:components:AnythingLLMUsers"

    @staticmethod
    def parts(name: str, args: AnythingLlmArgs) -> tuple[Part, ...]:
        """Return the Job, if a stack file names users."""
        users = args.settings.users
        options = Options(timeout=USERS_SECONDS)
        return (content_part(name, users_job(args, users), options),) if users else ()


def components(
    context: Context, pools: tuple[Pool, ...], router: str | None
) -> Iterator[Declaration]:
    """Yield the chat application of a stack, if it has one, after the models that it asks."""
    settings = context.settings.anythingllm
    if settings is None:
        return
    args = AnythingLlmArgs(context=context, settings=settings, pools=pools, router=router)
    first = [ROUTER] if router else [*(pool.component for pool in pools)]
    first += api_key.names(context)
    if settings.keys is None:
        yield declare(ApplicationSecrets, _SECRETS, context)
        first.append(_SECRETS)
    if settings.snapshots or settings.velero:
        yield declare(ApplicationSnapshot, _SNAPSHOT, args)
        first.append(_SNAPSHOT)
    yield declare(ApplicationData, _CLAIM, args, after=first)
    yield declare(AnythingLlm, APPLICATION, args, after=[*first, _CLAIM])
    if settings.users:
        yield declare(ApplicationAccounts, _USERS, args, after=[APPLICATION])
    if settings.exposure and settings.exposure.kind is not ExposureKind.CLUSTER:
        exposed = ExposureArgs(
            context=context,
            settings=settings.exposure,
            target=service(context),
            role=EXPOSURE,
            answers="",
        )
        yield declare(Exposure, EXPOSURE, exposed, after=[APPLICATION])
