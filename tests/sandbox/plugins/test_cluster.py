import threading

import pytest

from sandbox.plugins.cluster import Cluster, ConflictError
from sandbox.plugins.properties import Properties
from sandbox.plugins.settings import Settings
from sandbox.plugins.wait import Waiter
from tests.sandbox.plugins.http_stub import CONFIG_MAP, HttpStub, status


def cluster(stub: HttpStub, settings: Settings | None = None) -> Cluster:
    api = stub.api()
    waiter = Waiter(api=api, cancelled=threading.Event())
    return Cluster(api=api, waiter=waiter, settings=settings or Settings())


def live(operation: str) -> Properties:
    owner = {"manager": "m", "operation": operation}
    return {**CONFIG_MAP, "metadata": {**CONFIG_MAP["metadata"], "managedFields": [owner]}}


def test_creating_posts_and_then_owns_the_fields_as_an_apply_would() -> None:
    stub = HttpStub()
    stub.will_answer(live("Update"), live("Apply"))
    cluster(stub).create(CONFIG_MAP, "m", 1)
    post, patch = stub.sent()
    assert post == ("POST", "/api/v1/namespaces/n/configmaps", CONFIG_MAP)
    assert patch[2][1] == {
        "op": "replace",
        "path": "/metadata/managedFields/0/operation",
        "value": "Apply",
    }


def test_taking_ownership_is_tried_again_when_the_object_changed_meanwhile() -> None:
    stub = HttpStub()
    changed = status(409, "Conflict", "changed")
    stub.will_answer(live("Update"), changed, live("Update"), live("Apply"))
    cluster(stub).create(CONFIG_MAP, "m", 1)
    assert [method for method, _, _ in stub.sent()] == ["POST", "PATCH", "GET", "PATCH"]


def test_the_upsert_switch_applies_instead_of_creating() -> None:
    stub = HttpStub()
    stub.will_answer(live("Apply"))
    cluster(stub, Settings(upsert=True)).create(CONFIG_MAP, "m", 1)
    assert [method for method, _, _ in stub.sent()] == ["PATCH"]


@pytest.mark.parametrize("code", [403, 404, 409])
def test_a_preview_that_only_the_real_run_can_tell_is_none(code: int) -> None:
    stub = HttpStub()
    stub.will_answer(status(code, "Reason", "text"))
    assert cluster(stub).previewed_create(CONFIG_MAP, "m") is None


def test_a_conflict_names_the_cure() -> None:
    stub = HttpStub()
    stub.will_answer(status(409, "Conflict", 'conflict with "kubectl"'))
    with pytest.raises(ConflictError, match=r"kubectl.*pulumi\.com/patchForce"):
        cluster(stub).update(CONFIG_MAP, "m", 1)


def test_deleting_what_is_gone_is_fine() -> None:
    stub = HttpStub()
    stub.will_answer(status(404, "NotFound", "gone"))
    cluster(stub).delete(CONFIG_MAP, {}, 1)
    assert [method for method, _, _ in stub.sent()] == ["GET"]


def test_deleting_waits_until_another_object_has_the_name() -> None:
    stub = HttpStub()
    first, second = ({**CONFIG_MAP, "metadata": {"name": "a", "uid": uid}} for uid in "12")
    stub.will_answer(first, {}, second)
    cluster(stub).delete(CONFIG_MAP, {}, 1)
    assert stub.sent()[1][2] == {"propagationPolicy": "Foreground"}
