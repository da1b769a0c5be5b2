"""Where the definition of each custom resource comes from: a file of a Go module's release.

The releases are the newest that the Go of the sandbox's toolchain fetches; newer ones ask for a
newer Go.
"""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Module:
    """A release of a Go module, and the folder in it with the definitions."""

    path: str
    version: str
    folder: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """The definition of one kind: its names, and its file in the module's folder."""

    module: Module
    file: str
    group: str
    plural: str
    kind: str

    @property
    def origin(self) -> str:
        """The release it is taken from, as Go writes it."""
        return f"{self.module.path}@{self.module.version}"

    @property
    def path(self) -> Path:
        """Where our copy lies."""
        return FOLDER / f"{self.group}_{self.plural}.yaml"


ARGO_CD = Module(path="github.com/argoproj/argo-cd/v3", version="v3.5.7", folder="manifests/crds")
ARGO_ROLLOUTS = Module(
    path="github.com/argoproj/argo-rollouts", version="v1.10.1", folder="manifests/crds"
)
CERT_MANAGER = Module(
    path="github.com/cert-manager/cert-manager", version="v1.21.2", folder="deploy/crds"
)
EXTERNAL_SECRETS = Module(
    path="github.com/external-secrets/external-secrets",
    version="v1.3.2",
    folder="config/crds/bases",
)
FLUX_KUSTOMIZE = Module(
    path="github.com/fluxcd/kustomize-controller", version="v1.9.6", folder="config/crd/bases"
)
FLUX_SOURCE = Module(
    path="github.com/fluxcd/source-controller", version="v1.9.6", folder="config/crd/bases"
)
GATEWAY_API = Module(path="sigs.k8s.io/gateway-api", version="v1.6.3", folder="config/crd/standard")
KEDA = Module(path="github.com/kedacore/keda/v2", version="v2.21.0", folder="config/crd/bases")
PROMETHEUS_OPERATOR = Module(
    path="github.com/prometheus-operator/prometheus-operator",
    version="v0.85.0",
    folder="example/prometheus-operator-crd",
)
SNAPSHOTTER = Module(
    path="github.com/kubernetes-csi/external-snapshotter/client/v8",
    version="v8.7.0",
    folder="config/crd",
)
VELERO = Module(
    path="github.com/vmware-tanzu/velero", version="v1.18.3", folder="config/crd/v1/bases"
)
TRAEFIK = Module(
    path="github.com/traefik/traefik/v3",
    version="v3.7.13",
    folder="docs/content/reference/dynamic-configuration",
)
PULUMI_OPERATOR = Module(
    path="github.com/pulumi/pulumi-kubernetes-operator/v2",
    version="v2.9.0",
    folder="operator/config/crd/bases",
)


def generated(module: Module, group: str, **kinds: str) -> tuple[Source, ...]:
    """Return sources whose files are named as controller-gen names them; `kinds` by plural."""
    return tuple(
        Source(module=module, file=f"{group}_{plural}.yaml", group=group, plural=plural, kind=kind)
        for plural, kind in kinds.items()
    )


def argo(module: Module, file: str, plural: str, kind: str) -> Source:
    """Return the source of one kind of an Argo project."""
    return Source(module=module, file=file, group="argoproj.io", plural=plural, kind=kind)


SOURCES: tuple[Source, ...] = (
    argo(ARGO_CD, "application-crd.yaml", "applications", "Application"),
    argo(ARGO_CD, "applicationset-crd.yaml", "applicationsets", "ApplicationSet"),
    argo(ARGO_CD, "appproject-crd.yaml", "appprojects", "AppProject"),
    argo(ARGO_ROLLOUTS, "analysis-run-crd.yaml", "analysisruns", "AnalysisRun"),
    argo(ARGO_ROLLOUTS, "analysis-template-crd.yaml", "analysistemplates", "AnalysisTemplate"),
    argo(ARGO_ROLLOUTS, "rollout-crd.yaml", "rollouts", "Rollout"),
    *generated(PULUMI_OPERATOR, "auto.pulumi.com", workspaces="Workspace"),
    *generated(CERT_MANAGER, "cert-manager.io", certificates="Certificate"),
    *generated(EXTERNAL_SECRETS, "external-secrets.io", externalsecrets="ExternalSecret"),
    *generated(
        GATEWAY_API,
        "gateway.networking.k8s.io",
        gateways="Gateway",
        httproutes="HTTPRoute",
        referencegrants="ReferenceGrant",
    ),
    *generated(
        KEDA,
        "keda.sh",
        scaledobjects="ScaledObject",
        triggerauthentications="TriggerAuthentication",
    ),
    *generated(FLUX_KUSTOMIZE, "kustomize.toolkit.fluxcd.io", kustomizations="Kustomization"),
    *generated(
        PROMETHEUS_OPERATOR,
        "monitoring.coreos.com",
        podmonitors="PodMonitor",
        prometheusrules="PrometheusRule",
        servicemonitors="ServiceMonitor",
    ),
    *generated(PULUMI_OPERATOR, "pulumi.com", programs="Program", stacks="Stack"),
    *generated(
        TRAEFIK, "traefik.io", ingressroutes="IngressRoute", traefikservices="TraefikService"
    ),
    *generated(SNAPSHOTTER, "snapshot.storage.k8s.io", volumesnapshots="VolumeSnapshot"),
    *generated(VELERO, "velero.io", schedules="Schedule"),
    *generated(FLUX_SOURCE, "source.toolkit.fluxcd.io", gitrepositories="GitRepository"),
)
