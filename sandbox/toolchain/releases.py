"""Where the official releases of the tools lie, for the platforms that have them.

The digests of the programs are read from the release's own list, fetched from the same place by
HTTPS: that tells a damaged download, not a forged release. Scripts and stages are files of the
release's source, whose digests are known from the Go modules, and are written here.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.toolchain.tools import ARGOCD, ETCD, KUBERNETES, KWOK, PULUMI, Platform, Tool

GITHUB = "https://github.com"
SOURCES = "https://raw.githubusercontent.com"
LINUX = ("linux",)
DESKTOPS = ("linux", "darwin")
BUILT_FOR = ("amd64", "arm64")


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file that is kept: its path in the archive, empty if none, and in the tool's folder."""

    path: str = ""
    target: str


@dataclass(frozen=True, kw_only=True)
class Download:
    """One file of a release; its digest is `sha256`, or stands beside its name in `digests`."""

    url: str
    members: tuple[Member, ...]
    digests: str = ""
    sha256: str = ""

    @property
    def name(self) -> str:
        """The file's name, as the list of digests has it."""
        return self.url.rsplit("/", 1)[1]


def release(tool: Tool, platform: Platform) -> tuple[Download, ...]:
    """Return what to download for a tool; nothing where no release fits the platform."""
    systems, downloads = RELEASES[tool.name]
    if platform.system not in systems or platform.architecture not in BUILT_FOR:
        return ()
    return downloads(platform)


def kubernetes(platform: Platform) -> tuple[Download, ...]:
    """Return the programs of Kubernetes one by one, and etcd; a build has them in one file."""
    folder = f"https://dl.k8s.io/v{KUBERNETES}/bin/{platform.system}/{platform.architecture}"
    names = ("apiserver", "controller-manager", "proxy", "scheduler")
    programs = ("kubectl", "kubelet", *(f"kube-{name}" for name in names))
    return (
        etcd(platform),
        *(
            Download(
                url=f"{folder}/{name}",
                digests=f"{folder}/{name}.sha256",
                members=(Member(target=f"bin/{name}"),),
            )
            for name in programs
        ),
    )


def etcd(platform: Platform) -> Download:
    """Return the archive with the database of Kubernetes."""
    folder = f"{GITHUB}/etcd-io/etcd/releases/download/v{ETCD}"
    name = f"etcd-v{ETCD}-{platform.system}-{platform.architecture}"
    return Download(
        url=f"{folder}/{name}.tar.gz",
        digests=f"{folder}/SHA256SUMS",
        members=(Member(path=f"{name}/etcd", target="bin/etcd"),),
    )


def pulumi(platform: Platform) -> tuple[Download, ...]:
    """Return the archive with the CLI and its Python language host."""
    folder = "https://get.pulumi.com/releases/sdk"
    architecture = "x64" if platform.architecture == "amd64" else platform.architecture
    names = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")
    archive = Download(
        url=f"{folder}/pulumi-v{PULUMI}-{platform.system}-{architecture}.tar.gz",
        digests=f"{folder}/pulumi-{PULUMI}-checksums.txt",
        members=tuple(Member(path=f"pulumi/{name}", target=f"bin/{name}") for name in names),
    )
    return (archive,)


def kwok(platform: Platform) -> tuple[Download, ...]:
    """Return the program, whose digest only GitHub's API tells, and the stages."""
    project = "kubernetes-sigs/kwok"
    name = f"kwok-{platform.system}-{platform.architecture}"
    program = Download(
        url=f"{GITHUB}/{project}/releases/download/v{KWOK}/{name}",
        digests=f"https://api.github.com/repos/{project}/releases/tags/v{KWOK}",
        members=(Member(target="bin/kwok"),),
    )
    source = f"{SOURCES}/{project}/v{KWOK}/kustomize/stage"
    return (program, *(stage(source, path, sha256) for path, sha256 in STAGES.items()))


def stage(source: str, path: str, sha256: str) -> Download:
    """Return one stage file of kwok's source."""
    name = path.rsplit("/", 1)[1]
    target = Member(target=f"share/stages/{name}")
    return Download(url=f"{source}/{path}", sha256=sha256, members=(target,))


def argocd(platform: Platform) -> tuple[Download, ...]:
    """Return the program, which has every role as the CLI does, and the scripts of a sync."""
    project = "argoproj/argo-cd"
    folder = f"{GITHUB}/{project}/releases/download/v{ARGOCD}"
    name = f"argocd-{platform.system}-{platform.architecture}"
    program = Download(
        url=f"{folder}/{name}",
        digests=f"{folder}/cli_checksums.txt",
        members=(Member(target="bin/argocd"),),
    )
    source = f"{SOURCES}/{project}/v{ARGOCD}/hack"
    scripts = (
        Download(url=f"{source}/{name}", sha256=sha256, members=(Member(target=f"bin/{name}"),))
        for name, sha256 in SCRIPTS.items()
    )
    return (program, *scripts)


STAGES = {
    "node/fast/node-initialize.yaml": (
        "bb38f752d90248528b579a0ae8f0f660ff3428457eb5c1ebe6345c3246cc7ee5"
    ),
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml": (
        "9becfc93321222915bd1ec8ab103fe769afe4b23e1386bf40553deb02e332c9c"
    ),
    "pod/fast/pod-ready.yaml": ("4d04a22c1b9dc6adcd4da90b32ce85687ba0058e15ca1eebcfa7cd64201d4148"),
    "pod/fast/pod-complete.yaml": (
        "86b800597419abbd7d8c43b0dfc4782643cfcfcfc8ac617f1e79e4e3a68533b2"
    ),
    "pod/fast/pod-delete.yaml": (
        "a83bc287bfc7a4f1e3748e01761186128a4042e38b304195e984111ce5626cef"
    ),
}
SCRIPTS = {
    "git-verify-wrapper.sh": "e5271467f0d070e24ef690318206eb6a3d23ec002c9fd17d1c5cb2a52792001e",
    "gpg-wrapper.sh": "06f3503b80ff2c9753c599fe4afdd21e36d1cec7b95244186fc06c2bd96d7180",
}
RELEASES = {
    "kubernetes": (LINUX, kubernetes),
    "pulumi": (DESKTOPS, pulumi),
    "pulumi-language-python": (DESKTOPS, pulumi),
    "kwok": (DESKTOPS, kwok),
    "argocd": (DESKTOPS, argocd),
}
