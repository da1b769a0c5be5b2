from typing import Any

import pytest

from tests.gitops.validation.rules.objects import container, found, job, pod, server, workload

SILENT = container(readinessProbe=None, livenessProbe=None)
BROKEN = {
    "no readiness": ("readiness-probe", server(readinessProbe=None)),
    "a readiness that asks nothing": ("readiness-probe", server(readinessProbe={"httpGet": {}})),
    "no liveness": ("liveness-probe", server(livenessProbe=None)),
    "no liveness of a second container": (
        "liveness-probe",
        workload(template=pod(container(), container(name="proxy", livenessProbe=None))),
    ),
    "no liveness in a Rollout": (
        "liveness-probe",
        workload("Rollout", pod(container(livenessProbe=None))),
    ),
}
WHOLE = {
    "a server with both": server(),
    "a server that is asked over TCP": server(livenessProbe={"tcpSocket": {"port": 8080}}),
    "a Job": job(pod(SILENT)),
    "a container that runs first": workload(template=pod(initContainers=[SILENT])),
}


@pytest.mark.parametrize(("rule", "manifest"), BROKEN.values(), ids=BROKEN)
def test_a_server_without_a_probe_is_found(rule: str, manifest: dict[str, Any]):
    assert found(manifest) == [rule]


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_what_answers_or_ends_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []
