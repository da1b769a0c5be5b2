import threading
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.plugins.properties import Properties
from sandbox.plugins.wait import NotReadyError, Waiter, limit, skips, until_ready
from tests.sandbox.plugins.http_stub import CONFIG_MAP, HttpStub

NO_EVENTS: Properties = {"items": []}


def asked(**annotations: str) -> Properties:
    notes = {f"pulumi.com/{key}": text for key, text in annotations.items()}
    return {**CONFIG_MAP, "metadata": {**CONFIG_MAP["metadata"], "annotations": notes}}


def ticking() -> Callable[[], float]:
    times = iter(range(100))
    return lambda: float(next(times))


def waiter(stub: HttpStub, *, cancelled: bool = False) -> Waiter:
    event = threading.Event()
    if cancelled:
        event.set()
    return Waiter(api=stub.api(), cancelled=event, clock=ticking())


def test_a_wait_ends_once_the_object_is_ready() -> None:
    stub = HttpStub()
    declared = asked(waitFor="jsonpath={.status.done}=true")
    stub.will_answer({**declared, "status": {"done": True}})
    live = waiter(stub).ready(declared, declared, 10, created=True)
    assert live["status"] == {"done": True}


def test_a_wait_that_times_out_tells_what_is_missing_and_the_events() -> None:
    stub = HttpStub()
    declared = asked(waitFor="condition=Ready")
    stub.will_answer({"items": [{"reason": "Failed", "message": "no quota"}]})
    with pytest.raises(NotReadyError, match=r"timed out after 1 s: .*Ready; Failed: no quota"):
        waiter(stub).ready(declared, declared, 1, created=True)


def test_a_cancelled_wait_ends_at_once() -> None:
    stub = HttpStub()
    declared = asked(waitFor="condition=Ready")
    stub.will_answer(NO_EVENTS)
    with pytest.raises(NotReadyError, match="was cancelled"):
        waiter(stub, cancelled=True).ready(declared, declared, 1000, created=True)


def test_what_does_not_go_names_its_finalizers() -> None:
    stub = HttpStub()
    held = {**CONFIG_MAP, "metadata": {"name": "a", "uid": "1", "finalizers": ["x/hold"]}}
    stub.will_answer(held)
    with pytest.raises(NotReadyError, match="a was not gone after 1 s") as caught:
        waiter(stub).gone(held, {}, 1)
    assert caught.value.details == ["finalizers: x/hold"]


@pytest.mark.parametrize(
    ("kind", "option", "annotation", "seconds"),
    [
        ("Deployment", 7, "9", 7),
        ("Deployment", 0, "9", 9),
        ("Deployment", 0, "", 600),
        ("Service", 0, "", 600),
        ("Ingress", 0, "", 600),
    ],
)
def test_the_option_wins_over_the_annotation_and_that_over_the_default(
    kind: str, option: float, annotation: str, seconds: float
) -> None:
    thing: dict[str, Any] = {**asked(timeoutSeconds=annotation), "kind": kind}
    assert limit(thing, option) == seconds


@pytest.mark.parametrize(("option", "seconds"), [(0, 300), (7, 7), (900, 300)])
def test_a_claim_is_waited_for_five_minutes_at_most(option: float, seconds: float) -> None:
    assert until_ready({**CONFIG_MAP, "kind": "PersistentVolumeClaim"}, option) == seconds
    assert until_ready(CONFIG_MAP, 900) == 900


CLAIM: Properties = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "a", "namespace": "n"},
    "spec": {"storageClassName": "s"},
}
BOUND: Properties = {**CLAIM, "status": {"phase": "Bound"}}
ON_FIRST_USE: Properties = {"volumeBindingMode": "WaitForFirstConsumer"}


def test_a_kept_claim_of_a_class_that_binds_on_first_use_times_out_after_five_minutes() -> None:
    stub = HttpStub()
    rounds = [ON_FIRST_USE, BOUND] * 1000
    stub.will_answer(*rounds)
    moments = iter(range(0, 10_000, 50))
    waits = Waiter(api=stub.api(), cancelled=Never(), clock=lambda: float(next(moments)), settle=10)
    with pytest.raises(NotReadyError, match="Timeout occurred polling for 'a' after 300 s"):
        waits.ready(BOUND, CLAIM, 0, created=True)


class Never(threading.Event):
    """An event that nobody sets, and that is waited for without waiting."""

    def wait(self, timeout: float | None = None) -> bool:
        del timeout
        return False


SERVICE: Properties = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "a", "namespace": "n"},
    "spec": {"selector": {"app": "a"}},
}


def endpoints(version: str) -> Properties:
    return {"metadata": {"name": "a", "resourceVersion": version}}


def test_a_service_is_ready_ten_seconds_after_the_last_change_of_its_endpoints() -> None:
    stub = HttpStub()
    for version in ("1", "2", "2", "2", "2"):
        stub.will_answer({"items": [endpoints(version)]}, SERVICE)
    moments = iter(range(0, 1000, 2))
    waits = Waiter(api=stub.api(), cancelled=Never(), clock=lambda: float(next(moments)))
    assert waits.ready(SERVICE, SERVICE, 0, created=True) == SERVICE
    assert len(stub.requests) == 7


def test_a_service_whose_endpoints_never_settle_is_ready_when_the_time_is_up() -> None:
    stub = HttpStub()
    for version in range(100):
        stub.will_answer({"items": [endpoints(str(version))]}, SERVICE)
    moments = iter(range(0, 10_000, 20))
    waits = Waiter(
        api=stub.api(), cancelled=Never(), clock=lambda: float(next(moments)), settle=1000
    )
    assert waits.ready(SERVICE, SERVICE, 0, created=True) == SERVICE


def test_skip_await_is_read_as_a_switch() -> None:
    assert skips(asked(skipAwait="true"))
    assert not skips(asked(skipAwait="false"))
