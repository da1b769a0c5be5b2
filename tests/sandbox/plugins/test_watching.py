import threading
from typing import Any

import pytest

from sandbox.plugins.properties import Properties
from sandbox.plugins.readiness import Settling
from sandbox.plugins.wait import Informers, NotReadyError, Watch, refreshed
from tests.sandbox.plugins.http_stub import CONFIG_MAP, HttpStub, status

PLACE = {"name": "a", "namespace": "n"}
FILLED = {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}}


def live(version: str, kind: str, **fields: Any) -> Properties:
    return {"apiVersion": version, "kind": kind, "metadata": PLACE, **fields}


def watch(stub: HttpStub, *, created: bool = True) -> Watch:
    return Watch(api=stub.api(), created=created, settling=Settling(seconds=10, began=0))


def items(*found: Properties) -> Properties:
    return {"items": list(found)}


CLAIM = live(
    "v1", "PersistentVolumeClaim", spec={"storageClassName": "s"}, status={"phase": "Bound"}
)
SERVICE = live("v1", "Service", spec={"selector": {"app": "a"}})
INGRESS = live(
    "networking.k8s.io/v1",
    "Ingress",
    spec={"rules": [{"http": {"paths": [{"backend": {"service": {"name": "elsewhere"}}}]}}]},
    status=FILLED,
)


@pytest.mark.parametrize(("created", "state"), [(True, "waiting"), (False, "ready")])
def test_a_claim_is_judged_by_its_class(state: str, *, created: bool) -> None:
    stub = HttpStub()
    stub.will_answer({"volumeBindingMode": "WaitForFirstConsumer"})
    assert watch(stub, created=created).reading(CLAIM, 0).state == state


def test_a_service_is_judged_by_the_endpoints_of_its_name() -> None:
    stub = HttpStub()
    unready: Properties = {"metadata": {"name": "a"}, "subsets": [{"notReadyAddresses": [{}]}]}
    stub.will_answer(items(unready))
    assert "does not target any Pods" in watch(stub).reading(SERVICE, 0).message
    (asked,) = stub.requests
    assert asked.url.path == "/api/v1/namespaces/n/endpoints"
    assert asked.url.params["fieldSelector"] == "metadata.name=a"


def test_a_service_without_a_selector_asks_for_none() -> None:
    assert watch(HttpStub()).reading(live("v1", "Service", spec={}), 0).state == "ready"


def test_an_ingress_need_not_wait_for_a_service_elsewhere() -> None:
    stub = HttpStub()
    elsewhere = {"metadata": {"name": "elsewhere"}, "spec": {"type": "ExternalName"}}
    stub.will_answer(items(), items(elsewhere))
    assert watch(stub).reading(INGRESS, 0).state == "ready"


def test_an_ingress_waits_for_the_endpoints_of_its_services_a_minute_at_most() -> None:
    stub = HttpStub()
    stub.will_answer(items(), items(), items(), items())
    seen = watch(stub)
    assert [seen.reading(INGRESS, moment).state for moment in (0, 60)] == ["waiting", "ready"]


def test_the_annotation_replaces_the_rule_of_every_kind() -> None:
    notes = {"pulumi.com/waitFor": "jsonpath={.status.phase}=Bound"}
    asked = {**CLAIM, "metadata": {**PLACE, "annotations": notes}}
    assert watch(HttpStub()).reading(asked, 0).state == "ready"


def test_a_refresh_judges_services_and_workloads_but_no_claim_and_no_annotation() -> None:
    stub = HttpStub()
    stub.will_answer(items({"metadata": {"name": "a"}}))
    notes = {"annotations": {"pulumi.com/waitFor": "condition=Ready"}}
    assert refreshed(stub.api(), SERVICE).state == "ready"
    assert refreshed(stub.api(), {**CLAIM, "status": {"phase": "Pending"}}).state == "ready"
    assert refreshed(stub.api(), {**CONFIG_MAP, "metadata": notes}).state == "ready"
    assert refreshed(stub.api(), live("apps/v1", "Deployment", spec={})).state == "waiting"
    assert refreshed(stub.api(), {**INGRESS, "status": {}}).state == "waiting"


def informers(stub: HttpStub, *, cancelled: bool = False) -> Informers:
    ended = threading.Event()
    if cancelled:
        ended.set()
    return Informers(api=stub.api(), cancelled=ended)


LISTED: Properties = {"metadata": {"resourceVersion": "7"}, "items": []}
FORBIDDEN = status(403, "Forbidden", "persistentvolumeclaims is forbidden")


def read(stub: HttpStub) -> list[str]:
    return [
        f"{'watch' if 'watch' in one.url.params else 'list'} {one.url.path.rsplit('/', 1)[1]}"
        for one in stub.requests
    ]


def test_what_is_beside_a_deployment_is_listed_and_watched_once() -> None:
    stub = HttpStub()
    stub.will_answer(*[LISTED] * 10)
    seen = informers(stub)
    seen.sync(live("apps/v1", "Deployment"), deleted=False)
    seen.sync(live("apps/v1", "Deployment"), deleted=False)

    kinds = ("deployments", "events", "pods", "persistentvolumeclaims", "replicasets")
    assert read(stub) == [f"{verb} {kind}" for kind in kinds for verb in ("list", "watch")]


def test_an_object_without_a_rule_is_watched_once_it_is_deleted() -> None:
    stub = HttpStub()
    stub.will_answer(*[LISTED] * 4)
    seen = informers(stub)
    seen.sync(CONFIG_MAP, deleted=False)
    seen.sync(CONFIG_MAP, deleted=True)

    assert read(stub) == ["list events", "watch events", "list configmaps", "watch configmaps"]


def test_what_may_not_be_read_is_waited_for_until_somebody_cancels() -> None:
    stub = HttpStub()
    stub.will_answer(LISTED, LISTED, LISTED, FORBIDDEN)

    with pytest.raises(NotReadyError, match="cancelled"):
        informers(stub, cancelled=True).sync(SERVICE, deleted=False)
    assert read(stub)[-1] == "watch events"
