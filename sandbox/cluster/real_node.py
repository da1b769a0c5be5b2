"""One real node: whether this machine can run it, and its programs inside the sandbox."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sandbox.cluster import control_plane
from sandbox.cluster.keys import REAL_NODE as NAME
from sandbox.cluster.layout import Layout
from sandbox.cluster.netns import NODE, PODS
from sandbox.cluster.programs import Manifest, Program, write
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from sandbox.errors import SandboxError
from sandbox.images.archive import PAUSE, pause_image

ROOT = Path("/sys/fs/cgroup")


class CgroupError(SandboxError):
    """The machine did not let the sandbox make a control group."""


def is_unified(root: Path = ROOT) -> bool:
    """Tell whether this machine has the single hierarchy of cgroup v2."""
    return (root / "cgroup.controllers").exists()


def hierarchies(root: Path = ROOT) -> list[Path]:
    """Return the top folder of every control group hierarchy; some machines show none."""
    if is_unified(root):
        return [root]
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if (path / "cgroup.procs").exists())


def create(name: str, root: Path = ROOT) -> None:
    """Make one group in every hierarchy, able to hand its controllers on.

    Raises CgroupError where the machine does not allow it.
    """
    try:
        make(name, root)
    except OSError as error:
        raise CgroupError(
            f"Control groups cannot be made here: {error.strerror}, {error.filename}",
            "Leave out --real-node, or make /sys/fs/cgroup writable (a container must be "
            "privileged)",
        ) from error


def make(name: str, root: Path) -> None:
    """Make one group in every hierarchy; raises OSError where that is refused."""
    for hierarchy in hierarchies(root):
        group = hierarchy / name
        group.mkdir(exist_ok=True)
        inherit_cpuset(hierarchy, group)
    if is_unified(root):
        controllers = (root / name / "cgroup.controllers").read_text().split()
        enable = " ".join(f"+{controller}" for controller in controllers)
        (root / name / "cgroup.subtree_control").write_text(enable)


def inherit_cpuset(hierarchy: Path, group: Path) -> None:
    """Copy the processors and memory nodes of cgroup v1, which start empty in a new group."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        if (group / name).exists() and not is_unified(hierarchy):
            (group / name).write_text((hierarchy / name).read_text())


def remove(name: str, root: Path = ROOT) -> None:
    """Remove one group and all below it; their processes must have ended."""
    for hierarchy in hierarchies(root):
        group = hierarchy / name
        if not group.exists():
            continue
        below = [path for path in group.rglob("*") if path.is_dir()]
        for path in sorted([*below, group], reverse=True):
            with suppress(FileNotFoundError):
                path.rmdir()


class MachineError(SandboxError):
    """This machine cannot run a real node."""


@dataclass(frozen=True, kw_only=True)
class MachineFacts:
    """What a kubelet and containers need of a machine."""

    memory_limits: bool
    kernel_messages: bool
    layered_files: bool


def machine_facts(root: Path = Path("/")) -> MachineFacts:
    """Return what the machine whose file system is at `root` offers."""
    groups = root / ROOT.relative_to("/")
    if is_unified(groups):
        memory = "memory" in (groups / "cgroup.controllers").read_text().split()
    else:
        memory = (groups / "memory" / "cgroup.procs").exists()
    return MachineFacts(
        memory_limits=memory,
        kernel_messages=(root / "dev/kmsg").exists(),
        layered_files="overlay" in (root / "proc/filesystems").read_text().split(),
    )


def require_real_node(facts: MachineFacts) -> None:
    """Raise MachineError with the first thing that this machine lacks for a real node."""
    without = "Leave out --real-node: everything but running containers works without it"
    if not facts.memory_limits:
        raise MachineError("Control groups here do not limit memory, which pods need", without)
    if not facts.kernel_messages:
        raise MachineError("There is no /dev/kmsg, which the kubelet reads", without)
    if not facts.layered_files:
        raise MachineError("The kernel has no overlay file system, which images need", without)


SOCKET = "/run/containerd/containerd.sock"
"""In the sandbox's own /run, so every sandbox has one of this name."""

CTR = ("ctr", f"--address={SOCKET}", "--namespace=k8s.io")
CNI_PLUGINS = "/usr/lib/cni"
TAINT = "localai-gitops/real-node=true:PreferNoSchedule"
"""Pods that any node suits go to the fake ones; those that select the real node need nothing."""

CONTAINERD_CONFIG = """\
version = 2
root = "{data}/containerd"
state = "/run/containerd"
[grpc]
address = "{socket}"
[plugins."io.containerd.internal.v1.opt"]
path = "{data}/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
restrict_oom_score_adj = true
stream_server_address = "127.0.0.1"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{plugins}"
conf_dir = "{config}/cni"
"""


class ImageError(SandboxError):
    """An image could not be imported."""


def network(layout: Layout) -> Manifest:
    """Return the pod network: a bridge, and addresses remembered inside the sandbox."""
    addresses = {
        "type": "host-local",
        "ranges": [[{"subnet": PODS}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": str(layout.data / "addresses"),
    }
    bridge = {
        "type": "bridge",
        "bridge": "pods0",
        "isGateway": True,
        "ipMasq": True,
        "hairpinMode": True,
        "ipam": addresses,
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge, ports]}


def kubelet_config(layout: Layout) -> Manifest:
    """Return the kubelet's configuration; it trusts only the cluster's own authority."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": NODE,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(layout.keys / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(layout.keys / "kubelet-server.crt"),
        "tlsPrivateKeyFile": str(layout.keys / "kubelet-server.key"),
        "readOnlyPort": 0,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "enforceNodeAllocatable": [],
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "podLogsDir": str(layout.data / "pod-logs"),
        "volumePluginDir": str(layout.data / "volume-plugins"),
        "staticPodPath": "",
        "resolvConf": "",
        # A source of weights answers there for its own name and for Services; nobody else does.
        "clusterDNS": [NODE],
        "clusterDomain": "cluster.local",
        # The images here cannot be fetched again, so none may be thrown away for space.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%"},
        "featureGates": {"ImageVolume": True},
    }


def containerd(layout: Layout) -> Program:
    """Return containerd with every path of its own."""
    return Program(name="containerd", arguments=(f"--config={layout.config / 'containerd.toml'}",))


def kubelet(layout: Layout) -> Program:
    """Return the kubelet of the real node."""
    return Program(
        name="kubelet",
        arguments=(
            f"--config={layout.config / 'kubelet.json'}",
            f"--kubeconfig={layout.config / 'kubelet.kubeconfig'}",
            f"--root-dir={layout.data / 'kubelet'}",
            f"--hostname-override={NAME}",
            f"--node-ip={NODE}",
            f"--register-with-taints={TAINT}",
        ),
    )


def kube_proxy(layout: Layout) -> Program:
    """Return kube-proxy, which makes service addresses work for real pods."""
    return Program(
        name="kube-proxy",
        arguments=(
            f"--kubeconfig={layout.config / 'kube-proxy.kubeconfig'}",
            f"--hostname-override={NAME}",
            f"--cluster-cidr={PODS}",
            "--proxy-mode=iptables",
            "--healthz-bind-address=127.0.0.1",
            # Zero leaves the machine's connection tracking as it is.
            "--conntrack-max-per-core=0",
            "--conntrack-tcp-timeout-established=0",
            "--conntrack-tcp-timeout-close-wait=0",
        ),
    )


def write_files(layout: Layout) -> None:
    """Write the configuration of the real node's programs."""
    (layout.config / "cni").mkdir()
    write(layout.config / "cni" / "pods.conflist", network(layout))
    write(layout.config / "kubelet.json", kubelet_config(layout))
    text = CONTAINERD_CONFIG.format(
        data=layout.data, config=layout.config, socket=SOCKET, pause=PAUSE, plugins=CNI_PLUGINS
    )
    (layout.config / "containerd.toml").write_text(text)


def start(sandbox: Sandbox) -> None:
    """Start the real node and return when it is Ready."""
    write_files(sandbox.layout)
    sandbox.start(containerd(sandbox.layout))
    version = [*CTR, "version"]
    wait_until(lambda: not sandbox.run_inside(version), "containerd was not ready", seconds=20)
    import_image(sandbox, pause_image(sandbox.layout.data / "pause.tar"))
    sandbox.start(kube_proxy(sandbox.layout))
    sandbox.start(kubelet(sandbox.layout))
    sandbox.kubectl("wait", "--for=create", f"node/{NAME}", "--timeout=30s")
    control_plane.wait_for_nodes(sandbox, [NAME])
    control_plane.check_alive(sandbox)


def import_image(sandbox: Sandbox, archive: Path) -> None:
    """Give a docker-archive tar to the real node; raises ImageError when it is refused."""
    problem = sandbox.run_inside([*CTR, "images", "import", "-"], archive)
    if problem:
        raise ImageError(
            f"containerd refused {archive.name}: {problem}",
            "Bring the sandbox up with --real-node, and pass a docker-archive tar",
        )
