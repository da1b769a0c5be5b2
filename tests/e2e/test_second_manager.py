"""What a preview sends is admitted: objects created by one field manager, changed by another.

The provider creates and updates under two names, and hands fields over in the first real update, so
the dry run of a preview meets the fields of the first manager. Here kubectl is both of them.
"""

from collections.abc import Generator

import pytest

from components.parts.part import Manifest
from sandbox.cluster.sandbox import KubectlError, Sandbox, listing
from tests.test_exclusive_fields import EDITS, objects_of

pytestmark = pytest.mark.e2e

NAMESPACE = "localai-test"
# Kinds that every cluster has; a class of custom objects says itself how its lists are merged.
GROUPS = ("v1", "apps/v1", "batch/v1", "policy/v1", "networking.k8s.io/v1", "autoscaling/v2")
# What an edit is made of: from each of these to every other one.
STARTS = ("as it is", "two pods", "two keys", "engines from images", "by CPU", "distributed")


@pytest.fixture
def namespace(cluster: Sandbox) -> Generator[None]:
    cluster.kubectl("create", "namespace", NAMESPACE)
    yield
    cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=true", "--timeout=120s")


def declared(edit: str) -> list[Manifest]:
    found = objects_of(EDITS[edit])
    # Their content is in their name: they are never updated.
    return [one for one in found if one["apiVersion"] in GROUPS and one["kind"] != "Job"]


def applied(cluster: Sandbox, manager: str, found: list[Manifest], *flags: str) -> str:
    """Apply objects under the name of a manager and return what was refused."""
    words = ("--server-side", "--force-conflicts", f"--field-manager={manager}", *flags)
    try:
        cluster.kubectl("apply", *words, "--filename=-", stdin=listing(found))
    except KubectlError as refused:
        return str(refused)
    return ""


@pytest.mark.usefixtures("namespace")
@pytest.mark.parametrize("start", STARTS)
def test_every_edit_can_be_previewed_after_the_first_update(cluster: Sandbox, start: str) -> None:
    assert applied(cluster, "creates", declared(start)) == ""

    refused = {
        edit: told
        for edit in EDITS
        if (told := applied(cluster, "updates", declared(edit), "--dry-run=server"))
    }

    assert refused == {}


@pytest.mark.usefixtures("namespace")
def test_a_pair_that_takes_turns_is_refused(cluster: Sandbox) -> None:
    """Which is why this program has none; otherwise the test above would prove nothing."""
    (server,) = (one for one in declared("as it is") if one["kind"] == "Deployment")
    assert applied(cluster, "creates", [server]) == ""
    server["spec"]["strategy"] = {"type": "Recreate"}

    told = applied(cluster, "updates", [server], "--dry-run=server")

    assert "may not be specified when strategy `type` is 'Recreate'" in told
