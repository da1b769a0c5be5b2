"""The tools of a sandbox: what each is built from, and which programs it gives."""

from dataclasses import dataclass

PULUMI = "3.259.0"
"""The CLI and the Python SDK speak one protocol version; requirements.txt pins the same."""

PYTHON_HOST = "3.68.0"
"""The last sdk module that contains the Python language host; it works with newer CLIs."""

KUBERNETES = "1.34.10"
"""The last minor version whose kubelet still starts on cgroup v1 by default."""

ETCD = "3.6.14"

ARGOCD = "3.5.7"
KWOK = "0.8.0"


@dataclass(frozen=True, kw_only=True)
class ModuleFile:
    """A file that a tool needs beside its program: where it lies in a module, where it goes."""

    module: str
    path: str
    target: str
    wrapper: str
    executable: bool = False


@dataclass(frozen=True, kw_only=True)
class Probe:
    """How an installed program tells its version, and which prefixes of it are suitable."""

    program: str
    arguments: tuple[str, ...]
    accepts: str


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One buildable tool; `minutes` is a cold build on 2 cores, after the download."""

    name: str
    version: str
    package: str
    programs: tuple[str, ...]
    minutes: float
    stamps: tuple[tuple[str, str], ...] = ()
    files: tuple[ModuleFile, ...] = ()
    probe: Probe | None = None

    @property
    def wrapper(self) -> str:
        """The folder of the Go module that builds this tool."""
        return self.name.replace("-", "_")


def kubernetes_stamps() -> tuple[tuple[str, str], ...]:
    """Return the version stamps of both packages that report one; clients refuse v0.0.0."""
    major, minor, _ = KUBERNETES.split(".")
    values = {
        "gitVersion": f"v{KUBERNETES}",
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
        "gitCommit": "0" * 40,
        "buildDate": "1970-01-01T00:00:00Z",
    }
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return tuple(
        (f"{package}.{key}", value) for package in packages for key, value in values.items()
    )


def kwok_stages() -> tuple[ModuleFile, ...]:
    """Return the stage files that make a fake node ready and its pods run."""
    paths = (
        "node/fast/node-initialize",
        "node/heartbeat-with-lease/node-heartbeat-with-lease",
        "pod/fast/pod-ready",
        "pod/fast/pod-complete",
        "pod/fast/pod-delete",
    )
    return tuple(
        ModuleFile(
            module="sigs.k8s.io/kwok",
            path=f"kustomize/stage/{path}.yaml",
            target=f"share/stages/{path.rsplit('/', 1)[1]}.yaml",
            wrapper="kwok",
        )
        for path in paths
    )


def argocd_files() -> tuple[ModuleFile, ...]:
    """Return the two scripts that Argo CD's syncs start."""
    return tuple(
        ModuleFile(
            module="github.com/argoproj/argo-cd/v3",
            path=f"hack/{script}",
            target=f"bin/{script}",
            wrapper="argocd",
            executable=True,
        )
        for script in ("git-verify-wrapper.sh", "gpg-wrapper.sh")
    )


TOOLS: tuple[Tool, ...] = (
    Tool(
        name="kubernetes",
        version=KUBERNETES,
        package=".",
        programs=(
            "etcd",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-proxy",
            "kube-scheduler",
            "kubectl",
            "kubelet",
        ),
        minutes=5,
        stamps=kubernetes_stamps(),
        probe=Probe(program="kube-apiserver", arguments=("--version",), accepts="v1.34."),
    ),
    Tool(
        name="pulumi",
        version=PULUMI,
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        programs=("pulumi",),
        minutes=4,
        stamps=(("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version", f"v{PULUMI}"),),
        probe=Probe(program="pulumi", arguments=("version",), accepts=f"v{PULUMI}"),
    ),
    Tool(
        name="pulumi-language-python",
        version=PYTHON_HOST,
        package="github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
        programs=("pulumi-language-python",),
        minutes=0.5,
        stamps=(("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version", f"v{PYTHON_HOST}"),),
        files=(
            ModuleFile(
                module="github.com/pulumi/pulumi/sdk/v3",
                path="python/cmd/pulumi-language-python-exec",
                target="bin/pulumi-language-python-exec",
                # The script must match the CLI, so it comes from the CLI's module list.
                wrapper="pulumi",
                executable=True,
            ),
        ),
    ),
    Tool(
        name="kwok",
        version=KWOK,
        package="sigs.k8s.io/kwok/cmd/kwok",
        programs=("kwok",),
        minutes=1,
        files=kwok_stages(),
    ),
    Tool(
        name="argocd",
        version=ARGOCD,
        package="github.com/argoproj/argo-cd/v3/cmd",
        programs=("argocd",),
        minutes=4,
        stamps=(
            ("github.com/argoproj/argo-cd/v3/common.version", ARGOCD),
            ("github.com/argoproj/argo-cd/v3/common.gitCommit", "0" * 40),
            ("github.com/argoproj/argo-cd/v3/common.gitTag", f"v{ARGOCD}"),
            ("github.com/argoproj/argo-cd/v3/common.gitTreeState", "clean"),
        ),
        files=argocd_files(),
    ),
)
