"""The declared chat in a real pod, used in a browser, over a real llama.cpp on this machine."""

from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from components.addons.chat.pod import OBJECT, PORT
from components.checks.resolve import resolve
from components.parts.context import Context
from components.parts.part import Manifest
from components.pool.pool import Pool
from models.catalog import read_catalog
from sandbox.cluster.keys import REAL_NODE
from sandbox.cluster.netns import NODE
from sandbox.cluster.real_node import import_image
from sandbox.cluster.sandbox import Sandbox
from sandbox.images.archive import Image, write_archive
from sandbox.images.locked import locked_image
from sandbox.images.python import tree
from sandbox.serving.project import definition
from sandbox.serving.tiny_model import Tiny, write_tiny
from stack import stack_parts
from tests.e2e.chatting import LOCK, PASSWORD, USER, browser, window
from tests.e2e.locked import locked
from tests.e2e.routing.loopback import free_port, wait_until
from tests.e2e.routing.reaching import led_into, reachable, service_to
from tests.e2e.routing.stand_in import stand_in
from tests.samples import STACK, manifests, pool_fields, settings
from tests.support.project import ROOT

pytestmark = pytest.mark.e2e
NAMESPACE = "localai-talk"
IMAGE = "docker.io/local/chat:1"
KEY = "the-key-of-the-servers"


def chat_image() -> Image:
    """Return the image as apps/chat/Dockerfile makes it."""
    made = locked_image(IMAGE, locked("chat", LOCK).parent, ROOT / "apps/chat/Dockerfile")
    sources = tree(ROOT / "apps/chat", "/opt/app/apps/chat")
    package = {"/opt/app/apps/__init__.py": ROOT / "apps/__init__.py"}
    environment = (*made.environment, "PYTHONPATH=/opt/app", "HOME=/tmp")
    return replace(made, files={**made.files, **sources, **package}, environment=environment)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project with one model, and its file."""
    folder = tmp_path_factory.mktemp("talk")
    (folder / "models").mkdir()
    file = write_tiny(folder / "tiny-v1.gguf", Tiny(name="tiny-v1"))
    fields = definition("tiny-v1", file, f"https://files.test/{file.name}")
    (folder / "models" / "tiny-v1.yaml").write_text(yaml.safe_dump(fields))
    return folder


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A chat whose pod is ready: a port of this machine leads to its Service."""

    cluster: Sandbox
    port: int

    def kubectl(self, *words: str) -> str:
        return self.cluster.kubectl("--namespace", NAMESPACE, *words)

    def pod(self) -> str:
        path = "--output=jsonpath={.items[*].metadata.name}"
        return self.kubectl("get", "pods", "--field-selector=status.phase=Running", path)


@pytest.fixture(scope="module")
def talk(cluster: Sandbox, weights: Path) -> Generator[Talk]:
    import_image(cluster, write_archive(chat_image(), weights / "chat.tar"))
    said = {"image": IMAGE, "login": {"secret": "chat-login"}, "pool": "chat"}
    found = settings(
        {"chat": pool_fields(models=["tiny-v1"], cpu=1)}, namespace=NAMESPACE, chat=said,
        apiKey={"secret": "clients", "key": "servers"},
    )  # fmt: skip
    context, (pool,) = resolve(STACK, found, read_catalog(weights))
    port = free_port()
    server = weights / "server"
    with ExitStack() as running:
        running.enter_context(
            stand_in(pool, {"tiny-v1": weights / "tiny-v1.gguf"}, server, port, KEY)
        )
        at = running.enter_context(reachable(cluster.netns, NODE, port))
        cluster.apply([
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {
                "name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}},
            *(
                {"apiVersion": "v1", "kind": "Secret", "stringData": data,
                 "metadata": {"name": name, "namespace": NAMESPACE}}
                for name, data in {"clients": {"servers": KEY},
                                   "chat-login": {"username": USER, "password": PASSWORD}}.items()
            ),
            *service_to(NAMESPACE, pool.object_name, pool.context.server.port, at),
        ])  # fmt: skip
        models = _address(cluster, pool.object_name)
        cluster.apply(_objects(context, pool, models))
        status = ("--namespace", NAMESPACE, "rollout", "status", f"deployment/{OBJECT}")
        cluster.kubectl(*status, "--timeout=180s")
        into = led_into(cluster.netns, _address(cluster, OBJECT), PORT)
        yield Talk(cluster=cluster, port=running.enter_context(into))
        cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def _address(cluster: Sandbox, service: str) -> str:
    path = "--output=jsonpath={.spec.clusterIP}"
    return cluster.kubectl("--namespace", NAMESPACE, "get", "service", service, path)


def _objects(context: Context, pool: Pool, models: str) -> list[Manifest]:
    """Return what is of the chat; its pod knows the one name that it needs, without DNS."""
    every = manifests(stack_parts(context, (pool,)))
    found = [one for one in every if one["metadata"]["name"] == OBJECT]
    (pod,) = (one["spec"]["template"]["spec"] for one in found if one["kind"] == "Deployment")
    pod["nodeSelector"] = {"kubernetes.io/hostname": REAL_NODE}
    name = f"{pool.object_name}.{NAMESPACE}.svc"
    pod["hostAliases"] = [{"ip": models, "hostnames": [name]}]
    return found


def test_a_real_pod_answers_from_the_models_of_its_stack(talk: Talk):
    with browser() as chromium, window(chromium) as page:
        page.login(talk.port)
        page.box().wait_for()
        wait_until(lambda: page.model() == "tiny-v1", str)

        page.ask("What is the capital of France?")

        page.wait_for("Paris")
        assert page.errors == []


def test_a_pod_is_replaced_and_the_page_is_at_the_same_address(talk: Talk):
    before = talk.pod()
    talk.kubectl("rollout", "restart", f"deployment/{OBJECT}")
    talk.kubectl("rollout", "status", f"deployment/{OBJECT}", "--timeout=180s")
    # The one before still gives the answers that are under way, and is asked nothing new.
    told = "--output=jsonpath={.metadata.deletionTimestamp}"
    wait_until(lambda: bool(talk.kubectl("get", "pod", before, told)), talk.pod)

    with browser() as chromium, window(chromium) as page:
        page.login(talk.port)
        page.box().wait_for()
