"""Runs before MLflow in its pod: writes the file of logins, and brings both databases up to date.

It has nothing but the standard library and what MLflow's image holds.
"""

import os
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

REGISTRY, LOGINS = "MLFLOW_BACKEND_STORE_URI", "REGISTRY_LOGINS_URI"
FILE, OWN = "MLFLOW_AUTH_CONFIG_PATH", "REGISTRY_OWNS_DATABASE"
_SCHEME = "postgresql+psycopg2"
# Of several pods that start at once, one migrates.
_LOCK = 7_205_759_403_792_793
# The pod of the database may start with this one.
_WAIT_SECONDS = 120
# Hashing a password takes MLflow longer than most answers. A changed one counts this much later.
_LOGIN_SECONDS = 60


def mistakes(variables: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the addresses of the databases; no value is in it."""
    found: list[str] = []
    for name in (REGISTRY, LOGINS):
        scheme = urlsplit(variables.get(name, "")).scheme
        if scheme != _SCHEME:
            said = scheme if scheme in ("postgres", "postgresql") else "something else"
            found.append(
                f"{name} starts with {said}; write {_SCHEME}://user:password@host:5432/name "
                "into its Secret: what plain postgresql:// means changes with SQLAlchemy"
            )
    if variables.get(REGISTRY) == variables.get(LOGINS):
        found.append(f"{REGISTRY} and {LOGINS} are one database; create a second one")
    return found


def logins(variables: Mapping[str, str]) -> str:
    """Return the file by which MLflow asks for logins: nobody may do what nobody granted.

    MLflow reads it with interpolation: a lone percent sign would end the server.
    """
    address = variables[LOGINS].replace("%", "%%")
    return (
        "[mlflow]\n"
        "default_permission = NO_PERMISSIONS\n"
        "grant_default_workspace_access = false\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
        f"auth_cache_ttl_seconds = {_LOGIN_SECONDS}\n"
        f"database_uri = {address}\n"
    )


def connected(address: str) -> Any:
    """Return a connection to a database that may still start."""
    psycopg2: Any = import_module("psycopg2")
    end = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            return psycopg2.connect(address.replace(_SCHEME, "postgresql", 1))
        except psycopg2.OperationalError as error:
            if time.monotonic() > end:
                raise
            print(f"waiting for the database: {type(error).__name__}", flush=True)  # noqa: T201
            time.sleep(2)


def create(connection: Any, address: str) -> None:
    """Create the database of logins on a server of the stack's own, if it is not there yet."""
    name = urlsplit(address).path.removeprefix("/")
    sql: Any = import_module("psycopg2.sql")
    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_database where datname = %s", (name,))
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def migrate(address: str, users: str) -> None:
    """Bring the tables of both databases to what this MLflow needs."""
    sqlalchemy: Any = import_module("sqlalchemy")
    import_module("mlflow.db").commands(["upgrade", address], standalone_mode=False)
    engine = sqlalchemy.create_engine(users)
    import_module("mlflow.server.auth.db.utils").migrate_if_needed(engine, "head")
    engine.dispose()


def main() -> int:
    """Prepare a start; returns the exit code."""
    if wrong := mistakes(os.environ):
        print("\n".join(wrong), file=sys.stderr)  # noqa: T201
        return 1
    address, users = os.environ[REGISTRY], os.environ[LOGINS]
    file = Path(os.environ[FILE])
    # A try before this one in the same pod may have left it, and nobody may write to it.
    file.unlink(missing_ok=True)
    file.write_text(logins(os.environ), encoding="utf-8")
    file.chmod(0o400)
    connection = connected(address)
    # No database is created within a transaction.
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", (_LOCK,))
    if os.environ.get(OWN) == "true":
        create(connection, users)
    migrate(address, users)
    # With it ends the lock.
    connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
