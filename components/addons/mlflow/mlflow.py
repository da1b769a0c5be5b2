"""The registry of a stack: its server, its stores, its Jobs, and who may call whom."""

from collections.abc import Iterator, Mapping

from lightkube.models.apps_v1 import Deployment, DeploymentSpec, DeploymentStrategy
from lightkube.models.core_v1 import Service, ServiceAccount
from lightkube.models.meta_v1 import LabelSelector, LabelSelectorRequirement
from lightkube.models.networking_v1 import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicySpec,
)
from lightkube.models.policy_v1 import PodDisruptionBudget

from components.addons.mlflow import database
from components.addons.mlflow.environment import DATABASE_PORT, MlflowArgs, config_map
from components.addons.mlflow.jobs import cron_job, tasks
from components.addons.mlflow.pod import GRACE_SECONDS, pod_template
from components.engine.component import Component, Output
from components.engine.declaration import Declaration, declare
from components.network.model_registry import (
    CLEAN_UP_ROLE,
    DATABASE_OBJECT,
    OBJECT,
    PORT,
    REGISTRY,
    REGISTRY_PODS,
    RESTORE_ROLE,
    registry_url,
)
from components.network.policies import clients, place_peers
from components.parts.builders import (
    disruption_budget,
    dns_egress,
    http_port,
    http_service,
    tcp,
)
from components.parts.context import Context
from components.parts.labels import common, metadata
from components.parts.part import Options, Part, content_part, object_part
from components.parts.roles import BACKUP_ROLE, REGISTRY_ROLE, ROLE
from components.pool import durations
from components.pool.identity import idle_account

_JOBS = (BACKUP_ROLE, RESTORE_ROLE, CLEAN_UP_ROLE)


def network_policy(args: MlflowArgs) -> NetworkPolicy:
    """Return the policy of the server: called by the stack and its clients, calling its stores."""
    context = args.context
    return NetworkPolicy(
        metadata=metadata(context, OBJECT, REGISTRY_PODS),
        spec=NetworkPolicySpec(
            podSelector=_pods(context, REGISTRY_ROLE),
            policyTypes=["Ingress", "Egress"],
            ingress=[NetworkPolicyIngressRule(from_=clients(context), ports=[tcp(PORT)])],
            egress=[dns_egress(context), _database(args), _artifacts(args)],
        ),
    )


def jobs_policy(args: MlflowArgs) -> NetworkPolicy:
    """Return the policy of the Jobs: not called at all, calling stores and the server."""
    context, backup = args.context, args.settings.backup
    server = NetworkPolicyPeer(podSelector=_pods(context, REGISTRY_ROLE))
    ways = [
        dns_egress(context),
        _database(args),
        _artifacts(args),
        NetworkPolicyEgressRule(to=[server], ports=[tcp(PORT)]),
    ]
    if backup:
        ways.append(NetworkPolicyEgressRule(to=place_peers(backup.to), ports=[tcp(backup.to.port)]))
    return NetworkPolicy(
        metadata=metadata(context, f"{OBJECT}-jobs", REGISTRY_PODS),
        spec=NetworkPolicySpec(
            podSelector=_pods(context, *_JOBS),
            policyTypes=["Ingress", "Egress"],
            ingress=[],
            egress=ways,
        ),
    )


def database_policy(args: MlflowArgs) -> NetworkPolicy:
    """Return the policy of the own database: called by the server and the Jobs, calling nobody."""
    context = args.context
    callers = NetworkPolicyPeer(podSelector=_pods(context, REGISTRY_ROLE, *_JOBS))
    return NetworkPolicy(
        metadata=metadata(context, DATABASE_OBJECT, database.DATABASE_PODS),
        spec=NetworkPolicySpec(
            podSelector=LabelSelector(matchLabels={**common(context), **database.DATABASE_PODS}),
            policyTypes=["Ingress", "Egress"],
            ingress=[NetworkPolicyIngressRule(from_=[callers], ports=[tcp(DATABASE_PORT)])],
            egress=[],
        ),
    )


def _pods(context: Context, *roles: str) -> LabelSelector:
    if len(roles) == 1:
        return LabelSelector(matchLabels={**common(context), ROLE: roles[0]})
    some = LabelSelectorRequirement(key=ROLE, operator="In", values=list(roles))
    return LabelSelector(matchLabels=common(context), matchExpressions=[some])


def _database(args: MlflowArgs) -> NetworkPolicyEgressRule:
    there = args.settings.database
    if there:
        return NetworkPolicyEgressRule(to=place_peers(there), ports=[tcp(there.port)])
    pods = LabelSelector(matchLabels={**common(args.context), **database.DATABASE_PODS})
    peer = NetworkPolicyPeer(podSelector=pods)
    return NetworkPolicyEgressRule(to=[peer], ports=[tcp(DATABASE_PORT)])


def _artifacts(args: MlflowArgs) -> NetworkPolicyEgressRule:
    bucket = args.settings.artifacts
    return NetworkPolicyEgressRule(to=place_peers(bucket), ports=[tcp(bucket.port)])


def deployment(args: MlflowArgs) -> Deployment:
    """Return the Deployment; old pods end first: no MLflow works on tables of another version."""
    return Deployment(
        metadata=metadata(args.context, OBJECT, REGISTRY_PODS),
        spec=DeploymentSpec(
            replicas=args.settings.replicas,
            strategy=DeploymentStrategy(type="Recreate"),
            selector=LabelSelector(matchLabels=REGISTRY_PODS),
            template=pod_template(args),
            progressDeadlineSeconds=durations.progress(ending=GRACE_SECONDS),
            revisionHistoryLimit=5,
        ),
    )


def service(context: Context) -> Service:
    """Return the address inside the cluster."""
    return http_service(metadata(context, OBJECT, REGISTRY_PODS), REGISTRY_PODS, http_port(PORT))


def budget(context: Context) -> PodDisruptionBudget:
    """Return how many pods a drain may evict at once."""
    return disruption_budget(metadata(context, OBJECT, REGISTRY_PODS), REGISTRY_PODS)


def service_account(context: Context) -> ServiceAccount:
    """Return the identity of the pods; it can do nothing."""
    return idle_account(context, OBJECT, REGISTRY_PODS)


class Mlflow(Component[MlflowArgs]):
    """The registry of models of a stack."""

    token = "localai:components:Mlflow"
    address: Output[str]

    @staticmethod
    def parts(name: str, args: MlflowArgs) -> tuple[Part, ...]:
        """Return the objects of a registry; those its pods need come first."""
        context = args.context
        options = Options(timeout=durations.rollout(args.settings.replicas, ending=GRACE_SECONDS))
        return (
            object_part(f"{name}-account", service_account(context)),
            object_part(f"{name}-network", network_policy(args)),
            content_part(f"{name}-programs", config_map(context)),
            *_own_database(name, args, options),
            object_part(f"{name}-deployment", deployment(args), options),
            object_part(f"{name}-service", service(context), options),
            object_part(f"{name}-disruption-budget", budget(context)),
            *_jobs(name, args),
        )

    @staticmethod
    def outputs(args: MlflowArgs) -> Mapping[str, str | None]:
        """Return the URL inside the cluster."""
        return {"address": registry_url(args.context)}


def _own_database(name: str, args: MlflowArgs, options: Options) -> Iterator[Part]:
    own = args.settings.own_database
    if own is None:
        return
    kept = Options(retain=True)
    yield object_part(f"{name}-database-network", database_policy(args))
    yield object_part(f"{name}-database-claim", database.claim(args, own), kept)
    yield object_part(f"{name}-database-service", database.service(args), options)
    yield object_part(f"{name}-database", database.stateful_set(args), options)


def _jobs(name: str, args: MlflowArgs) -> Iterator[Part]:
    found = list(tasks(args))
    if found:
        yield object_part(f"{name}-jobs-network", jobs_policy(args))
    for task in found:
        yield object_part(f"{name}-{task.role.removeprefix('mlflow-')}", cron_job(args, task))


def components(context: Context) -> Iterator[Declaration]:
    """Yield the registry of models of a stack, if it has one."""
    if settings := context.settings.mlflow:
        yield declare(Mlflow, REGISTRY, MlflowArgs(context=context, settings=settings))
