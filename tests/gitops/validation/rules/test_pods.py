from typing import Any

from gitops.validation.rules.pods import containers, named, pod_spec, pod_template, servers
from tests.gitops.validation.rules.objects import container, job, plain, pod, workload


def names(found: Any) -> list[str]:
    return [one["name"] for one in found]


def test_a_pod_is_found_in_whatever_starts_it():
    template = pod()
    cron = plain("CronJob", spec={"jobTemplate": {"spec": {"template": template}}})

    for manifest in (workload(template=template), job(template), cron, {"kind": "Pod", **template}):
        assert pod_template(manifest)["spec"] == template["spec"]


def test_an_object_without_containers_starts_no_pod():
    for manifest in (plain("Service"), plain("Other", spec={"template": {"metadata": {}}})):
        assert not pod_template(manifest)
        assert not pod_spec(manifest)


def test_containers_that_run_first_are_among_them():
    manifest = workload(template=pod(initContainers=[container(name="first")]))

    assert names(containers(manifest)) == ["first", "server"]
    assert names(servers(manifest)) == ["server"]


def test_a_job_serves_nobody():
    assert list(servers(job(pod()))) == []


def test_a_container_is_named():
    assert named(container()) == "container server"
