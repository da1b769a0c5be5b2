"""Served models for live tests: declared, run as processes or pods, and a registry in reach."""

import json
import re
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.addons.served.pod import ServedArgs, pod, program
from components.addons.served.served import components, served
from components.engine.declaration import parts_of
from components.parts.part import Manifest, plain
from predict.declared import PASSWORD, USER
from sandbox.images.archive import Image
from sandbox.images.locked import locked_image
from tests.e2e.locked import locked
from tests.e2e.registry.server import Model, Registry
from tests.e2e.routing.loopback import Client, free_port, wait_until
from tests.samples import context, manifests
from tests.support.project import ROOT

IMAGE = "docker.io/local/predict:1"
READER, READER_PASSWORD = "reader", "not-a-real-reader-password"
LOGIN = "mlflow-reader"


def environment() -> Path:
    """Return the environment that holds what the image of the model server does."""
    return locked("predict", ROOT / "package" / "predict" / "requirements.txt").parent


def predict_image() -> Image:
    """Return the image of the model server."""
    return locked_image(IMAGE, environment(), ROOT / "package" / "predict" / "Dockerfile")


def declared(made: Model, number: int, address: str, **fields: Any) -> dict[str, Any]:
    """Return a served model as a stack file says it."""
    registry = {"url": address, "namespace": "ml", "login": {"secret": LOGIN}}
    return {
        "version": number, "semver": "1.0.0", "digest": made.digest, "size": len(made.onnx),
        "metrics": {"accuracy": str(made.accuracy), "f1": str(made.f1)},
        "image": IMAGE, "registry": registry, **fields,
    }  # fmt: skip


def args_of(said: Mapping[str, Any], name: str = "digits") -> ServedArgs:
    (found,) = served(context(servedModels={name: said}))
    return found


def objects(said: Mapping[str, Any], name: str = "digits") -> list[Manifest]:
    """Return every object of a served model, its pods on the one real node."""
    found = manifests(parts_of(components(context(servedModels={name: said}))))
    for one in found:
        if one["kind"] == "Deployment":
            one["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": "real-0"}
    return found


def let_read(registry: Registry, user: str, name: str, experiment: str = "") -> None:
    """Let a user read a registered model, and the experiment of its artifacts if that is named."""
    password = {"username": user, "password": READER_PASSWORD}
    registry.send("POST", "/api/2.0/mlflow/users/create", password)
    rights = [("registered_model", name), *([("experiment", experiment)] if experiment else [])]
    for kind, which in rights:
        body = {"username": user, "resource_type": kind, "resource_id": which, "permission": "READ"}
        answer = registry.send("POST", "/api/3.0/mlflow/users/permissions/grant", body)
        # Another module of the same registry may have done it: models share an experiment.
        assert answer.status_code == 200 or "already exists" in answer.text, answer.text


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder of this machine in place of a pod: its program, and the volume of its model."""

    folder: Path
    args: ServedArgs
    user: str = READER

    def make(self) -> None:
        package = self.folder / "program" / "predict"
        package.mkdir(parents=True, exist_ok=True)
        for name in ("model", "home"):
            (self.folder / name).mkdir(exist_ok=True)
        files: dict[str, str] = plain(program(self.args.context))["data"]
        for name, text in files.items():
            (package / name).write_text(text, encoding="utf-8")

    def command(self, container: Mapping[str, Any]) -> list[str]:
        return [str(environment() / "bin" / "python"), *container["command"][1:]]

    def variables(self, container: Mapping[str, Any]) -> dict[str, str]:
        """Return the variables of a container; its folder is ours, and its login is a reader's."""
        known = {one["name"]: one["value"] for one in container["env"] if "value" in one}
        login = {USER: self.user, PASSWORD: READER_PASSWORD}
        secret = {one["name"]: login[one["name"]] for one in container["env"] if "valueFrom" in one}
        moved = {name: str(self.folder / "model") if value == "/model" else value
                 for name, value in known.items()}  # fmt: skip
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.folder / "home"), **moved, **secret}

    def fetch(self) -> subprocess.CompletedProcess[str]:
        """Run the container that fetches to its end."""
        self.make()
        (container,) = plain(pod(self.args))["initContainers"]
        return subprocess.run(
            self.command(container), env=self.variables(container), cwd=self.folder / "program",
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    @contextmanager
    def serve(self) -> Generator["Serving"]:
        """Run the container that serves, once it is ready."""
        self.make()
        (container,) = plain(pod(self.args))["containers"]
        port, log = free_port(), self.folder / "log"
        with (
            log.open("wb") as sink,
            subprocess.Popen(
                self.command(container), cwd=self.folder / "program", stdout=sink, stderr=sink,
                env={**self.variables(container), "PREDICT_PORT": str(port)},
            ) as process,
        ):  # fmt: skip
            try:
                client = Client(port=port)

                def is_ready() -> bool:
                    assert process.poll() is None, log.read_text()
                    with suppress(OSError):
                        return client.ask("/readyz")[0] == 200
                    return False

                wait_until(is_ready, log.read_text)
                yield Serving(client=client, process=process, log=log)
            finally:
                process.terminate()


@dataclass(frozen=True, kw_only=True)
class Serving:
    """A running model server."""

    client: Client
    process: subprocess.Popen[bytes]
    log: Path

    def predict(self, rows: list[Any]) -> tuple[int, dict[str, Any]]:
        status, text = self.client.ask("/predict", {"rows": rows})
        return status, json.loads(text)

    def taken(self) -> int:
        """Return how many predictions were read so far, answered or not."""
        found = self.client.ask("/metrics")[1]
        return sum(
            map(int, re.findall(r"^predict_requests_(?:total.*|in_service) (\d+)$", found, re.M))
        )
