"""Runs before an update, against the application that still runs: embeds all documents again.

Only the running application can: it empties vectors and cache when it is told of another model, and
does nothing if it was started with that one. It needs the standard library, keep.py and
application.py.
"""

import json
import os
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

_PLAN = "localai-gitops-embed.json"
_BATCH, _WAIT_SECONDS = 20, 300
Plan = dict[str, list[str]]


class EmbedError(Exception):
    """Why documents could not be embedded again, in words for whoever reads the log."""


class Application:
    """The running application with an API key; one that is made for it is deleted at the end."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.there: Any = import_module("application")
        self.address, self.key = variables["APPLICATION"], variables.get("API_KEY", "")
        self.waited()
        self._made, self._token = "", ""
        if not self.key:
            self._make_key(variables)

    def waited(self) -> None:
        try:
            self.there.waited(self.address, _WAIT_SECONDS)
        except self.there.ApplicationError as error:
            raise EmbedError(
                f"{error}, and only a running one can embed its documents again: declare the "
                "model of before, and start it"
            ) from None

    def _make_key(self, variables: Mapping[str, str]) -> None:
        login = {"password": variables.get("PASSWORD", "")}
        make, delete = "/api/system/generate-api-key", "/api/system/api-key"
        if self.there.has_users(self.address):
            login = {"username": variables.get("ADMIN", ""), "password": variables.get("WORD", "")}
            make, delete = "/api/admin/generate-api-key", "/api/admin/delete-api-key"
        if login["password"]:
            self._token = self.there.logged_in(self.address, login)
        made = self.there.ask(self.address, make, {}, self._token)["apiKey"]
        self.key, self._made = made["secret"], f"{delete}/{made['id']}"

    def __enter__(self) -> "Application":
        return self

    def __exit__(self, *_: object) -> None:
        if self._made:
            self.there.ask(self.address, self._made, None, self._token, "DELETE")

    def call(self, path: str, body: object = None) -> Any:
        return self.there.ask(self.address, f"/api/v1{path}", body, self.key)


def documents(storage: Path, database: str) -> Plan:
    """Return the documents of each workspace, as the database has them."""
    asked = (
        "select w.slug, d.docpath from workspace_documents d join workspaces w "
        "on w.id = d.workspaceId order by w.slug, d.docpath"
    )
    found: Plan = {}
    with closing(
        sqlite3.connect(f"file:{storage / database}?mode=ro", uri=True, timeout=60)
    ) as one:
        for slug, path in one.execute(asked):
            found.setdefault(slug, []).append(path)
    return found


def planned(storage: Path, database: str) -> Plan:
    """Return what is to be embedded; a try before this one has written it down already."""
    path = storage / _PLAN
    if not path.is_file():
        written = storage / f"{_PLAN}.new"
        written.write_text(json.dumps(documents(storage, database)), encoding="utf-8")
        written.replace(path)
    return json.loads(path.read_text(encoding="utf-8"))


def embed(application: Application, model: str, base: str, wanted: Plan, there: Plan) -> int:
    """Change the model, and embed what is not there; returns the number of documents."""
    known = application.call("/system")["settings"]
    change = {"EmbeddingModelPref": model}
    if known.get("EmbeddingBasePath") not in (None, base):
        change["EmbeddingBasePath"] = base
    if known.get("EmbeddingModelPref") != model:
        application.call("/system/update-env", change)
        there = {}
        if application.call("/system")["settings"].get("EmbeddingModelPref") != model:
            raise EmbedError(f"the application did not take {model} for its documents")
    count = 0
    for slug, paths in wanted.items():
        missing = [one for one in paths if one not in there.get(slug, ())]
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            application.call(f"/workspace/{slug}/update-embeddings", {"adds": batch, "deletes": []})
        count += len(missing)
    return count


def main(variables: Mapping[str, str]) -> int:
    """Embed again where another model is declared; returns the exit code."""
    keep: Any = import_module("keep")
    storage, wanted = Path(variables["STORAGE"]), keep.declared(variables)
    mark = keep.read_mark(storage)
    if why := keep.blocked(mark, wanted):
        print(why, file=sys.stderr)  # noqa: T201
        return keep.FINAL
    if mark.get("embeddings", wanted["embeddings"]) == wanted["embeddings"]:
        print("documents are embedded with the declared model")  # noqa: T201
        return 0
    there: Any = import_module("application")
    try:
        with Application(variables) as application:
            plan = planned(storage, keep.DATABASE)
            now = documents(storage, keep.DATABASE)
            base = variables["EMBEDDING_BASE"]
            count = embed(application, wanted["embeddings"], base, plan, now)
        left = {slug: {*paths} - {*documents(storage, keep.DATABASE).get(slug, ())}
                for slug, paths in plan.items()}  # fmt: skip
        if missing := sorted(one for paths in left.values() for one in paths):
            raise EmbedError(f"{len(missing)} documents were not embedded, such as {missing[0]}")
    except (EmbedError, there.ApplicationError, OSError, sqlite3.Error) as error:
        login = "; name `apiKey`" if getattr(error, "code", 0) in (401, 403) else ""
        print(f"{error}{login}", file=sys.stderr)  # noqa: T201
        return 1
    keep.write_mark(storage, {**mark, **{key: wanted[key] for key in ("embeddings", "weights")}})
    (storage / _PLAN).unlink()
    print(f"embedded {count} documents with {wanted['embeddings']}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
