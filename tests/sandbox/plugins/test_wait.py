import threading
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.plugins.properties import Properties
from sandbox.plugins.wait import NotReadyError, Waiter, limit, skips
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
    live = waiter(stub).ready(declared, declared, 10)
    assert live["status"] == {"done": True}


def test_a_wait_that_times_out_tells_what_is_missing_and_the_events() -> None:
    stub = HttpStub()
    declared = asked(waitFor="condition=Ready")
    stub.will_answer({"items": [{"reason": "Failed", "message": "no quota"}]})
    with pytest.raises(NotReadyError, match=r"timed out after 1 s: .*Ready; Failed: no quota"):
        waiter(stub).ready(declared, declared, 1)


def test_a_cancelled_wait_ends_at_once() -> None:
    stub = HttpStub()
    declared = asked(waitFor="condition=Ready")
    stub.will_answer(NO_EVENTS)
    with pytest.raises(NotReadyError, match="was cancelled"):
        waiter(stub, cancelled=True).ready(declared, declared, 1000)


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
        ("PersistentVolumeClaim", 0, "", 300),
    ],
)
def test_the_option_wins_over_the_annotation_and_that_over_the_default(
    kind: str, option: float, annotation: str, seconds: float
) -> None:
    thing: dict[str, Any] = {**asked(timeoutSeconds=annotation), "kind": kind}
    assert limit(thing, option) == seconds


def test_skip_await_is_read_as_a_switch() -> None:
    assert skips(asked(skipAwait="true"))
    assert not skips(asked(skipAwait="false"))
