"""The tools of a sandbox: what each is built from, and which programs it gives."""

from __future__ import annotations

import platform
import struct
from dataclasses import dataclass
from pathlib import Path

PULUMI = "3.259.0"
"""The CLI and the Python SDK speak one protocol version; requirements.txt pins the same."""

PYTHON_HOST = "3.68.0"
"""The last sdk module that contains the Python language host; it works with newer CLIs."""

KUBERNETES = "1.34.10"
"""The last minor version whose kubelet still starts on cgroup v1 by default."""

ETCD = "3.6.14"

ARGOCD = "3.5.7"
KWOK = "0.8.0"

GITEA_VERSION = "1.25.5"
"""The last that its Go module builds: later ones have another name, or parts that are not there."""

ROLLOUTS_VERSION = "1.10.1"

COMPOSE_VERSION = "2.40.3"
"""The last whose client speaks to the Docker Engine of Debian 12 (20.10)."""

FLUX_VERSION = "1.9.6"
"""Of both of Flux's controllers; later ones need a newer Go."""


@dataclass(frozen=True, kw_only=True)
class ModuleFile:
    """A file or folder that a tool needs beside its program: where in a module, and where to."""

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
    """One buildable tool; `minutes` is a cold build on 2 cores, after the download.

    `c` tells that it holds parts in C, for which the machine has a compiler.
    """

    name: str
    version: str
    package: str
    programs: tuple[str, ...]
    minutes: float
    stamps: tuple[tuple[str, str], ...] = ()
    files: tuple[ModuleFile, ...] = ()
    probe: Probe | None = None
    tags: tuple[str, ...] = ()
    c: bool = False

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


def definitions(module: str, path: str) -> tuple[ModuleFile, ...]:
    """Return the folder of the definitions of a controller's kinds."""
    wrapper = module.rsplit("/", 1)[1].replace("-", "_")
    return (ModuleFile(module=module, path=path, target="share/definitions", wrapper=wrapper),)


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


# Asked for by what needs it alone: a forge, for tests of promotions.
GITEA = Tool(
    name="gitea",
    version=GITEA_VERSION,
    package="code.gitea.io/gitea",
    programs=("gitea",),
    minutes=6,
    stamps=(("main.Version", GITEA_VERSION),),
    files=tuple(
        ModuleFile(
            module="code.gitea.io/gitea", path=folder, target=f"share/{folder}", wrapper="gitea"
        )
        for folder in ("options", "templates", "public")
    ),
    tags=("sqlite", "sqlite_unlock_notify"),
    c=True,
)

# Asked for by the tests of clusters that Flux pulls into.
FLUX = tuple(
    Tool(
        name=name,
        version=FLUX_VERSION,
        package=f"github.com/fluxcd/{name}",
        programs=(name,),
        minutes=4,
        files=definitions(f"github.com/fluxcd/{name}", "config/crd/bases"),
    )
    for name in ("source-controller", "kustomize-controller")
)

# Asked for by the tests of rollouts.
ROLLOUTS = Tool(
    name="argo-rollouts",
    version=ROLLOUTS_VERSION,
    package="github.com/argoproj/argo-rollouts/cmd/rollouts-controller",
    programs=("rollouts-controller",),
    minutes=5,
    files=definitions("github.com/argoproj/argo-rollouts", "manifests/crds"),
)

# Asked for by the tests of single servers.
COMPOSE = Tool(
    name="compose",
    version=COMPOSE_VERSION,
    package="github.com/docker/compose/v2/cmd",
    programs=("docker-compose",),
    minutes=2,
    stamps=(("github.com/docker/compose/v2/internal.Version", f"v{COMPOSE_VERSION}"),),
)


ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

# The ELF specification's e_machine, and cputype of <mach/machine.h>.
_ELF = {62: "amd64", 183: "arm64"}
_MACH_O = {0x01000007: "amd64", 0x0100000C: "arm64"}


@dataclass(frozen=True, kw_only=True)
class Platform:
    """An operating system and a processor, in the words of Go: `linux`, `amd64`."""

    system: str
    architecture: str

    def __str__(self) -> str:
        return f"{self.system}/{self.architecture}"


def here() -> Platform:
    """Return the platform of this machine."""
    machine = platform.machine().lower()
    return Platform(
        system=platform.system().lower(), architecture=ARCHITECTURES.get(machine, machine)
    )


def platform_of(program: Path) -> Platform | None:
    """Return which platform a program file is for; None for a script or an unknown format."""
    with program.open("rb") as stream:
        head = stream.read(20)
    if len(head) == 20 and head.startswith(b"\x7fELF"):
        (machine,) = struct.unpack_from("<H", head, 18)
        return Platform(system="linux", architecture=_ELF.get(machine, f"ELF machine {machine}"))
    if len(head) == 20 and head.startswith(b"\xcf\xfa\xed\xfe"):
        (machine,) = struct.unpack_from("<I", head, 4)
        name = _MACH_O.get(machine, f"Mach-O processor {machine}")
        return Platform(system="darwin", architecture=name)
    return None
