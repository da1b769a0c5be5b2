"""The pods of a declared registry, run on this machine: their commands, variables and programs."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.addons.mlflow.environment import PROGRAMS, SECRETS, TMP, MlflowArgs, config_map
from components.addons.mlflow.jobs import DUMPS, cron_job, tasks
from components.addons.mlflow.pod import container, preparation
from components.parts.part import plain
from components.pool.containers import USER
from sandbox.cluster.netns import NODE
from tests.e2e.registry.stores import Program, programs
from tests.e2e.routing.loopback import HOST

_CONFINE = Path(__file__).with_name("confine.sh")
_PORT = re.compile(r"--port=\d+")


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A declared registry; `secrets` holds values by `name/key`, `places` what stands for names.

    `port` is where its server answers here.
    """

    args: MlflowArgs
    folder: Path
    secrets: Mapping[str, str]
    places: Mapping[str, str]
    port: int

    def __post_init__(self) -> None:
        for place in (PROGRAMS, SECRETS, TMP, DUMPS):
            self._here(place).mkdir(parents=True)
            # As the kubelet makes them.
            self._here(place).chmod(0o1777)
        for name, text in plain(config_map(self.args.context))["data"].items():
            (self._here(PROGRAMS) / name).write_text(text)

    def _here(self, place: str) -> Path:
        return self.folder / place.strip("/").replace("/", "-")

    def prepare(self) -> subprocess.CompletedProcess[str]:
        """Run what runs before the server."""
        return self.run(plain(preparation(self.args)), USER)

    def server(self) -> Program:
        """Return the server; loopback and this port are what a Service is in a cluster."""
        found = plain(container(self.args))
        words = [_PORT.sub(f"--port={self.port}", word) for word in self._words(found)]
        environment = self._environment(found)
        # Pods of a sandbox call it by the address of their node.
        environment["MLFLOW_SERVER_ALLOWED_HOSTS"] += f",{HOST}:{self.port},{NODE}:*"
        words = [one.replace("0.0.0.0", HOST) for one in words]  # noqa: S104 (replaced)
        return Program(
            command=self._confined(words, USER),
            folder=self.folder,
            environment=environment,
            ready=f"http://{HOST}:{self.port}/health",
        )

    def task(self, role: str, *words: str, **variables: str) -> str:
        """Run the containers of a CronJob in turn; raises AssertionError with what one said.

        `words` stand for the last ones of the last command.
        """
        (task,) = (one for one in tasks(self.args) if one.role == role)
        spec = plain(cron_job(self.args, task))["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        for one in self._here(DUMPS).iterdir():
            shutil.rmtree(one)
        user = spec["securityContext"]["runAsUser"]
        said = ""
        for one in (*spec.get("initContainers", []), *spec["containers"]):
            done = self.run(one, user, *words, **variables)
            said += done.stdout + done.stderr
            assert done.returncode == 0, said
        return said

    def run(
        self, found: Mapping[str, Any], user: int, *words: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one container to its end, as a user."""
        command = self._words(found)
        command[len(command) - len(words) :] = words
        environment = {**self._environment(found), **variables}
        return subprocess.run(
            self._confined(command, user),
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def _confined(self, words: list[str], user: int) -> list[str]:
        """Return the command by which a container of a restricted pod runs these words."""
        places = [str(programs().parent), str(self.folder), str(user)]
        return ["unshare", "--mount", "--propagation=private", "sh", str(_CONFINE), *places, *words]

    def _words(self, found: Mapping[str, Any]) -> list[str]:
        return [self._said(word) for word in (*found["command"], *found.get("args", ()))]

    def _environment(self, found: Mapping[str, Any]) -> dict[str, str]:
        path = [str(programs()), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
        return {
            "PATH": os.pathsep.join([*path, "/usr/bin", "/bin"]),
            **{one["name"]: self._value(one) for one in found["env"]},
        }

    def _value(self, variable: Mapping[str, Any]) -> str:
        if "value" in variable:
            return self._said(variable["value"])
        reference = variable["valueFrom"]["secretKeyRef"]
        return self.secrets[f"{reference['name']}/{reference['key']}"]

    def _said(self, text: str) -> str:
        """Return a word or value with folders and addresses of this machine."""
        places = {one: str(self._here(one)) for one in (PROGRAMS, SECRETS, DUMPS, TMP)}
        known = {**places, **self.places}
        pattern = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
        return re.sub(pattern, lambda one: known[one[0]], text)
