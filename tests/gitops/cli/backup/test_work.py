"""`backup`, against a cluster of plain objects; tests/e2e/test_anythingllm.py runs it for real."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from components.parts.part import Manifest
from documents.problem import RefusedError
from gitops.adapters.kubectl import Kubectl
from gitops.adapters.process import Finished
from gitops.cli.backup.jobs import job_from
from gitops.cli.backup.work import Keeper, kept
from tests.components.addons.anythingllm.stacks import POOLS, ROUTER, ROUTER_KEY, WHOLE, objects
from tests.components.addons.mlflow.stacks import WHOLE as MLFLOW
from tests.gitops.commands import CommandLine
from tests.samples import settings

COPIES = ["20270115T080000Z_1.15.2_before-1.16.0.tar 10", "20270116T013500Z_1.16.0.tar 12"]


class Cluster:
    """A cluster that knows CronJobs and one Deployment, and runs Jobs at once.

    It is `silent` so often to the words `to` once it was asked `until`; a pod of the Deployment is
    `ending` for as many questions.
    """

    def __init__(
        self, replicas: int = 1, *, fails: str = "", silent: int = 0, to: str = "get job",
        until: str = "get", ending: int = 0,
    ) -> None:  # fmt: skip
        self.known: dict[tuple[str, str], Manifest] = objects()
        self.replicas, self.fails, self.silent, self.to = replicas, fails, silent, to
        self.until, self.ending, self.copies = until, ending, COPIES
        self.jobs: list[Any] = []
        self.asked: list[str] = []
        self.asked_last = ""

    def __call__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        given: bytes = b"",
    ) -> Finished:
        del folder, environment
        words = [one for one in command[1:] if not one.startswith("--")]
        self.asked.append(" ".join(words))
        self.asked_last = " ".join(command)
        begun = any(one.startswith(self.until) for one in self.asked[:-1])
        if self.silent and begun and f"{self.asked[-1]} ".startswith(f"{self.to} "):
            self.silent -= 1
            return Finished(code=1, output=b"", errors="Unable to connect to the server: EOF")
        return Finished(code=0, output=self._answer(words, command, given).encode(), errors="")

    def _answer(self, words: Sequence[str], command: Sequence[str], given: bytes) -> str:
        verb, what = words[0], words[1] if len(words) > 1 else ""
        if verb == "create":
            self.jobs.append(json.loads(given))
        if verb == "scale":
            (self.replicas,) = (int(one.rpartition("=")[2]) for one in command if "replicas" in one)
        if verb == "logs":
            lines = self._log(words[words.index("-c") + 1]).splitlines()
            tail = [int(one.rpartition("=")[2]) for one in command if one.startswith("--tail")]
            return "\n".join(lines[-tail[0] :] if tail else lines)
        return json.dumps(self._object(what, words[-1])) if verb == "get" else ""

    def _log(self, container: str) -> str:
        if container == self.fails:
            return f"why {container} failed"
        return "\n".join(["fetched it", *self.copies]) if container == "fetch" else "done"

    def _pod(self) -> Any:
        """Return the pod of a Job: what comes after a container that failed never started."""
        ended: list[dict[str, Any]] = [
            {"name": name, "state": {"terminated": {"exitCode": int(name == self.fails)}}}
            for name in ("fetch", "restore")
        ]
        if self.fails == "fetch":
            ended[1]["state"] = {"waiting": {"reason": "PodInitializing"}}
        status = {"initContainerStatuses": ended[:1], "containerStatuses": ended[1:]}
        return {"metadata": {"name": "restore-abc"}, "status": status}

    def _object(self, kind: str, name: str) -> Any:
        if kind == "cronjob":
            found = self.known["CronJob", name]
            return found and {**found, "metadata": {**found["metadata"], "uid": "1"}}
        if kind == "job":
            state = "Failed" if self.fails else "Complete"
            return {"status": {"conditions": [{"type": state, "status": "True"}]}}
        if kind == "pods":
            if "job-name" in self.asked_last:
                return {"items": [self._pod()]}
            self.ending -= 1
            return {"items": [{"metadata": {"name": "app-abc"}}] if self.ending >= 0 else []}
        found = self.known["Deployment", "localai-anythingllm"]
        return {**found, "spec": {**found["spec"], "replicas": self.replicas}}

    def variable(self, name: str) -> set[str]:
        """Return what the containers of the last Job are told under a name."""
        pod = self.jobs[-1]["spec"]["template"]["spec"]
        containers = [*pod["initContainers"], *pod["containers"]]
        return {v["value"] for one in containers for v in one["env"] if v["name"] == name}


def keeper(
    cluster: Cluster, pause: Callable[[float], None] = lambda _: None, **more: Any
) -> tuple[Keeper, list[str]]:
    said: list[str] = []
    known = settings(POOLS, anythingllm=WHOLE, **more)
    made = Keeper(
        settings=known, kept=kept(known)[0], kubectl=Kubectl(run=cluster, folder=Path()),
        tell=said.append, pause=pause, now=lambda: 1_800_000_000.0,
    )  # fmt: skip
    return made, said


def test_a_job_is_what_its_cron_job_makes_with_other_variables():
    cron = objects()["CronJob", "localai-anythingllm-restore"]
    cron["metadata"]["uid"] = "1"
    before = json.dumps(cron)

    made = job_from(cron, "again", {"RESTORE_FROM": "x"})

    assert (made["kind"], made["metadata"]["name"]) == ("Job", "again")
    assert made["spec"]["backoffLimit"] == 0
    # `state orphans --remove` deletes what nobody owns.
    assert made["metadata"]["ownerReferences"] == [
        {"apiVersion": "batch/v1", "kind": "CronJob", "name": cron["metadata"]["name"], "uid": "1"}
    ]
    assert json.dumps(cron) == before


def test_copies_are_listed_by_a_job():
    cluster = Cluster()

    assert keeper(cluster)[0].listed() == COPIES

    assert cluster.variable("RESTORE_FROM") == {"list"}


def test_many_copies_are_listed_from_the_oldest_on():
    cluster = Cluster()
    cluster.copies = [f"2027011{day}T{hour:06}Z_1.16.0.tar 10" for day in range(9)
                      for hour in range(50)]  # fmt: skip

    assert keeper(cluster)[0].listed() == cluster.copies


def test_a_copy_is_taken_by_the_job_of_the_clock():
    cluster = Cluster()

    assert "done" in keeper(cluster)[0].backed_up()

    assert cluster.jobs[-1]["metadata"]["name"] == "localai-anythingllm-backup-20270115080000"


def test_living_data_is_not_replaced_without_the_word():
    cluster = Cluster()

    with pytest.raises(RefusedError, match="add `--over living-data`"):
        keeper(cluster)[0].restored("latest", over=False)

    assert cluster.jobs == []
    assert not [one for one in cluster.asked if one.startswith("scale")]


def test_with_the_word_pods_end_before_and_start_after_it():
    cluster = Cluster(replicas=1)
    made, said = keeper(cluster)

    made.restored(COPIES[0].split()[0], over=True)

    assert cluster.variable("RESTORE_OVER") == {"living-data"}
    assert cluster.variable("RESTORE_FROM") == {"20270115T080000Z_1.15.2_before-1.16.0.tar"}
    words = [one.split()[0] for one in cluster.asked]
    assert (
        words.index("scale") < words.index("create") < len(words) - 1 - words[::-1].index("scale")
    )
    assert cluster.replicas == 1
    assert [one.partition(" ")[0] for one in said] == ["scale", "restore", "scale"]


@pytest.mark.parametrize("container", ["fetch", "restore"])
def test_pods_start_again_after_a_restore_that_failed_and_the_reason_is_told(container: str):
    cluster = Cluster(replicas=1, fails=container)

    with pytest.raises(RefusedError, match=f"failed: why {container} failed"):
        keeper(cluster)[0].restored("latest", over=True)

    assert cluster.replicas == 1


def test_a_cluster_that_is_silent_for_a_while_ends_no_restore():
    cluster = Cluster(silent=100)

    keeper(cluster)[0].restored("latest", over=True)

    assert cluster.replicas == 1


def test_no_pod_starts_while_it_is_not_known_whether_the_data_is_whole():
    cluster = Cluster(silent=1000)
    made, said = keeper(cluster)

    with pytest.raises(RefusedError, match="Unable to connect"):
        made.restored("latest", over=True)

    assert cluster.replicas == 0
    assert said[-1].endswith(
        "once no Job of CronJob localai-anythingllm-restore runs, scale it to 1"
    )


NOT_BACK = (
    "is not scaled back from 0: once no Job of CronJob localai-anythingllm-restore runs, "
    "scale it to 1"
)


@pytest.mark.parametrize("to", ["get pods", "get deployment"])
def test_a_cluster_that_is_silent_for_a_while_as_pods_end_ends_no_restore(to: str):
    cluster = Cluster(ending=3, silent=100, to=to, until="scale")

    keeper(cluster)[0].restored("latest", over=True)

    assert (cluster.replicas, cluster.silent) == (1, 0)


def test_whoever_interrupts_it_as_pods_end_is_told_what_to_scale():
    made, said = keeper(Cluster(ending=3), pause=interrupted)

    with pytest.raises(KeyboardInterrupt):
        made.restored("latest", over=True)

    assert said[-1].endswith(NOT_BACK)


def interrupted(_: float) -> None:
    raise KeyboardInterrupt


def test_a_pod_that_does_not_end_is_named_and_nothing_is_restored():
    cluster = Cluster(ending=10_000)
    made, said = keeper(cluster)

    with pytest.raises(RefusedError, match=r"still has pod app-abc after .* describe pod app-abc"):
        made.restored("latest", over=True)

    assert cluster.jobs == []
    assert said[-1].endswith(NOT_BACK)


def test_a_deployment_that_cannot_be_scaled_up_again_is_told():
    cluster = Cluster(silent=1, to="scale", until="create")
    made, said = keeper(cluster)

    with pytest.raises(RefusedError, match="Unable to connect"):
        made.restored("latest", over=True)

    assert (cluster.replicas, said[-1].endswith(NOT_BACK)) == (0, True)


def use(monkeypatch: pytest.MonkeyPatch, made: Keeper) -> None:
    """Have the command line find a cluster of plain objects."""

    def found(*_: str | None) -> Keeper:
        return made

    monkeypatch.setattr("gitops.cli.backup.verbs._keeper", found)


@pytest.mark.parametrize("words", [[], ["--dry-run"]])
def test_a_dry_run_is_refused_where_the_restore_would_be(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, words: list[str]
):
    made, _ = keeper(Cluster())
    use(monkeypatch, made)

    ended = command_line("backup", "restore", "dev", *words)

    assert (ended.code, ended.out) == (1, "")
    assert (
        "runs, so it has data, which a restore replaces as a whole, and which is kept aside; "
        "add `--over living-data` to allow that"
    ) in ended.err


def test_a_dry_run_with_the_word_says_the_steps_and_does_none(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
):
    cluster = Cluster()
    made, _ = keeper(cluster)
    use(monkeypatch, made)

    ended = command_line("backup", "restore", "dev", "--over", "living-data", "--dry-run")

    assert ended.out.startswith("scale Deployment localai-anythingllm of localai-test from 1 to 0")
    assert (cluster.replicas, cluster.jobs) == (1, [])


def test_a_restore_that_cannot_be_made_ends_no_pod():
    cluster = Cluster()
    cluster.known["CronJob", "localai-anythingllm-restore"] = {}

    with pytest.raises(RefusedError, match="has no CronJob"):
        keeper(cluster)[0].restored("latest", over=True)

    assert cluster.replicas == 1


def test_databases_are_replaced_by_the_word_alone_whether_pods_run_or_not():
    known = settings(POOLS, mlflow=MLFLOW)
    made = Keeper(
        settings=known, kept=kept(known)[0], kubectl=Kubectl(run=Cluster(0), folder=Path())
    )

    with pytest.raises(
        RefusedError, match=r"may have data, .* gone then; add `--over living-data`"
    ):
        made.restored("latest", over=False)

    assert list(made.steps("latest", 0, over=True)) == [
        "restore copy `latest` of mlflow in place of what its databases hold, which is gone then"
    ]


def test_what_has_no_pod_is_restored_and_stays_without_one():
    cluster = Cluster(replicas=0)

    keeper(cluster)[0].restored("latest", over=False)

    assert cluster.variable("RESTORE_OVER") == {"nothing"}
    assert not [one for one in cluster.asked if one.startswith("scale")]


def test_where_argo_cd_applies_it_is_to_be_paused_first():
    key = {"secret": "keys", "key": "localai"}
    made, _ = keeper(Cluster(), delivery="rendered", apiKey=key)

    first, *_ = made.steps("latest", 1, over=True)

    assert first.startswith("first see that Argo CD does not sync localai-test")


def test_both_add_ons_are_known_and_neither_without_a_backup():
    both = settings(POOLS, anythingllm={**WHOLE, "key": ROUTER_KEY}, mlflow=MLFLOW, router=ROUTER)
    assert [one.name for one in kept(both)] == ["anythingllm", "mlflow"]
    assert kept(settings(POOLS)) == ()


def test_a_stack_without_a_backup_is_told_how_to_have_one(command_line: CommandLine):
    ended = command_line("backup", "list", "dev")

    assert ended.code == 1
    assert "has no backup; add `backup` to localai:anythingllm or localai:mlflow" in ended.err


def test_another_word_is_refused(command_line: CommandLine):
    ended = command_line("backup", "restore", "dev", "--over", "everything")

    assert ended.code == 1
    assert "write `living-data`, or leave it out" in ended.err
