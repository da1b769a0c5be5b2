"""A Job fills the claim of a pool, next to the pods that read it."""

from typing import Any

from lightkube.models.core_v1 import Container

from components.parts.part import plain
from components.pool.pool import Pool
from components.weights.job import Work, init_resources, job, modest_resources
from tests.samples import committed_manifests, containers, pods, pool


def sample(
    found: Pool, *images: str, deadline: int = 60, final: int | None = None
) -> dict[str, Any]:
    """Return a Job with one container an image."""
    steps = [Container(name=f"step-{i}", image=image) for i, image in enumerate(images)]
    work = Work(role="role", containers=steps, volumes=[], deadline=deadline, final=final)
    return plain(job(found, work))


def test_containers_run_one_after_another():
    spec = sample(pool(), "a:1", "b:1", "c:1")["spec"]["template"]["spec"]

    assert [one["image"] for one in spec["initContainers"]] == ["a:1", "b:1"]
    assert [one["image"] for one in spec["containers"]] == ["c:1"]


def test_one_container_runs_alone():
    assert "initContainers" not in sample(pool(), "a:1")["spec"]["template"]["spec"]


def test_a_job_that_does_something_else_has_another_name():
    name = sample(pool(), "a:1")["metadata"]["name"]

    assert sample(pool(), "a:1")["metadata"]["name"] == name
    assert sample(pool(), "a:2")["metadata"]["name"] != name
    assert sample(pool(), "a:1", deadline=61)["metadata"]["name"] != name


def test_a_job_ends_and_is_tried_again_a_few_times():
    spec = sample(pool(), "a:1", deadline=99)["spec"]

    assert spec["activeDeadlineSeconds"] == 99
    assert 1 <= spec["backoffLimit"] <= 6
    assert (spec["completions"], spec["parallelism"]) == (1, 1)
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_a_failure_that_no_try_cures_ends_the_job_and_a_drained_node_costs_no_try():
    assert sample(pool(), "a:1", "b:1", final=3)["spec"]["podFailurePolicy"]["rules"] == [
        {
            "action": "FailJob",
            "onExitCodes": {"containerName": "step-1", "operator": "In", "values": [3]},
        },
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
    ]
    assert "podFailurePolicy" not in sample(pool(), "a:1")["spec"]


def test_a_finished_job_stays_so_that_nobody_runs_it_again():
    assert "ttlSecondsAfterFinished" not in sample(pool(), "a:1")["spec"]


def test_no_job_takes_a_gpu():
    jobs = [one for one in committed_manifests() if one["kind"] == "Job"]
    limits = [one["resources"]["limits"] for pod in pods(jobs) for one in containers(pod)]

    assert limits
    assert {resource for limit in limits for resource in limit} <= {
        "cpu",
        "memory",
        "ephemeral-storage",
    }
    assert all("runtimeClassName" not in pod["spec"] for pod in pods(jobs))


def test_a_job_leaves_the_cores_to_the_servers_and_keeps_its_memory():
    resources = plain(modest_resources("512Mi"))

    assert resources["requests"] == {"cpu": "250m", "memory": "512Mi"}
    assert resources["limits"]["memory"] == "512Mi"


def test_what_runs_before_a_server_promises_nothing_twice():
    resources = plain(init_resources("128Mi"))

    assert resources["requests"] == resources["limits"] == {"cpu": "1", "memory": "128Mi"}
