"""The rollout of a served model: what its pods count, and the Job that measures its accuracy."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from lightkube.models.batch_v1 import JobSpec
from lightkube.models.core_v1 import (
    ConfigMap,
    ConfigMapVolumeSource,
    Container,
    EnvVar,
    KeyToPath,
    PodSpec,
    PodTemplateSpec,
    ResourceRequirements,
    Volume,
    VolumeMount,
)
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from lightkube.models.networking_v1 import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyPeer,
    NetworkPolicySpec,
)

from components.addons.served.pod import PORT, SERVED, ServedArgs
from components.addons.served.scripts import judge
from components.parts.builders import cluster_url, dns_egress, tcp
from components.parts.labels import common, content_name, metadata
from components.parts.part import plain
from components.parts.roles import ROLE
from components.pool.containers import container_security, only_logs, pod_security
from components.pool.rollout import Counted, Rolled
from components.weights.program import WORKING_FOLDER, map_volume
from settings.rollout import AccuracySettings

_JUDGE_ROLE = "served-judge"
_FOLDER = "/samples"
_DEADLINE_SECONDS = 600
# As predict/metrics.py writes them; what the client has done wrong is no failure of a version.
_COUNTED = Counted(
    answers="predict_requests_total",
    failed='code=~"5.."',
    seconds="predict_duration_seconds",
    ready="predict_ready",
)


def rolled(args: ServedArgs) -> Rolled | None:
    """Return the rollout of a served model, or None where it has none."""
    settings = args.settings.rollout
    if settings is None:
        return None
    found = Rolled(
        context=args.context, name=args.object_name, labels=args.labels, port=PORT,
        settings=settings, counted=_COUNTED,
    )  # fmt: skip
    if settings.accuracy is None:
        return found
    return replace(found, accuracy=plain(judging(args, found, settings.accuracy)))


def judge_labels(args: ServedArgs) -> dict[str, str]:
    """Return the labels of the pods that judge a served model."""
    return {ROLE: _JUDGE_ROLE, SERVED: args.name}


def program(args: ServedArgs) -> ConfigMap:
    """Return the program that judges."""
    path = Path(judge.__file__)
    data = {path.name: path.read_text(encoding="utf-8")}
    meta = metadata(args.context, content_name(f"{args.object_name}-judge", data), args.labels)
    return ConfigMap(metadata=meta, data=data, immutable=True)


def judging(args: ServedArgs, found: Rolled, wanted: AccuracySettings) -> JobSpec:
    """Return the Job that asks both versions for the samples; it is made at each measurement."""
    source = wanted.samples
    samples = ConfigMapVolumeSource(
        name=source.config_map, items=[KeyToPath(key=source.key, path="samples.json")]
    )
    template = PodTemplateSpec(
        metadata=ObjectMeta(labels={**common(args.context), **judge_labels(args)}),
        spec=PodSpec(
            containers=[_container(args, found, wanted)],
            volumes=[map_volume("judge", program(args)), Volume(name="samples", configMap=samples)],
            serviceAccountName=args.object_name,
            automountServiceAccountToken=False,
            enableServiceLinks=False,
            restartPolicy="Never",
            securityContext=pod_security(),
        ),
    )
    return JobSpec(backoffLimit=0, activeDeadlineSeconds=_DEADLINE_SECONDS, template=template)


def _container(args: ServedArgs, found: Rolled, wanted: AccuracySettings) -> Container:
    told = {
        judge.SAMPLES: f"{_FOLDER}/samples.json",
        judge.OUTPUT: wanted.samples.output,
        judge.POINTS: str(wanted.points),
        judge.STABLE: cluster_url(args.context, found.stable, PORT),
        judge.CANARY: cluster_url(args.context, found.canary, PORT),
    }
    amounts: dict[str, Any] = {"cpu": "100m", "memory": "128Mi"}
    return Container(
        name="judge",
        image=args.context.image(args.settings.image),
        command=["python", "-E", "-s", f"{WORKING_FOLDER}/judge.py"],
        env=[EnvVar(name=name, value=value) for name, value in told.items()],
        resources=only_logs(ResourceRequirements(requests=amounts, limits=dict(amounts))),
        securityContext=container_security(),
        volumeMounts=[
            VolumeMount(name="judge", mountPath=WORKING_FOLDER, readOnly=True),
            VolumeMount(name="samples", mountPath=_FOLDER, readOnly=True),
        ],
        terminationMessagePolicy="FallbackToLogsOnError",
    )


def judge_policy(args: ServedArgs) -> NetworkPolicy:
    """Return the policy of the Jobs that judge: not called at all, calling the model alone."""
    labels = {**common(args.context), **args.labels}
    servers = NetworkPolicyPeer(podSelector=LabelSelector(matchLabels=labels))
    own = {**common(args.context), **judge_labels(args)}
    return NetworkPolicy(
        metadata=metadata(args.context, f"{args.object_name}-judge", args.labels),
        spec=NetworkPolicySpec(
            podSelector=LabelSelector(matchLabels=own),
            policyTypes=["Ingress", "Egress"],
            ingress=[],
            egress=[
                dns_egress(args.context), NetworkPolicyEgressRule(to=[servers], ports=[tcp(PORT)])
            ],
        ),
    )  # fmt: skip
