"""A declared application in a cluster: pods of the stand-in, its Jobs, and models behind LiteLLM.

Nothing is changed in what is declared, but that pods go to the one real node and know the addresses
that name servers of a cluster would tell them.
"""

import json
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from components.addons.router.args import RouterArgs
from components.addons.router.config_map import CONFIG
from components.addons.router.pod import PORT as ROUTER_PORT
from components.addons.router.pod import container, files
from components.network.chat_application import OBJECT, PORT
from components.parts.part import Manifest, plain
from components.server.local_ai import address
from components.weights.program import IMAGE as PYTHON
from gitops.adapters.kubectl import Kubectl
from gitops.adapters.process import Finished
from gitops.cli.backup.work import Keeper, kept
from sandbox.cluster.keys import REAL_NODE
from sandbox.cluster.netns import NODE
from sandbox.cluster.real_node import import_image
from sandbox.cluster.sandbox import Sandbox
from sandbox.images.archive import Image, write_archive
from sandbox.images.python import PREFIX, VERSION, interpreter, libraries, python_image
from sandbox.serving.local_volumes import LOCAL_CLASS, add_local_volume
from settings.anythingllm import IMAGE
from stack import stack_parts
from tests.e2e.anythingllm.client import PASSWORD, Client
from tests.e2e.anythingllm.containers import PASSPHRASE, backup
from tests.e2e.registry.stores import KEY, SECRET, ObjectStore, programs
from tests.e2e.routing.loopback import HOST, free_port, wait_until
from tests.e2e.routing.proxy import proxy
from tests.e2e.routing.reaching import reachable, service_to
from tests.samples import manifests, pool_fields, stack
from tests.support.project import ROOT

NAMESPACE = "localai-documents"
NEWER = "docker.io/mintplexlabs/anythingllm:1.17.0"
# A release whose migration fails when it is half done.
BROKEN = "docker.io/mintplexlabs/anythingllm:1.18.0"
SMALL, LARGE, CHAT = "qwen3-embedding-0.6b", "nomic-embed-text-v1.5", "qwen3-0.6b"
DIMENSIONS = {SMALL: 4, LARGE: 6}
CLIENT, MASTER, SERVERS = "the-key-of-documents", "the-master-key", "the-key-of-the-servers"
POOLS = {
    "chat": pool_fields(models=[CHAT]),
    "embed": pool_fields(models=[SMALL, LARGE]),
}
# Its own entry point, as its Dockerfile says.
ENTRY = "/usr/local/bin/docker-entrypoint.sh"
_ENTRY = """#!/bin/bash
{ node /app/anythingllm.py generate && node /app/anythingllm.py server; } &
{ node /app/anythingllm.py collector; } &
wait -n
exit $?
"""


def busybox(*links: str) -> dict[str, str]:
    return {f"/bin/{name}": "busybox" for name in links}


def application_image(name: str) -> Image:
    """Return the image of the stand-in: a shell as first process, and programs named node."""
    made = python_image(name, entrypoint=("/bin/bash", ENTRY))
    bash = Path("/bin/bash").resolve()
    node = interpreter()[f"{PREFIX}/bin/python{VERSION}"]
    return replace(
        made,
        files={**libraries([bash]), **made.files, f"{PREFIX}/bin/node": node, "/bin/bash": bash,
               "/bin/busybox": Path("/usr/bin/busybox"),
               "/app/anythingllm.py": ROOT / "tests/support/anythingllm.py"},
        links={**made.links, **busybox("sh", "cat", "readlink", "sleep")},
        texts={**made.texts, ENTRY: _ENTRY},
        environment=(*made.environment, *(["STAND_IN_FAILS=yes"] if name == BROKEN else [])),
        writable=("/app/server/node_modules",),
        user="1000:1000",
    )  # fmt: skip


def job_images() -> Sequence[Image]:
    """Return the images of the Jobs under the names that are declared: Python, and rclone."""
    made = python_image(PYTHON)
    links = {**made.links, f"{PREFIX}/bin/python": f"python{VERSION}"}
    shell = Image(
        name="docker.io/rclone/rclone:1.75.2",
        entrypoint=("rclone",),
        files={"/usr/bin/rclone": programs() / "rclone", "/bin/busybox": Path("/usr/bin/busybox")},
        links=busybox("sh", "ls", "sort", "tail", "grep", "sha256sum", "cat"),
        environment=("PATH=/usr/bin:/bin",),
    )
    return replace(made, links=links), shell


@dataclass(frozen=True, kw_only=True)
class Models:
    """Servers of models that ask for a key; each model has vectors of a length of its own."""

    port: int
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


@contextmanager
def models() -> Generator[Models]:
    """Run them on one port of this machine."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            allowed = self.headers.get("Authorization") == f"Bearer {SERVERS}"
            asked.append((self.path, body["model"]))
            content = json.dumps(_answer(self.path, body)).encode()
            self.send_response(200 if allowed else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Models(port=server.server_port, asked=asked)
        server.shutdown()


def _answer(path: str, body: Mapping[str, Any]) -> Any:
    if path.endswith("/embeddings"):
        vector = [1.0, *[0.5] * (DIMENSIONS[body["model"]] - 1)]
        return {"object": "list", "model": body["model"],
                "data": [{"object": "embedding", "index": 0, "embedding": vector}],
                "usage": {"prompt_tokens": 1, "total_tokens": 1}}  # fmt: skip
    said = {"role": "assistant", "content": "as the documents say"}
    return {"object": "chat.completion", "model": body["model"], "id": "1", "created": 1,
            "choices": [{"index": 0, "finish_reason": "stop", "message": said}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}  # fmt: skip


ROUTER = {"keys": {"documents": {"secret": "clients", "key": "documents"}},
          "masterKey": {"secret": "clients", "key": "master"}}  # fmt: skip


def said(store: str, **fields: Any) -> dict[str, Any]:
    """Return the keys of the stack file."""
    application = {
        "chat": CHAT, "embeddings": SMALL, "keys": {"secret": "application"},
        "key": {"secret": "clients", "key": "documents"},
        "password": {"secret": "application", "key": "password"},
        "storage": {"size": "1Gi", "class": LOCAL_CLASS}, "backup": backup(store), **fields,
    }  # fmt: skip
    api_key = {"secret": "clients", "key": "servers"}
    return {"namespace": NAMESPACE, "router": ROUTER, "apiKey": api_key, "anythingllm": application}


def declared(store: str, **fields: Any) -> Any:
    """Return context and pools of the stack."""
    return stack(POOLS, **said(store, **fields))


SECRETS: Mapping[str, Mapping[str, str]] = {
    "clients": {"documents": CLIENT, "master": MASTER, "servers": SERVERS},
    "application": {"sig-key": "s" * 32, "sig-salt": "t" * 32, "jwt-secret": "j" * 16,
                    "password": PASSWORD},
    "copies": {"access": KEY, "secret": SECRET, "passphrase": PASSPHRASE},
    "people": {"keeper": "not-a-real-password", "ada": "not-a-real-one-either"},
}  # fmt: skip


@contextmanager
def router(folder: Path, served: Models) -> Generator[int]:
    """Run the declared router, as LiteLLM, on a port of this machine."""
    context, pools = declared("http://127.0.0.1:1")
    args = RouterArgs(context=context, settings=context.settings.router, pools=pools)
    folder.mkdir()
    for name, text in plain(files(args))["data"].items():
        for pool in pools if name == CONFIG else ():
            text = text.replace(address(pool), f"http://{HOST}:{served.port}/v1")
        (folder / name).write_text(text)
    port = free_port()
    secrets = {
        f"{secret}/{key}": one for secret, keys in SECRETS.items() for key, one in keys.items()
    }
    with proxy(plain(container(args)), folder, secrets, port):
        yield port


@dataclass(kw_only=True)
class Deployed:
    """The application of a stack in the cluster; `hosts` are names that its pods know."""

    sandbox: Sandbox
    store: ObjectStore
    endpoint: str
    served: Models
    hosts: dict[str, str]
    fields: dict[str, Any] = field(default_factory=dict[str, Any])

    def kubectl(self, *words: str) -> str:
        return self.sandbox.kubectl("--namespace", NAMESPACE, *words)

    def objects(self, *kinds: str, **fields: Any) -> list[Manifest]:
        """Return the objects of the application, as the cluster gets them."""
        parts = stack_parts(*declared(self.endpoint, **{**self.fields, **fields}))
        return [one for one in self.placed(manifests(parts)) if not kinds or one["kind"] in kinds]

    def placed(self, found: Iterable[Manifest]) -> list[Manifest]:
        """Return what is of the application, its pods on the real node."""
        ours = [one for one in found if one["metadata"]["name"].startswith(OBJECT)]
        for one in ours:
            if pod := _pod(one):
                pod["nodeSelector"] = {"kubernetes.io/hostname": REAL_NODE}
                pod["hostAliases"] = [
                    {"ip": ip, "hostnames": [name]} for name, ip in self.hosts.items()
                ]
        return ours

    def sync(self, **fields: Any) -> None:
        """Apply what is declared."""
        self.fields |= fields
        self.applied(self.objects())

    def applied(self, found: Sequence[Manifest]) -> None:
        """Apply as Argo CD does: the Job before the server, and wait for each."""
        self.sandbox.apply([one for one in found if one["kind"] != "Deployment"])
        (job,) = (one["metadata"]["name"] for one in found if one["kind"] == "Job")
        # It prunes the Job of before, which is made again where somebody goes back.
        label = "--selector=app.kubernetes.io/component=anythingllm-update"
        for other in self.kubectl("get", "jobs", label, "--output=name").split():
            if other != f"job.batch/{job}":
                self.kubectl("delete", other)
        self.ended(job)
        self.sandbox.apply([one for one in found if one["kind"] == "Deployment"])
        self.kubectl("rollout", "status", f"deployment/{OBJECT}", "--timeout=180s")

    def ended(self, job: str) -> None:
        """Wait until a Job has ended well; raises AssertionError with its log."""

        def state() -> str:
            path = "{.status.conditions[?(@.status=='True')].type}"
            return self.kubectl("get", "job", job, f"--output=jsonpath={path}")

        wait_until(lambda: "Complete" in state() or "Failed" in state(), self.story, 240)
        assert "Complete" in state(), self.story()

    def story(self) -> str:
        return self.kubectl("get", "pods,events", "--output=wide")

    def keeper(self) -> Keeper:
        """Return what the command line would do it with."""
        context, _ = declared(self.endpoint, **self.fields)

        def run(
            command: Sequence[str], folder: Path, environment: Any = None, given: bytes = b""
        ) -> Finished:
            del folder, environment
            words = [self.sandbox.tools.program("kubectl"), *command[1:]]
            done = self.sandbox.run(words, stdin=given.decode())
            return Finished(code=done.returncode, output=done.stdout.encode(), errors=done.stderr)

        return Keeper(settings=context.settings, kept=kept(context.settings)[0],
                      kubectl=Kubectl(run=run, folder=Path()))  # fmt: skip

    @property
    def client(self) -> Client:
        """Return who asks the Service."""

        def run(command: Sequence[str], given: str) -> str:
            done = self.sandbox.run([*command], stdin=given)
            assert done.returncode == 0, done.stderr + self.story()
            return done.stdout

        address = self.hosts[f"{OBJECT}.{NAMESPACE}.svc"]
        return Client(address=f"http://{address}:{PORT}", run=run)

    @property
    def storage(self) -> Path:
        """Return the folder of this machine that is the claim."""
        claim = f"{OBJECT}-storage-{LOCAL_CLASS}"
        volume = self.kubectl("get", "pvc", claim, "--output=jsonpath={.spec.volumeName}")
        return self.sandbox.layout.volumes / volume


def _pod(one: Manifest) -> Any:
    spec: Any = one.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    return spec.get("template", {}).get("spec")


@contextmanager
def deployed(sandbox: Sandbox, folder: Path, store: ObjectStore) -> Generator[Deployed]:
    """Give the application, not yet applied, with all that it needs."""
    releases = [application_image(name) for name in (IMAGE, NEWER, BROKEN)]
    for image in (*releases, *job_images()):
        import_image(sandbox, write_archive(image, folder / "image.tar"))
    volumes = [f"{NAMESPACE}-{number}" for number in range(60)]
    for volume in volumes:
        add_local_volume(sandbox, volume, "2Gi")
    space = {"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}
    sandbox.apply([
        {"apiVersion": "v1", "kind": "Namespace", "metadata": space},
        *({"apiVersion": "v1", "kind": "Secret", "stringData": dict(keys),
           "metadata": {"name": name, "namespace": NAMESPACE}} for name, keys in SECRETS.items()),
    ])  # fmt: skip
    with ExitStack() as running:
        served = running.enter_context(models())
        port = running.enter_context(router(folder / "router", served))
        at = running.enter_context(reachable(sandbox.netns, NODE, port))
        s3 = running.enter_context(
            reachable(sandbox.netns, NODE, int(store.address.rpartition(":")[2]))
        )
        made = Deployed(
            sandbox=sandbox, store=store, endpoint=f"http://{NODE}:{s3}", served=served, hosts={}
        )
        sandbox.apply(made.objects("Service"))
        sandbox.apply(service_to(NAMESPACE, "localai-router", ROUTER_PORT, at))
        for name in (OBJECT, "localai-router"):
            ip = made.kubectl("get", f"service/{name}", "--output=jsonpath={.spec.clusterIP}")
            made.hosts[f"{name}.{NAMESPACE}.svc"] = ip
        try:
            yield made
        finally:
            sandbox.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
            # A claim of another module would take one of them for its own.
            sandbox.kubectl("delete", "pv", *volumes, "--wait=false")
