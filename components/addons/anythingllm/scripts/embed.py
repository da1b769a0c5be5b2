"""Runs before an update, against the application that still runs: embeds all documents again.

Only the running application can: it empties vectors and cache when it is told of another model, and
does nothing if it was started with that one. It needs the standard library, keep.py and
application.py.
"""

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

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


def planned(storage: Path) -> Plan:
    """Write down what is to be embedded, before its vectors go, and return it.

    What a try before this one has written down, and is not done with, is to be embedded, too.
    """
    keep: Any = import_module("keep")
    path, plan = storage / keep.PLAN, documents(storage, keep.DATABASE)
    if path.is_file():
        for slug, paths in json.loads(path.read_text(encoding="utf-8")).items():
            # One that was deleted meanwhile is nowhere to be embedded from.
            kept = {one for one in paths if (storage / "documents" / one).is_file()}
            plan[slug] = sorted({*kept, *plan.get(slug, ())})
    written = storage / f"{keep.PLAN}.new"
    written.write_text(json.dumps(plan), encoding="utf-8")
    written.replace(path)
    return plan


def empty(storage: Path) -> None:
    """Have no document in a workspace, as the application does when it is told of a model.

    For a start with another model than the one whose vectors are there; the plan is kept.
    """
    keep: Any = import_module("keep")
    planned(storage)
    for name in ("lancedb", "vector-cache"):
        shutil.rmtree(storage / name, ignore_errors=True)
    with closing(sqlite3.connect(storage / keep.DATABASE, timeout=60)) as one:
        one.execute("pragma foreign_keys = on")
        one.execute("delete from document_vectors")
        one.execute("delete from workspace_documents")
        one.commit()


def change(application: Application, storage: Path, model: str, base: str) -> None:
    """Have the application embed with a model; then all vectors that are there are of that one.

    The mark says so before any goes. If it names another one from a try before, it does so until
    the vectors of that are gone.
    """
    keep: Any = import_module("keep")
    known, mark = application.call("/system")["settings"], keep.read_mark(storage)
    before = mark.get("embedding", model)
    keep.write_mark(storage, {**mark, "embedding": before})
    told = [model] if known.get("EmbeddingModelPref") != model else []
    if not told and before != model:
        # It was started again with the declared one, and does nothing when it is told of that.
        told = [before, model]
    moved = known.get("EmbeddingBasePath") not in (None, base)
    for name in told:
        more = {"EmbeddingBasePath": base} if moved else {}
        application.call("/system/update-env", {"EmbeddingModelPref": name, **more})
    if application.call("/system")["settings"].get("EmbeddingModelPref") != model:
        raise EmbedError(f"the application did not take {model} for its documents")
    keep.write_mark(storage, {**mark, "embedding": model})


def embed(application: Application, wanted: Plan, there: Plan) -> int:
    """Embed what is not there; returns the number of documents."""
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
    model = wanted["embeddings"]
    if "embedding" not in mark and mark.get("embeddings", model) == model:
        print("documents are embedded with the declared model")  # noqa: T201
        return 0
    there: Any = import_module("application")
    try:
        with Application(variables) as application:
            plan = planned(storage)
            change(application, storage, model, variables["EMBEDDING_BASE"])
            count = embed(application, plan, documents(storage, keep.DATABASE))
        left = {slug: {*paths} - {*documents(storage, keep.DATABASE).get(slug, ())}
                for slug, paths in plan.items()}  # fmt: skip
        if missing := sorted(one for paths in left.values() for one in paths):
            raise EmbedError(f"{len(missing)} documents were not embedded, such as {missing[0]}")
    except (EmbedError, there.ApplicationError, OSError, sqlite3.Error) as error:
        login = "; name `apiKey`" if getattr(error, "code", 0) in (401, 403) else ""
        print(f"{error}{login}", file=sys.stderr)  # noqa: T201
        return 1
    mark.pop("embedding", None)
    keep.write_mark(storage, {**mark, **{key: wanted[key] for key in ("embeddings", "weights")}})
    (storage / keep.PLAN).unlink()
    print(f"embedded {count} documents with {model}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
