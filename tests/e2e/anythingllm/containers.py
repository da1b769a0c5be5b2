"""The containers of Jobs of a declared application, run on this machine with its own folders."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.addons.anythingllm.environment import PROGRAMS, STORAGE, TMP, config_map
from components.addons.anythingllm.jobs import BACKUP, cron_job, tasks, update_job
from components.addons.anythingllm.scripts import keep
from components.parts.part import Manifest, plain
from tests.components.addons.anythingllm.stacks import application_args
from tests.e2e.registry.stores import KEY, SECRET, ObjectStore, programs

PASSPHRASE = "not-a-real-passphrase"
BUCKET = "documents"
_STEPS = {"backup": "anythingllm-backup", "rehearsal": "anythingllm-rehearsal",
          "restore": "anythingllm-restore"}  # fmt: skip


def backup(endpoint: str) -> dict[str, Any]:
    """Return the backup of a stack file, to a bucket at an address."""
    keys = {"accessKey": {"secret": "copies", "key": "access"},
            "secretKey": {"secret": "copies", "key": "secret"}}  # fmt: skip
    to = {"bucket": BUCKET, "endpoint": endpoint, "namespace": "storage", **keys}
    return {"to": to, "key": {"secret": "copies", "key": "passphrase"}, "provenDays": 8}


@dataclass(frozen=True, kw_only=True)
class Here:
    """A declared application; `folder` holds what its pods would mount."""

    folder: Path
    store: ObjectStore
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    secrets: Mapping[str, str] = field(
        default_factory=lambda: {
            "copies/access": KEY, "copies/secret": SECRET, "copies/passphrase": PASSPHRASE,
        }
    )  # fmt: skip

    def __post_init__(self) -> None:
        for place in (PROGRAMS, STORAGE, BACKUP, TMP):
            self.place(place).mkdir(parents=True, exist_ok=True)
        data = plain(config_map(self.args.context))["data"]
        for name, text in data.items():
            (self.place(PROGRAMS) / name).write_text(text)

    @property
    def args(self) -> Any:
        fields: dict[str, Any] = {"backup": backup(self.store.address), **self.fields}
        return application_args(None, **fields)

    @property
    def storage(self) -> Path:
        return self.place(STORAGE)

    def place(self, path: str) -> Path:
        return self.folder / path.strip("/").replace("/", "-")

    @property
    def declared(self) -> dict[str, str]:
        """Return of which release and which model the data is, as its pods are told."""
        env = self.manifest("backup")["initContainers"][0]["env"]
        return keep.declared({one["name"]: one["value"] for one in env if "value" in one})

    def job(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the containers of a Job in turn, and return how it ended: what the last one said."""
        return self.of(self.manifest(name), **variables)

    def manifest(self, name: str) -> Manifest:
        if name == "update":
            return plain(update_job(self.args))["spec"]["template"]["spec"]
        (task,) = (one for one in tasks(self.args) if one.role == _STEPS[name])
        spec = plain(cron_job(self.args, task))["spec"]["jobTemplate"]["spec"]
        return spec["template"]["spec"]

    def of(self, spec: Manifest, **variables: str) -> subprocess.CompletedProcess[str]:
        # A pod of a Job has an empty claim of its own.
        for one in self.place(BACKUP).iterdir():
            subprocess.run(["rm", "-rf", one], check=True)
        said, code = "", 0
        for one in (*spec.get("initContainers", ()), *spec["containers"]):
            done = self.run(one, **variables)
            said, code = said + done.stdout + done.stderr, done.returncode
            if code:
                break
        return subprocess.CompletedProcess(args=[], returncode=code, stdout=said)

    def run(self, one: Manifest, **variables: str) -> subprocess.CompletedProcess[str]:
        known = {variable["name"]: self._value(variable) for variable in one["env"]}
        path = os.pathsep.join([str(programs()), "/usr/bin", "/bin"])
        words = [self._said(word) for word in one["command"]]
        words[0] = sys.executable if words[0] == "python" else words[0]
        return subprocess.run(
            words, env={"PATH": path, **known, **variables}, cwd=self.folder,
            capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip

    def _value(self, variable: Mapping[str, Any]) -> str:
        if "value" in variable:
            return self._said(variable["value"])
        reference = variable["valueFrom"]["secretKeyRef"]
        return self.secrets[f"{reference['name']}/{reference['key']}"]

    def _said(self, text: str) -> str:
        places = {one: str(self.place(one)) for one in (PROGRAMS, STORAGE, BACKUP, TMP)}
        whole = "|".join(rf"^{re.escape(one)}(?=/|$)" for one in sorted(places, key=len)[::-1])
        return re.sub(whole, lambda found: places[found[0]], text)
