"""A stand-in for AnythingLLM 1.16.0: it keeps its data, answers and breaks as that was seen to.

It is not AnythingLLM: vectors are JSON in files named as LanceDB names its own, and an answer is
what the chat model says. It runs in tests, and as the program of an image, as `node anythingllm.py
server`, with nothing but the standard library.
"""

import json
import os
import secrets
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

DATABASE = "anythingllm.db"
_FOLDERS = ("documents", "lancedb", "vector-cache", "comkey")
# As in its schema, less the columns that nobody here needs.
_TABLES = """
create table if not exists _prisma_migrations (migration_name text primary key,
  finished_at text default current_timestamp);
create table if not exists workspaces (id integer primary key, name text, slug text unique);
create table if not exists workspace_documents (id integer primary key, docId text unique,
  filename text, docpath text, workspaceId integer);
create table if not exists document_vectors (id integer primary key, docId text, vectorId text);
create table if not exists workspace_chats (id integer primary key, workspaceId integer,
  prompt text, response text);
create table if not exists api_keys (id integer primary key, secret text unique);
create table if not exists users (id integer primary key, username text unique, password text,
  role text);
create table if not exists system_settings (label text primary key, value text);
"""
Answer = tuple[int, Any]
Embed = Callable[[str, str], list[float]]


class FailedError(Exception):
    """What AnythingLLM answers 500 to."""


class Application:
    """One running application; `fail_after` lets it fail after so many calls of the embedder."""

    def __init__(self, storage: Path, variables: dict[str, str], embedder: Embed | None) -> None:
        self.storage, self.variables, self.address = storage, variables, ""
        self.embedder = embedder or self._asked
        self.embedded, self.fail_after = 0, None
        self.token, self.lock = "", threading.Lock()
        # Who is logged in, by token.
        self.sessions: dict[str, str] = {}
        self.restart()

    fail_after: int | None

    def restart(self) -> None:
        """Begin as a new pod does: with what the environment says, whatever was set at run time."""
        self.model = self.variables.get("EMBEDDING_MODEL_PREF", "")
        for name in _FOLDERS:
            (self.storage / name).mkdir(parents=True, exist_ok=True)
        (self.storage / "comkey" / "ipc.pem").write_text(secrets.token_hex(8))
        with self.database() as one:
            one.executescript(_TABLES)
            for name in self.variables.get("STAND_IN_MIGRATIONS", "20230921191814_init").split():
                one.execute(
                    "insert or ignore into _prisma_migrations (migration_name) values (?)", (name,)
                )
            one.commit()
        self._migrate()

    def _migrate(self) -> None:
        """Migrate as Prisma does: one that failed is noted, and no later start gets past it."""
        if self.variables.get("STAND_IN_FAILS"):
            self.rows("insert or ignore into _prisma_migrations values ('half_done', null)")
            self.rows("delete from workspace_chats")
            raise FailedError("P3018 A migration failed to apply")
        if self.rows("select migration_name from _prisma_migrations where finished_at is null"):
            raise FailedError("P3009 migrate found failed migrations in the target database")

    def database(self) -> Any:
        """Return the database; it waits for a lock as Prisma does, for five seconds."""
        return closing(sqlite3.connect(self.storage / DATABASE, timeout=5))

    def rows(self, asked: str, *values: Any) -> list[Any]:
        with self.database() as one:
            found = one.execute(asked, values).fetchall()
            one.commit()
        return found

    def _asked(self, model: str, text: str) -> list[float]:
        base = self.variables["EMBEDDING_BASE_PATH"]
        found = self.call(f"{base}/embeddings", {"model": model, "input": [text]})
        return found["data"][0]["embedding"]

    def call(self, url: str, body: Any) -> Any:
        """Ask a model, by the key of the environment."""
        key = self.variables.get("LOCAL_AI_API_KEY", "")
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        asked = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310 (ours)
        try:
            with urllib.request.urlopen(asked, timeout=120) as answer:  # noqa: S310 (ours)
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise FailedError(f"{url} answers {error.code}") from None

    def embed(self, text: str) -> list[float]:
        if self.fail_after is not None and self.embedded >= self.fail_after:
            raise FailedError("the embedder failed")
        self.embedded += 1
        return self.embedder(self.model, text)

    # Documents and vectors.

    def table(self, slug: str) -> list[dict[str, Any]]:
        """Return the vectors of a workspace: what its newest manifest names."""
        folder = self.storage / "lancedb" / f"{slug}.lance"
        versions = sorted((folder / "_versions").glob("*.manifest"), key=lambda one: int(one.stem))
        names = versions[-1].read_text().split() if versions else []
        return [json.loads((folder / name).read_text()) for name in names]

    def _store(self, slug: str, row: dict[str, Any]) -> None:
        folder = self.storage / "lancedb" / f"{slug}.lance"
        for name in ("_versions", "data"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        versions = sorted((folder / "_versions").glob("*.manifest"), key=lambda one: int(one.stem))
        names = versions[-1].read_text().split() if versions else []
        number = int(versions[-1].stem) + 1 if versions else 1
        place = f"data/{number}-{secrets.token_hex(4)}.lance"
        (folder / place).write_text(json.dumps(row))
        made = folder / "_versions" / f"{number}.manifest"
        made.with_suffix(".new").write_text("\n".join([*names, place]))
        made.with_suffix(".new").rename(made)

    def add(self, slug: str, path: str, text: str | None = None) -> None:
        """Add a document to a workspace: its vectors first, then its row."""
        if text is not None:
            self._write(path, text)
        content = json.loads((self.storage / "documents" / path).read_text())["pageContent"]
        with self.lock:
            # By the name of the file, not by the model.
            cache = self.storage / "vector-cache" / f"{path.replace('/', '-')}.json"
            if not cache.is_file():
                cache.write_text(json.dumps(self.embed(content)))
            row = {"id": secrets.token_hex(8), "vector": json.loads(cache.read_text()),
                   "docpath": path, "text": content}  # fmt: skip
            self._store(slug, row)
            self.rows("insert or ignore into workspaces (name, slug) values (?, ?)", slug, slug)
            self.rows(
                "insert into workspace_documents (docId, filename, docpath, workspaceId) "
                "select ?, ?, ?, id from workspaces where slug = ?",
                row["id"], path.rpartition("/")[2], path, slug,
            )  # fmt: skip

    def _write(self, path: str, text: str) -> None:
        place = self.storage / "documents" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps({"pageContent": text}))

    def documents(self, slug: str) -> list[str]:
        asked = ("select docpath from workspace_documents d join workspaces w "
                 "on w.id = d.workspaceId where slug = ?")  # fmt: skip
        return [row[0] for row in self.rows(asked, slug)]

    def dimensions(self, slug: str) -> set[int]:
        return {len(row["vector"]) for row in self.table(slug)}

    def sources(self, slug: str, word: str) -> list[str]:
        """Return the documents of a workspace that are found by vector and hold a word."""
        return [row["docpath"] for row in self._near(slug, word) if word in row["text"]]

    def _near(self, slug: str, text: str) -> list[dict[str, Any]]:
        rows, asked = self.table(slug), self.embed(text)
        if any(len(row["vector"]) != len(asked) for row in rows):
            raise FailedError(
                f"No vector column found to match with the query vector dimension: {len(asked)}"
            )
        return sorted(
            rows, key=lambda row: -sum(a * b for a, b in zip(row["vector"], asked, strict=True))
        )

    def update_env(self, wanted: Mapping[str, str]) -> Any:
        """Take another model, if it is one: then all vectors go, and documents are detached."""
        model = wanted.get("EmbeddingModelPref", self.model)
        if model != self.model:
            self.model = model
            for name in ("lancedb", "vector-cache"):
                for one in sorted((self.storage / name).rglob("*"), reverse=True):
                    one.rmdir() if one.is_dir() else one.unlink()
            self.rows("delete from workspace_documents")
        return {"newValues": dict(wanted), "error": None}

    def chat(self, slug: str, message: str) -> Answer:
        """Answer from the documents of a workspace, and keep what was said."""
        try:
            found = self._near(slug, message)[:4]
            said = "a stand-in said nothing"
            if base := self.variables.get("LOCAL_AI_BASE_PATH"):
                body = {"model": self.variables["LOCAL_AI_MODEL_PREF"],
                        "messages": [{"role": "user", "content": message}]}  # fmt: skip
                said = self.call(f"{base}/chat/completions", body)["choices"][0]["message"][
                    "content"
                ]
            self.rows(
                "insert into workspace_chats (workspaceId, prompt, response) "
                "select id, ?, ? from workspaces where slug = ?", message, said, slug,
            )  # fmt: skip
        except (FailedError, OSError) as error:
            return 500, {"type": "abort", "textResponse": None, "error": str(error)}
        sources = [{"title": row["docpath"], "chunk": row["text"]} for row in found]
        return 200, {"type": "textResponse", "textResponse": said, "sources": sources}

    # The API.

    def answer(self, path: str, body: Any, bearer: str) -> Answer:
        """Return the answer to a request."""
        if path == "/api/ping":
            return 200, {"online": True}
        if path == "/api/system/multi-user-mode":
            return 200, {"multiUserMode": self.many}
        if path == "/api/request-token":
            return self._as_user(body) if self.many else self._login(body)
        locked = self.many or bool(self.variables.get("AUTH_TOKEN"))
        if path.removeprefix("DELETE ").startswith(("/api/system/generate-api-key",
                                                    "/api/system/api-key/",
                                                    "/api/system/enable-multi-user")):  # fmt: skip
            if locked and (self.many or not self.token or bearer != self.token):
                return 401, {"error": "No auth token found."}
            return self._with_user(body) if path.endswith("multi-user") else self._api_key(path)
        if path.removeprefix("DELETE ").startswith("/api/admin/"):
            known = self.rows("select role from users where username = ?",
                              self.sessions.get(bearer, ""))  # fmt: skip
            return self._admin(path, body) if known == [("admin",)] else (401, {"error": "No"})
        if not self.rows("select id from api_keys where secret = ?", bearer):
            return 403, {"error": "No valid api key found."}
        return self._api(path.removeprefix("/api/v1"), body)

    @property
    def many(self) -> bool:
        """Tell whether it has users of its own."""
        return bool(self.rows("select value from system_settings where label = 'multi_user_mode'"))

    def _user(self, body: Any, role: str) -> Answer:
        if self.rows("select id from users where username = ?", body["username"]):
            return 200, {"user": None, "error": f"Username {body['username']} already exists"}
        if len(body["password"]) < 8:
            return 200, {"user": None, "error": "Password is too short"}
        self.rows("insert into users (username, password, role) values (?, ?, ?)",
                  body["username"], body["password"], role)  # fmt: skip
        return 200, {"user": {"username": body["username"]}, "error": None}

    def _with_user(self, body: Any) -> Answer:
        _, made = self._user(body, "admin")
        if made["error"]:
            return 400, {"success": False, "error": made["error"]}
        self.rows("insert into system_settings values ('multi_user_mode', 'true')")
        return 200, {"success": True, "error": None}

    def _as_user(self, body: Any) -> Answer:
        found = self.rows("select password from users where username = ?", body.get("username"))
        if found != [(body.get("password"),)]:
            message = "[002] Invalid login credentials."
            return 200, {"user": None, "valid": False, "token": None, "message": message}
        token = secrets.token_hex(16)
        self.sessions[token] = body["username"]
        return 200, {"valid": True, "token": token, "message": None}

    def _admin(self, path: str, body: Any) -> Answer:
        if path == "/api/admin/users":
            return 200, {"users": [{"username": name, "role": role} for name, role in
                                   self.rows("select username, role from users")]}  # fmt: skip
        if path == "/api/admin/users/new":
            return self._user(body, body["role"])
        return self._api_key(path)

    def _api_key(self, path: str) -> Answer:
        """Make a key, or delete one."""
        if path.startswith("DELETE "):
            self.rows("delete from api_keys where id = ?", path.rpartition("/")[2])
            return 200, None
        secret = secrets.token_hex(8)
        self.rows("insert into api_keys (secret) values (?)", secret)
        ((number,),) = self.rows("select id from api_keys where secret = ?", secret)
        return 200, {"apiKey": {"id": number, "secret": secret}, "error": None}

    def _login(self, body: Any) -> Answer:
        if body.get("password") != self.variables.get("AUTH_TOKEN"):
            return 401, {
                "valid": False,
                "token": None,
                "message": "[003] Invalid password provided",
            }
        self.token = self.token or secrets.token_hex(16)
        return 200, {"valid": True, "token": self.token}

    def _api(self, path: str, body: Any) -> Answer:
        known: Mapping[str, Callable[[], Any]] = {
            "system": lambda: {"settings": {"EmbeddingModelPref": self.model}},
            "system/update-env": lambda: self.update_env(body),
            "workspaces": lambda: [row[0] for row in self.rows("select slug from workspaces")],
            "workspace/new": lambda: self._workspace(body["name"]),
            "document/raw-text": lambda: self._document(body["metadata"]["title"], body),
        }
        path = path.strip("/")
        if path in known:
            return 200, known[path]()
        _, slug, verb = path.split("/")
        if verb == "chat":
            return self.chat(slug, body["message"])
        for name in body.get("adds", ()):
            self.add(slug, name)
        return 200, {"workspace": {"slug": slug}}

    def _workspace(self, name: str) -> Any:
        self.rows("insert or ignore into workspaces (name, slug) values (?, ?)", name, name)
        return {"workspace": {"slug": name}}

    def _document(self, title: str, body: Any) -> Any:
        name = f"custom-documents/{title}.json"
        self._write(name, body["textContent"])
        return {"success": True, "documents": [{"location": name}]}


def _handler(answer: Callable[[str, Any, str], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply({})

        def do_DELETE(self) -> None:
            self.path = f"DELETE {self.path}"
            self._reply({})

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self._reply(json.loads(sent or b"{}"))

        def _reply(self, body: Any) -> None:
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            try:
                status, found = answer(self.path, body, bearer)
            except (FailedError, OSError, sqlite3.Error) as error:
                status, found = 500, {"error": str(error)}
            content = b"" if found is None else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing: AnythingLLM writes text in colors."""

    return Handler


@contextmanager
def serving(
    storage: Path, variables: dict[str, str], embedder: Embed | None = None
) -> Generator[Application]:
    """Run it on a port of this machine."""
    made = Application(storage, variables, embedder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made.answer))
    made.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


def _anything(path: str, body: Any, bearer: str) -> Answer:
    del path, body, bearer
    return 200, {}


def _forever(verb: str) -> None:
    if verb == "generate":
        # As `prisma generate` does: into its own packages, which a read-only root refuses.
        Path("/app/server/node_modules/.prisma").mkdir(parents=True, exist_ok=True)
        Path("/app/server/node_modules/.prisma/client.js").write_text(str(time.time()))
        return
    if verb == "collector":
        ThreadingHTTPServer(("", 8888), _handler(_anything)).serve_forever()
    made = Application(Path("/app/server/storage"), dict(os.environ), None)
    port = int(os.environ.get("SERVER_PORT", "3001"))
    ThreadingHTTPServer(("", port), _handler(made.answer)).serve_forever()


if __name__ == "__main__":
    _forever(sys.argv[1])
