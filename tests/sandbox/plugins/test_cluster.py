import threading

import pytest

from sandbox.plugins.api import ApiError
from sandbox.plugins.cluster import Cluster, ConflictError
from sandbox.plugins.properties import Properties
from sandbox.plugins.settings import Settings
from sandbox.plugins.wait import Waiter
from tests.sandbox.plugins.http_stub import CONFIG_MAP, HttpStub, status


def cluster(stub: HttpStub, settings: Settings | None = None) -> Cluster:
    api = stub.api()
    waiter = Waiter(api=api, cancelled=threading.Event())
    return Cluster(api=api, waiter=waiter, settings=settings or Settings())


def owned(*entries: tuple[str, str]) -> Properties:
    fields: list[Properties] = [
        {"manager": manager, "operation": operation, "fieldsV1": {}}
        for manager, operation in entries
    ]
    return {**CONFIG_MAP, "metadata": {**CONFIG_MAP["metadata"], "managedFields": fields}}


CREATED = owned(("pulumi-kubernetes", "Update"))
UPDATED = owned(("m", "Apply"))


def query(stub: HttpStub, index: int) -> dict[str, str]:
    return dict(stub.requests[index].url.params)


def test_creating_posts_under_the_name_that_all_objects_share() -> None:
    stub = HttpStub()
    stub.will_answer(CREATED)
    cluster(stub).create(CONFIG_MAP, "m", 1)
    assert stub.sent() == [("POST", "/api/v1/namespaces/n/configmaps", CONFIG_MAP)]
    assert query(stub, 0) == {"fieldManager": "pulumi-kubernetes"}


def test_the_first_update_hands_the_fields_over_and_a_later_one_does_not() -> None:
    stub = HttpStub()
    stub.will_answer(CREATED, UPDATED, UPDATED, UPDATED, UPDATED)
    cluster(stub).update(CONFIG_MAP, "m", 1)
    cluster(stub).update(CONFIG_MAP, "m", 1)
    assert [method for method, _, _ in stub.sent()] == ["GET", "PATCH", "PATCH", "GET", "PATCH"]
    assert stub.sent()[1][2] == [
        {
            "op": "replace",
            "path": "/metadata/managedFields",
            "value": [{"manager": "m", "operation": "Apply", "fieldsV1": {}}],
        }
    ]
    assert query(stub, 2) == {"fieldManager": "m", "force": "false"}


@pytest.mark.parametrize(("live", "force"), [(CREATED, "true"), (UPDATED, "false")])
def test_a_dry_run_hands_nothing_over_and_is_forced_before_the_first_update(
    live: Properties, force: str
) -> None:
    stub = HttpStub()
    stub.will_answer(live, live)
    cluster(stub).previewed_update(CONFIG_MAP, "m")
    assert [method for method, _, _ in stub.sent()] == ["GET", "PATCH"]
    assert query(stub, 1) == {"fieldManager": "m", "force": force, "dryRun": "All"}


def test_updating_what_is_gone_says_so() -> None:
    stub = HttpStub()
    stub.will_answer(status(404, "NotFound", "gone"))
    with pytest.raises(ApiError, match='ConfigMap "a" not found'):
        cluster(stub).update(CONFIG_MAP, "m", 1)


@pytest.mark.parametrize("settings", [Settings(patch_force=True), Settings()])
def test_the_switch_and_the_annotation_force_an_update(settings: Settings) -> None:
    notes = {} if settings.patch_force else {"pulumi.com/patchForce": "true"}
    asked = {**CONFIG_MAP, "metadata": {**CONFIG_MAP["metadata"], "annotations": notes}}
    stub = HttpStub()
    stub.will_answer(UPDATED, UPDATED)
    cluster(stub, settings).update(asked, "m", 1)
    assert query(stub, 1)["force"] == "true"


def test_a_dry_run_of_adopting_is_forced_and_one_of_replacing_takes_another_name() -> None:
    stub = HttpStub()
    refused = status(422, "Invalid", "data: Forbidden: field is immutable when `immutable` is set")
    stub.will_answer(refused, CONFIG_MAP)
    assert cluster(stub, Settings(upsert=True)).previewed_create(CONFIG_MAP, "m")
    (_, first, _), (_, second, _) = stub.sent()
    assert second.startswith(first)
    assert second != first
    assert query(stub, 0)["force"] == query(stub, 1)["force"] == "true"


def test_the_upsert_switch_applies_instead_of_creating() -> None:
    stub = HttpStub()
    stub.will_answer(UPDATED)
    cluster(stub, Settings(upsert=True)).create(CONFIG_MAP, "m", 1)
    assert [method for method, _, _ in stub.sent()] == ["PATCH"]


@pytest.mark.parametrize("code", [403, 404, 409])
def test_a_preview_that_only_the_real_run_can_tell_is_none(code: int) -> None:
    stub = HttpStub()
    stub.will_answer(status(code, "Reason", "text"))
    assert cluster(stub).previewed_create(CONFIG_MAP, "m") is None


def test_a_conflict_names_the_cure() -> None:
    stub = HttpStub()
    stub.will_answer(UPDATED, status(409, "Conflict", 'conflict with "lens"'))
    words = r"server-side apply field conflict detected.*lens.*pulumi\.com/patchForce"
    with pytest.raises(ConflictError, match=words):
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
