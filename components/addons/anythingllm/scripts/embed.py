"""Runs before an update, against the application that still runs: embeds all documents again.

Only the running application can: it empties vectors and cache when it is told of another model, and
does nothing if it was started with that one. It has nothing but the standard library and keep.py.
"""

import json
import os
import sqlite3
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

_PLAN = "localai-gitops-embed.json"
_BATCH, _WAIT_SECONDS, _ANSWER_SECONDS = 20, 300, 900
Plan = dict[str, list[str]]


class EmbedError(Exception):
    """Why documents could not be embedded again, in words for whoever reads the log."""


class Application:
    """The running application, as its API answers; a key made for it is deleted at the end."""

    def __init__(self, address: str, key: str, password: str) -> None:
        self.address = address
        self.key, self._made, self._token = key, 0, ""
        if not key:
            if password:
                login = self.ask("/api/request-token", {"password": password})
                self._token = login.get("token", "")
            made = self.ask("/api/system/generate-api-key", {}, self._token)["apiKey"]
            self.key, self._made = made["secret"], made["id"]

    def __enter__(self) -> "Application":
        return self

    def __exit__(self, *_: object) -> None:
        if self._made:
            path = f"/api/system/api-key/{self._made}"
            self.ask(path, token=self._token, method="DELETE")

    def call(self, path: str, body: object = None) -> Any:
        return self.ask(f"/api/v1{path}", body, self.key)

    def ask(self, path: str, body: object = None, token: str = "", method: str = "") -> Any:
        """Return what it answers; raises EmbedError with its words."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        sent = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(  # noqa: S310 (ours)
            f"{self.address}{path}",
            sent,
            headers,
            method=method or ("GET" if sent is None else "POST"),
        )
        try:
            with urllib.request.urlopen(asked, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310 (ours)
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            said = error.read(300).decode(errors="replace")
            login = (
                "; is it protected by users? Then name `apiKey`" if error.code in (401, 403) else ""
            )
            raise EmbedError(f"{path} answers {error.code}: {said}{login}") from None


def waited(address: str, seconds: float) -> None:
    """Return once the application answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"{address}/api/ping", timeout=5):  # noqa: S310 (ours)
                return
        except OSError as error:
            if time.monotonic() > end:
                raise EmbedError(
                    f"the application does not answer ({error}), and only a running one can embed "
                    "its documents again: declare the model of before, and start it"
                ) from None
            time.sleep(2)


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
    there = keep.read_mark(storage)
    if why := keep.blocked(there, wanted):
        print(why, file=sys.stderr)  # noqa: T201
        return keep.FINAL
    if there.get("embeddings", wanted["embeddings"]) == wanted["embeddings"]:
        print("documents are embedded with the declared model")  # noqa: T201
        return 0
    address = variables["APPLICATION"]
    try:
        waited(address, _WAIT_SECONDS)
        with Application(
            address, variables.get("API_KEY", ""), variables.get("PASSWORD", "")
        ) as application:
            plan = planned(storage, keep.DATABASE)
            now = documents(storage, keep.DATABASE)
            base = variables["EMBEDDING_BASE"]
            count = embed(application, wanted["embeddings"], base, plan, now)
        left = {slug: {*paths} - {*documents(storage, keep.DATABASE).get(slug, ())}
                for slug, paths in plan.items()}  # fmt: skip
        if missing := sorted(one for paths in left.values() for one in paths):
            raise EmbedError(f"{len(missing)} documents were not embedded, such as {missing[0]}")
    except (EmbedError, OSError, sqlite3.Error) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    keep.write_mark(storage, {**there, **{key: wanted[key] for key in ("embeddings", "weights")}})
    (storage / _PLAN).unlink()
    print(f"embedded {count} documents with {wanted['embeddings']}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
