"""`backup`: Jobs made from the CronJobs of a stack, followed to their end; nothing else is changed.

The cluster does the work: no key of a bucket is ever here.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from components.network import chat_application, model_registry
from components.parts.roles import ANYTHINGLLM_BACKUP_ROLE, BACKUP_ROLE
from documents.problem import refusal
from gitops.adapters.kubectl import Kubectl, KubectlError
from gitops.cli.backup.jobs import ended, job_from
from settings.file import read_stack_file
from settings.stack.delivery import Delivery
from settings.stack.stack import StackSettings

_POLL_SECONDS = 2.0
# How often in a row a cluster may fail to answer while something in it is followed: five minutes.
_PATIENCE = 150
# How often it is asked whether pods have ended: a quarter of an hour, where one needs a minute.
_ENDING = 450
_OWNER = "batch.kubernetes.io/job-name"
WORD = "living-data"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What an add-on keeps: its name, its Deployment, its CronJobs.

    `is_kept_aside` is whether its restore keeps what was there, and sees by itself that nothing is.
    """

    name: str
    deployment: str
    backup: str
    restore: str
    is_kept_aside: bool


def kept(settings: StackSettings) -> tuple[Kept, ...]:
    """Return what of a stack is backed up."""
    found: list[Kept] = []
    if settings.anythingllm and settings.anythingllm.backup:
        found.append(
            Kept(
                name="anythingllm",
                deployment=chat_application.OBJECT,
                backup=f"localai-{ANYTHINGLLM_BACKUP_ROLE}",
                restore=f"localai-{chat_application.RESTORE_ROLE}",
                is_kept_aside=True,
            )
        )
    if settings.mlflow and settings.mlflow.backup:
        found.append(
            Kept(
                name="mlflow",
                deployment=model_registry.OBJECT,
                backup=f"localai-{BACKUP_ROLE}",
                restore=f"localai-{model_registry.RESTORE_ROLE}",
                is_kept_aside=False,
            )
        )
    return tuple(found)


def one_of(root: Path, stack: str, name: str) -> tuple[StackSettings, Kept]:
    """Return a stack, and the one thing of it that is meant.

    Raises:
        RefusedError: nothing of it is backed up, or it is not said which of two things is meant.
    """
    settings = read_stack_file(root, stack).settings
    found = kept(settings)
    chosen = [one for one in found if name in ("", one.name)]
    if len(chosen) == 1:
        return settings, chosen[0]
    known = ", ".join(one.name for one in found)
    if not found:
        cure = "add `backup` to localai:anythingllm or localai:mlflow"
        raise refusal(stack, "has no backup", cure)
    raise refusal(stack, f"backs up {known}", f"say which with --of: {known}")


@dataclass(frozen=True, kw_only=True)
class Keeper:
    """One thing that is backed up, in the cluster of its stack; `tell` says what goes on."""

    settings: StackSettings
    kept: Kept
    kubectl: Kubectl
    tell: Callable[[str], None] = print
    pause: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time

    @property
    def _space(self) -> str:
        return f"--namespace={self.settings.namespace}"

    def done(self, cron: str, variables: Mapping[str, str]) -> list[str]:
        """Run a Job made from a CronJob to its end, and return what it said.

        Raises:
            RefusedError: the CronJob is not there, or the Job failed.
        """
        name = self._started(self._cron_job(cron), variables)
        return self._said(name, succeeded=self._followed(name))

    def _cron_job(self, cron: str) -> Mapping[str, Any]:
        found = self._asked(lambda: self.kubectl.get("cronjob", cron, self._space))
        if not found:
            cure = "apply the stack first: its CronJobs come with `backup`"
            raise refusal(f"namespace {self.settings.namespace}", f"has no CronJob {cron}", cure)
        return found

    def _started(self, cron_job: Mapping[str, Any], variables: Mapping[str, str]) -> str:
        cron = cron_job["metadata"]["name"]
        name = f"{cron}-{time.strftime('%Y%m%d%H%M%S', time.gmtime(self.now()))}"
        made = json.dumps(job_from(cron_job, name, variables)).encode()
        self._asked(lambda: self.kubectl.ask("create", "--filename=-", given=made))
        return name

    def _said(self, name: str, *, succeeded: bool) -> list[str]:
        """Return what the containers of a Job said in their order, up to the one that failed."""
        chosen = f"--selector={_OWNER}={name}"
        lines, last = list[str](), f"job/{name} --all-containers"
        for pod in self._pods(chosen):
            for container in ended(pod):
                last = f"{pod['metadata']['name']} -c {container}"
                # What a Job was asked for is all of its log; why it failed is at the end.
                words = ("logs", *last.split(), self._space, *([] if succeeded else ["--tail=200"]))
                lines += self._asked(partial(self.kubectl.ask, *words)).decode().splitlines()
        if succeeded:
            return lines
        why = lines[-1] if lines else "it said nothing"
        cure = f"read its log: kubectl -n {self.settings.namespace} logs {last}"
        raise refusal(f"Job {name}", f"failed: {why}", cure)

    def _followed(self, name: str) -> bool:
        """Return whether a Job succeeded."""
        while True:
            job = self._patiently(f"Job {name}", lambda: self.kubectl.get("job", name, self._space))
            for one in job.get("status", {}).get("conditions", ()):
                if one["status"] == "True" and one["type"] in ("Complete", "Failed"):
                    return one["type"] == "Complete"
            if not job:
                raise refusal(f"Job {name}", "was deleted before it ended", "start it again")
            self.pause(_POLL_SECONDS)

    def _patiently(self, what: str, ask: Callable[[], Any]) -> Any:
        """Return an answer; a cluster that does not answer for a while may."""
        silent = 0
        while True:
            try:
                return ask()
            except KubectlError as error:
                silent += 1
                if silent > _PATIENCE:
                    raise refusal(what, error.cause, error.cure) from None
            self.pause(_POLL_SECONDS)

    def replicas(self) -> int:
        """Return how many pods the Deployment asks for; 0 where it is not there."""
        found = self._asked(
            lambda: self.kubectl.get("deployment", self.kept.deployment, self._space)
        )
        return int(found.get("spec", {}).get("replicas", 0)) if found else 0

    def scale(self, replicas: int) -> None:
        """Scale the Deployment, and return once no pod of it is left, or once all are ready."""
        self._scale(replicas)
        if replicas:
            self._wait_until_ready()
        else:
            self._wait_until_gone()

    def _scale(self, replicas: int) -> None:
        words = ("scale", f"deployment/{self.kept.deployment}", self._space)
        self._asked(lambda: self.kubectl.ask(*words, f"--replicas={replicas}"))

    def _wait_until_ready(self) -> None:
        words = ("rollout", "status", f"deployment/{self.kept.deployment}", self._space)
        self._asked(lambda: self.kubectl.ask(*words, "--timeout=15m"))

    def _wait_until_gone(self) -> None:
        name, space = self.kept.deployment, self.settings.namespace
        what = f"Deployment {name}"
        found = self._patiently(what, lambda: self.kubectl.get("deployment", name, self._space))
        labels = found["spec"]["selector"]["matchLabels"]
        words = ("pods", self._space, f"--selector={','.join(map('='.join, labels.items()))}")
        pods = list[Any]()
        for _ in range(_ENDING):
            # Where there is none, kubectl prints nothing.
            pods = self._patiently(what, lambda: self.kubectl.get(*words)).get("items", [])
            if not pods:
                return
            self.pause(_POLL_SECONDS)
        name = pods[0]["metadata"]["name"]
        cure = f"see what holds it: kubectl -n {space} describe pod {name}"
        raise refusal(what, f"still has pod {name} after 15 minutes", cure)

    def _pods(self, chosen: str) -> list[Any]:
        # Where there is none, kubectl prints nothing.
        found = self._asked(lambda: self.kubectl.get("pods", self._space, chosen))
        return found.get("items", [])

    def _asked(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except KubectlError as error:
            raise refusal(f"namespace {self.settings.namespace}", error.cause, error.cure) from None

    def listed(self) -> list[str]:
        """Return the copies there are, oldest first, as the store names them."""
        lines = self.done(self.kept.restore, {"RESTORE_FROM": "list"})
        return [one for one in lines if one[:1].isdigit()]

    def backed_up(self) -> list[str]:
        """Take a copy now, and return what was said of it."""
        return self.done(self.kept.backup, {})

    def steps(self, source: str, replicas: int, *, over: bool) -> Iterator[str]:
        """Yield what a restore does, in words."""
        deployment, space = self.kept.deployment, self.settings.namespace
        if self.settings.delivery is Delivery.RENDERED:
            yield f"first see that Argo CD does not sync {space}: it would start {deployment} again"
        if replicas:
            yield f"scale Deployment {deployment} of {space} from {replicas} to 0"
        what = "where no data is"
        if not self.kept.is_kept_aside:
            what = "in place of what its databases hold, which is gone then"
        elif over:
            what = "in place of the data there is, which is kept aside"
        yield f"restore copy `{source}` of {self.kept.name} {what}"
        if replicas:
            yield f"scale Deployment {deployment} to {replicas} again"

    def planned(self, source: str, *, over: bool) -> tuple[int, list[str]]:
        """Return how many pods the Deployment asks for, and what a restore would do.

        Raises:
            RefusedError: there is data, and it was not said that it is to be replaced.
        """
        replicas = self.replicas()
        if not over and (replicas or not self.kept.is_kept_aside):
            after = "kept aside" if self.kept.is_kept_aside else "gone then"
            has = "runs, so it has data" if replicas else "may have data"
            cause = f"{has}, which a restore replaces as a whole, and which is {after}"
            cure = f"add `--over {WORD}` to allow that"
            raise refusal(f"Deployment {self.kept.deployment}", cause, cure)
        return replicas, [*self.steps(source, replicas, over=over)]

    def restored(self, source: str, *, over: bool) -> list[str]:
        """Restore a copy, and return what was said of it; pods end before and start after it.

        Raises:
            RefusedError: as `planned`, or a step of it failed.
        """
        replicas, steps = self.planned(source, over=over)
        cron_job = self._cron_job(self.kept.restore)
        for step in steps:
            self.tell(step)
        variables = {"RESTORE_FROM": source, "RESTORE_OVER": WORD if over else "nothing"}
        if not replicas:
            return self.done(self.kept.restore, variables)
        try:
            self.scale(0)
            name = self._started(cron_job, variables)
            succeeded = self._followed(name)
            self._scale(replicas)
        except BaseException:
            # A pod that started now would run on data that is being replaced.
            self.tell(
                f"Deployment {self.kept.deployment} is not scaled back from 0: once no Job of "
                f"CronJob {self.kept.restore} runs, scale it to {replicas}"
            )
            raise
        self._wait_until_ready()
        return self._said(name, succeeded=succeeded)
