"""Runs once the application answers: makes the declared users that it lacks, and changes no other.

It needs the standard library and application.py.
"""

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

_WAIT_SECONDS = 600


class UsersError(Exception):
    """Why users could not be made, in words for whoever reads the log."""


def switched_on(there: Any, address: str, admin: Mapping[str, str], password: str) -> None:
    """Let the application have users, of whom the first is the administrator."""
    token = there.logged_in(address, {"password": password}) if password else ""
    done = there.ask(address, "/api/system/enable-multi-user", dict(admin), token)
    if not done.get("success"):
        raise UsersError(f"the user {admin['username']} is refused: {done.get('error')}")


def made(there: Any, address: str, token: str, wanted: Mapping[str, str]) -> list[str]:
    """Make the users that are missing, and return their names."""
    known = {
        one["username"] for one in there.ask(address, "/api/admin/users", token=token)["users"]
    }
    missing = [name for name in wanted if name not in known]
    for name in missing:
        body = {"username": name, "password": wanted[name], "role": "default"}
        answer = there.ask(address, "/api/admin/users/new", body, token)
        if not answer.get("user"):
            raise UsersError(f"the user {name} is refused: {answer.get('error')}")
    return missing


def main(variables: Mapping[str, str]) -> int:
    """Make the users; returns the exit code."""
    there: Any = import_module("application")
    folder, address = Path(variables["FOLDER"]), variables["APPLICATION"]
    try:
        first, *others = variables["USERS"].split(",")
        words = {name: (folder / name).read_text(encoding="utf-8").strip() for name in others}
        admin = {
            "username": first,
            "password": (folder / first).read_text(encoding="utf-8").strip(),
        }
        there.waited(address, _WAIT_SECONDS)
        if not there.has_users(address):
            switched_on(there, address, admin, variables.get("PASSWORD", ""))
        new = made(there, address, there.logged_in(address, admin), words)
    except (UsersError, there.ApplicationError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    print(f"made the users {', '.join(new)}" if new else "every declared user is there")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
