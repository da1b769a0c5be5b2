"""The registered models of MLflow: versions, tags, aliases, and the files of versions.

Written from the sources of MLflow 3.17.2, and held to a real server by tests/e2e.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from gitops.adapters.mlflow.api import NOT_MLFLOW, TAKEN, RegistryError, Server

Made = TypeVar("Made")
# What is served is the one file of this name below a logged model.
FILE = "model.onnx"
# So many versions with their tags are about 6 MB. Each page costs the server a second login.
_PAGE = 4000
_READY = "LOGGED_MODEL_READY"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One version as the registry has it; `created` is in milliseconds since 1970."""

    number: int
    status: str
    source: str
    description: str
    created: int
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A registered model: its description, and the version that each alias names."""

    name: str
    description: str
    aliases: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Mlflow:
    """The models that a tracking server has registered."""

    server: Server

    def models(self) -> tuple[Registered, ...]:
        """Return every registered model that the login may see."""
        rows = self.server.pages("mlflow/registered-models/search", {}, "registered_models", 1000)
        return tuple(_read(_registered, one) for one in rows)

    def model(self, name: str) -> Registered | None:
        """Return a registered model; None where there is none of that name."""
        query = urlencode({"name": name})
        found = self.server.unless_absent(f"mlflow/registered-models/get?{query}")
        return None if found is None else _read(_registered, found.get("registered_model"))

    def versions(self, name: str) -> tuple[Row, ...]:
        """Return the versions of a model, the newest first; without aliases, which search lacks."""
        more = {"filter": f"name='{name}'", "order_by": "version_number DESC"}
        rows = self.server.pages("mlflow/model-versions/search", more, "model_versions", _PAGE)
        return tuple(_read(_row, one) for one in rows)

    def version(self, name: str, number: int) -> Row | None:
        """Return one version; None where there is none."""
        query = urlencode({"name": name, "version": number})
        found = self.server.unless_absent(f"mlflow/model-versions/get?{query}")
        return None if found is None else _read(_row, found.get("model_version"))

    def files(self, name: str, number: int) -> Mapping[str, int]:
        """Return the files of a version's artifact with their lengths in bytes; none if it is gone.

        Raises:
            RegistryError: as ever, or it is kept where this server does not hand it out.
        """
        query = urlencode({"name": name, "version": number})
        found = self.server.ask(
            "GET", f"mlflow/model-versions/get-download-uri?{query}", None, again=True
        )
        query = urlencode({"path": _proxied(found.get("artifact_uri"))})
        files = self.server.unless_absent(f"mlflow-artifacts/artifacts?{query}") or {}
        return dict(_read(_file, one) for one in files.get("files", []))

    def create_model(self, name: str) -> None:
        """Have a registered model of a name; one that is there stays."""
        try:
            self.server.ask("POST", "mlflow/registered-models/create", {"name": name})
        except RegistryError as error:
            if error.code != TAKEN:
                raise

    def experiment(self, name: str) -> str:
        """Return the id of an experiment, which is made where there is none."""
        query = urlencode({"experiment_name": name})
        path = f"mlflow/experiments/get-by-name?{query}"
        found = self.server.unless_absent(path)
        if found is None:
            try:
                return _read(
                    _id, self.server.ask("POST", "mlflow/experiments/create", {"name": name})
                )
            except RegistryError as error:
                # Another run was faster; one that is deleted is found below and refused by name.
                if error.code != TAKEN or not (found := self.server.unless_absent(path)):
                    raise
        return _read(_id, found.get("experiment"))

    def upload(self, experiment: str, name: str, content: bytes) -> str:
        """Upload a model's file through the server, and return the source of a version of it.

        Raises:
            RegistryError: the server takes none: it has no artifact store, or that is full or down.
        """
        body = {"experiment_id": experiment, "name": name, "model_type": "onnx"}
        model, place = _read(_logged, self.server.ask("POST", "mlflow/logged-models", body))
        self.server.put(f"mlflow-artifacts/artifacts/{place}/{FILE}", content)
        ready = {"model_id": model, "status": _READY}
        self.server.ask("PATCH", f"mlflow/logged-models/{quote(model, safe='')}", ready)
        return f"models:/{model}"

    def create_version(
        self, name: str, source: str, tags: Mapping[str, str], description: str
    ) -> Row:
        """Register what was uploaded as the next version of a model."""
        body = {
            "name": name, "source": source, "model_id": source.removeprefix("models:/"),
            "description": description,
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
        }  # fmt: skip
        made = self.server.ask("POST", "mlflow/model-versions/create", body)
        return _read(_row, made.get("model_version"))

    def describe(self, name: str, number: int | None, text: str) -> None:
        """Give a version, or without a number the model, a description."""
        body = {"name": name, "description": text}
        if number is None:
            self.server.ask("PATCH", "mlflow/registered-models/update", body)
        else:
            self.server.ask(
                "PATCH", "mlflow/model-versions/update", {**body, "version": str(number)}
            )

    def delete(self, name: str, number: int) -> None:
        """Delete a version; whoever asks for it sees to its aliases, which go without a word."""
        body = {"name": name, "version": str(number)}
        self.server.ask("DELETE", "mlflow/model-versions/delete", body)

    def point(self, name: str, alias: str, number: int | None) -> None:
        """Have an alias name a version, or none."""
        if number is None:
            body = {"name": name, "alias": alias}
            self.server.ask("DELETE", "mlflow/registered-models/alias", body, again=True)
            return
        body = {"name": name, "alias": alias, "version": str(number)}
        self.server.ask("POST", "mlflow/registered-models/alias", body, again=True)


def _read(make: Callable[[Any], Made], one: Any) -> Made:
    """Return an answer as one of ours.

    Raises:
        RegistryError: it is of another form.
    """
    try:
        return make(one)
    except (KeyError, TypeError, ValueError, AttributeError):
        cause = "the registry returned something other than models and versions"
        raise RegistryError(cause, NOT_MLFLOW) from None


def _id(one: Any) -> str:
    return str(one["experiment_id"])


def _logged(one: Any) -> tuple[str, str]:
    info = one["model"]["info"]
    return str(info["model_id"]), _proxied(info["artifact_uri"])


def _proxied(place: Any) -> str:
    """Return the folder of an artifact as the server itself names it."""
    found = urlsplit(str(place))
    if found.scheme != "mlflow-artifacts":
        cause = f"the registry keeps artifacts at {found.scheme or 'no'}://, past its server"
        raise RegistryError(cause, "start it with --serve-artifacts and --artifacts-destination")
    return found.path.strip("/")


def _file(one: Any) -> tuple[str, int]:
    # The path is that from the root or from the folder, by version; 64 bits come as text.
    return str(one["path"]).rpartition("/")[2], int(one.get("file_size") or 0)


def _row(one: Any) -> Row:
    return Row(
        number=int(one["version"]), status=str(one.get("status", "")),
        source=str(one.get("source", "")), description=str(one.get("description", "")),
        created=int(one.get("creation_timestamp", 0)),
        tags={str(tag["key"]): str(tag.get("value", "")) for tag in one.get("tags", [])},
    )  # fmt: skip


def _registered(one: Any) -> Registered:
    aliases = {str(each["alias"]): int(each["version"]) for each in one.get("aliases", [])}
    return Registered(
        name=str(one["name"]), description=str(one.get("description", "")), aliases=aliases
    )
