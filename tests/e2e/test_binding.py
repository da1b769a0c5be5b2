"""A stack that is bound to its cluster, on the real engine: no other cluster is touched."""

from pathlib import Path

import pytest

from gitops.adapters.pulumi import LivePreviewError
from sandbox.cluster.sandbox import Sandbox
from sandbox.engine import Engine
from tests.e2e.interruption import declared_names
from tests.e2e.live import differences
from tests.e2e.program import edit, objects, running

pytestmark = [pytest.mark.e2e, pytest.mark.core]

ELSEWHERE = "99999999-2222-4333-8444-555555555555"


def refusal(made: Engine, *words: str) -> str:
    done = made.run(*words)
    told = done.stdout + done.stderr
    assert done.returncode != 0, told
    assert "Traceback" not in told
    return told


def test_a_bound_stack_is_applied_to_its_own_cluster_and_to_no_other(
    cluster: Sandbox, tmp_path: Path
) -> None:
    uid = cluster.kubectl(
        "get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"
    ).strip()
    here, elsewhere = {"name": "dev", "uid": uid}, {"name": "dev", "uid": ELSEWHERE}
    with running(cluster, tmp_path, "dev") as made:
        edit(made, cluster=elsewhere)
        told = refusal(made, "up", "--yes", "--skip-preview")
        assert f"write `uid: {uid}` under localai:cluster" in " ".join(told.split())
        assert objects(made) == {}
        assert "nothing was changed" in " ".join(refusal(made, "preview").split())

        edit(made, cluster=here)
        made.up()
        before = objects(made)
        assert set(before) == declared_names(made)
        assert differences(made) == []

        edit(made, cluster=elsewhere, pools__chat__replicas=0)
        refusal(made, "up", "--yes", "--skip-preview")
        refusal(made, "refresh", "--yes", "--skip-preview", "--run-program")
        refusal(made, "destroy", "--yes", "--skip-preview", "--run-program")
        with pytest.raises(LivePreviewError, match="the kubeconfig leads to the cluster with uid"):
            differences(made)
        assert objects(made) == before

        edit(made, cluster="dev", pools__chat__replicas=None)
        made.up()
        assert objects(made) == before
