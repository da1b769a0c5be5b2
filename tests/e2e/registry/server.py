"""A declared registry on PostgreSQL and an S3 server, and the little of its API that tests need."""

import hashlib
import json
import subprocess
import textwrap
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from components.addons.mlflow.environment import DATABASE_PORT, MlflowArgs
from components.network.model_registry import DATABASE_OBJECT, registry_url
from tests.e2e.registry.rendered import Rendered
from tests.e2e.registry.stores import (
    KEY,
    SECRET,
    Database,
    ObjectStore,
    Program,
    database,
    object_store,
    programs,
)
from tests.e2e.routing.loopback import HOST, free_port
from tests.samples import context

USER, PASSWORD = "admin", "not-a-real-admin-password"
BUCKET = "mlflow"


@dataclass(frozen=True, kw_only=True)
class Model:
    """A trained model: its bytes, and its figures over images that training did not see."""

    onnx: bytes
    accuracy: float
    f1: float

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.onnx).hexdigest()}"

    @property
    def tags(self) -> dict[str, str]:
        """Return the tags of a version that registration writes down, but for `semver`."""
        return {
            "digest": self.digest,
            "size": str(len(self.onnx)),
            "accuracy": str(self.accuracy),
            "f1": str(self.f1),
            "data_digest": "sha256:" + "d" * 64,
            "revision": "a" * 40,
        }


def trained(folder: Path, trees: int = 20, seed: int = 7, *, shuffled: bool = False) -> Model:
    """Return a forest that knows digits, or one that learned wrong labels; about 4 s."""
    file = folder / f"digits-{trees}-{seed}-{shuffled}.onnx"
    words = [file, str(trees), str(seed), "shuffled" if shuffled else ""]
    command = [programs() / "python", Path(__file__).with_name("train.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Model(onnx=file.read_bytes(), **json.loads(done.stdout.splitlines()[-1]))


@dataclass(frozen=True, kw_only=True)
class Registry:
    """A running registry of models, with its database and its object store."""

    address: str
    server: Program
    database: Database
    store: ObjectStore
    pods: Rendered
    # How long it took from an empty database to its first answer.
    seconds: float
    user: str = USER
    password: str = PASSWORD

    def send(
        self, method: str, path: str, body: object = None, content: bytes | None = None
    ) -> httpx2.Response:
        """Return the answer to the administrator, whatever its status."""
        with httpx2.Client(trust_env=False, timeout=60, auth=(self.user, self.password)) as client:
            url = f"{self.address}{path}"
            if content is not None:
                return client.request(method, url, content=content)
            if method == "GET":
                return client.get(url, params=body)  # pyright: ignore[reportArgumentType]
            return client.request(method, url, json=body)

    def api(self, method: str, path: str, **fields: object) -> dict[str, Any]:
        """Return what a path below /api/2.0/mlflow answers; fields are its body, or its query."""
        answer = self.send(method, f"/api/2.0/mlflow/{path}", fields)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def add(
        self, name: str, model: Model, semver: str, tags: Mapping[str, str] | None = None
    ) -> int:
        """Register a version with its artifact, metrics and tags; return its number."""
        experiment = self.experiment()
        run = self.api("POST", "runs/create", experiment_id=experiment)["run"]["info"]["run_id"]
        for key, value in (("accuracy", model.accuracy), ("f1", model.f1)):
            self.api("POST", "runs/log-metric", run_id=run, key=key, value=value, timestamp=0)
        logged = self.api(
            "POST", "logged-models", experiment_id=experiment, name=name, source_run_id=run
        )["model"]["info"]
        self._upload(logged, model.onnx)
        ready = {"model_id": logged["model_id"], "status": "LOGGED_MODEL_READY"}
        self.api("PATCH", f"logged-models/{logged['model_id']}", **ready)
        self.api("POST", "runs/update", run_id=run, status="FINISHED")
        if self.send("GET", "/api/2.0/mlflow/registered-models/get", {"name": name}).is_error:
            self.api("POST", "registered-models/create", name=name)
        every = {"semver": semver, **model.tags, **(tags or {})}
        made = self.api(
            "POST",
            "model-versions/create",
            name=name,
            source=f"models:/{logged['model_id']}",
            run_id=run,
            model_id=logged["model_id"],
            tags=[{"key": key, "value": value} for key, value in every.items()],
        )
        return int(made["model_version"]["version"])

    def alias(self, name: str, alias: str, version: int) -> None:
        """Let an alias name a version."""
        fields = {"name": name, "alias": alias, "version": str(version)}
        self.api("POST", "registered-models/alias", **fields)

    def experiment(self, name: str = "tests") -> str:
        path = "experiments/get-by-name"
        found = self.send("GET", f"/api/2.0/mlflow/{path}", {"experiment_name": name})
        if found.status_code == 200:
            return found.json()["experiment"]["experiment_id"]
        return self.api("POST", "experiments/create", name=name)["experiment_id"]

    def _upload(self, logged: Mapping[str, Any], onnx: bytes) -> None:
        described = f"""\
            artifact_path: {logged["artifact_uri"]}
            flavors:
              onnx:
                data: model.onnx
                onnx_version: 1.23.2
            model_id: {logged["model_id"]}
            """
        where = f"/api/2.0/mlflow-artifacts/artifacts/{self.path(logged['artifact_uri'])}"
        files = {"MLmodel": textwrap.dedent(described).encode(), "model.onnx": onnx}
        for file, content in files.items():
            answer = self.send("PUT", f"{where}/{file}", content=content)
            assert answer.status_code == 200, answer.text

    @staticmethod
    def path(uri: str) -> str:
        """Return where an artifact lies in the bucket."""
        return uri.removeprefix("mlflow-artifacts:/")


KEY_OF = {"secret": "registry", "key": "access"}
SECRET_OF = {"secret": "registry", "key": "secret"}
STORE, COPIES = "http://store.storage.svc:8333", "http://copies.storage.svc:8333"
DECLARED: dict[str, Any] = {
    "image": "registry.example.com/models/mlflow:3.17.2",
    "password": {"secret": "registry", "key": "password"},
    "sessionKey": {"secret": "registry", "key": "session"},
    "database": {
        "url": {"secret": "registry", "key": "database"},
        "logins": {"secret": "registry", "key": "logins"},
        "namespace": "databases",
    },
    "artifacts": {
        "bucket": BUCKET,
        "endpoint": STORE,
        "accessKey": KEY_OF,
        "secretKey": SECRET_OF,
        "namespace": "storage",
    },
    "backup": {
        "to": {
            "bucket": "copies",
            "endpoint": COPIES,
            "accessKey": KEY_OF,
            "secretKey": SECRET_OF,
            "namespace": "storage",
        }
    },
    "cleanUp": {},
}


def declared(**fields: Any) -> MlflowArgs:
    """Return a registry as a stack file declares it."""
    found = context(mlflow={**DECLARED, **fields})
    assert found.settings.mlflow
    return MlflowArgs(context=found, settings=found.settings.mlflow)


def rendered(folder: Path, kept: Database, store: ObjectStore, **fields: Any) -> Rendered:
    """Return the pods of a declared registry, with these stores in place of those it names."""
    args, port = declared(**fields), free_port()
    secrets = {
        "database": f"postgresql+psycopg2://{kept.address}/mlflow",
        "logins": f"postgresql+psycopg2://{kept.address}/logins",
        "password": PASSWORD,
        "session": "not-a-real-session-key",
        "access": KEY,
        "secret": SECRET,
    }
    return Rendered(
        args=args,
        folder=folder,
        secrets={f"registry/{name}": value for name, value in secrets.items()},
        places={
            STORE: store.address,
            COPIES: store.address,
            registry_url(args.context): f"http://{HOST}:{port}",
            f"{DATABASE_OBJECT}:{DATABASE_PORT}": f"{HOST}:{kept.port}",
        },
        port=port,
    )


@contextmanager
def registry(folder: Path) -> Generator[Registry]:
    """Run a registry without a version in it; takes half a minute on a busy machine."""
    with ExitStack() as running:
        kept = running.enter_context(database("mlflow", "logins"))
        store = running.enter_context(object_store(folder / "store", BUCKET, "copies"))
        pods = rendered(folder / "pods", kept, store)
        began = time.monotonic()
        done = pods.prepare()
        assert done.returncode == 0, done.stderr
        server = pods.server()
        server.start()
        try:
            yield Registry(
                address=f"http://{HOST}:{pods.port}",
                server=server,
                database=kept,
                store=store,
                pods=pods,
                seconds=time.monotonic() - began,
            )
        finally:
            server.stop()
