"""The end of a restore, beside programs that write down how they are called.

tests/e2e/registry runs it with PostgreSQL.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.project import ROOT

SCRIPT = ROOT / "components/addons/mlflow/scripts/load.sh"
STAMP = "20270115T080000Z"
# A dump is whole if it ends as one; what is written down has no line that is not of a call.
PG_RESTORE = """#!/bin/sh
for last; do :; done
case $(cat "$last") in *END) ;; *) echo "pg_restore: error: end of file" >&2; exit 1 ;; esac
while [ "$1" != --file ]; do shift; done
cat "$last" > "$2"
echo "read ${last##*/}" >> "$CALLS"
"""
PSQL = """#!/bin/sh
case "$*" in *pg_stat_activity*) echo "${USES:-0}"; exit ;; esac
echo "psql $*" | tr '\\n' ' ' >> "$CALLS"
echo >> "$CALLS"
case "$*" in *"${REFUSES:-nothing}"*) echo "psql: error: full" >&2; exit 3 ;; esac
"""


class Pod:
    """The folders and programs of the pod; `calls` are what the programs were asked to write."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.dumps = folder, folder / "dumps" / STAMP
        for one in (self.dumps, folder / "bin", folder / "home"):
            one.mkdir(parents=True)
        for name, text in (("pg_restore", PG_RESTORE), ("psql", PSQL)):
            (folder / "bin" / name).write_text(text)
            (folder / "bin" / name).chmod(0o755)
        for name in ("registry", "logins"):
            (self.dumps / f"{name}.dump").write_text(f"create table {name}; END")

    def load(self, **more: str) -> subprocess.CompletedProcess[str]:
        known = {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "HOME": f"{self.folder}/home",
            "CALLS": f"{self.folder}/calls", "BACKUP_FOLDER": f"{self.folder}/dumps",
            "MLFLOW_BACKEND_STORE_URI": "postgresql+psycopg2://one@host/mlflow",
            "REGISTRY_LOGINS_URI": "postgresql+psycopg2://one@host/logins",
        }  # fmt: skip
        return subprocess.run(["sh", SCRIPT], env={**known, **more}, check=False,
                              capture_output=True, text=True)  # fmt: skip

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def pod(tmp_path: Path) -> Pod:
    return Pod(tmp_path)


@pytest.mark.parametrize("name", ["registry", "logins"])
def test_a_dump_that_was_cut_short_leaves_both_databases_as_they_were(pod: Pod, name: str):
    (pod.dumps / f"{name}.dump").write_text("create tab")

    done = pod.load()

    assert done.returncode == 1
    assert not [one for one in pod.calls if one.startswith("psql")]
    assert f"{name}.dump of {STAMP} cannot be read whole" in done.stderr
    assert "restore an older backup with RESTORE_FROM" in done.stderr


def test_what_a_database_holds_goes_in_the_transaction_that_brings_the_dump(pod: Pod):
    done = pod.load()

    assert (done.returncode, done.stdout) == (0, f"restored {STAMP}\n"), done.stderr
    first, second, *loads = pod.calls
    assert [first, second] == ["read registry.dump", "read logins.dump"]
    for name, database, call in zip(
        ("registry", "logins"), ("mlflow", "logins"), loads, strict=True
    ):
        assert f"--dbname postgresql://one@host/{database} " in call
        assert "--set ON_ERROR_STOP=1 --single-transaction" in call
        assert call.index("drop table") < call.index(f"--file {pod.folder}/home/{name}.sql")


def test_a_database_that_refuses_its_dump_is_named(pod: Pod):
    done = pod.load(REFUSES="host/logins")

    assert done.returncode == 1
    assert f"the database of the logins took nothing of {STAMP} and is as it was" in done.stderr


def test_databases_that_are_used_are_not_touched(pod: Pod):
    done = pod.load(USES="1")

    assert (done.returncode, pod.calls) == (1, [])
    assert "scale it to 0 first" in done.stderr
