from typing import Any

import pytest

from sandbox.plugins.properties import Properties
from sandbox.plugins.readiness import NO_ADDRESS, NO_PODS, Settling, claim, ingress, service

READY_POD: Properties = {"subsets": [{"addresses": [{"ip": "10.0.0.1"}]}]}
UNREADY_POD: Properties = {"subsets": [{"notReadyAddresses": [{"ip": "10.0.0.1"}]}]}
ONE_OF_TWO: Properties = {"subsets": [{**READY_POD["subsets"][0], **UNREADY_POD["subsets"][0]}]}
ADDRESS: Properties = {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}}


@pytest.mark.parametrize(
    ("phase", "binding", "created", "state"),
    [
        ("Bound", "Immediate", True, "ready"),
        ("Pending", "Immediate", True, "waiting"),
        ("Pending", "WaitForFirstConsumer", True, "ready"),
        ("Bound", "WaitForFirstConsumer", True, "waiting"),
        ("Bound", "WaitForFirstConsumer", False, "ready"),
        ("Pending", "WaitForFirstConsumer", False, "waiting"),
        ("Bound", "", True, "ready"),
        ("Lost", "", True, "waiting"),
    ],
)
def test_a_claim_is_waited_for_by_its_class_and_by_what_was_done(
    phase: str, binding: str, state: str, *, created: bool
) -> None:
    assert claim({"status": {"phase": phase}}, binding, created=created).state == state


def test_endpoints_settle_some_seconds_after_a_change_until_the_next() -> None:
    settling = Settling(seconds=10, began=0)
    assert not settling.settled(100)
    settling.saw({"a": "1"}, 100)
    settling.saw({"a": "1"}, 109)
    assert not settling.settled(109)
    assert settling.settled(110)
    settling.saw({"a": "2"}, 111)
    assert not settling.settled(111)
    assert settling.settled(121)


def test_one_change_settles_although_another_one_came_meanwhile() -> None:
    settling = Settling(seconds=10, began=0)
    settling.saw({"a": "1"}, 0)
    settling.saw({"a": "2"}, 6)
    assert settling.settled(10)


def selecting(status: Properties | None = None, **spec: Any) -> Properties:
    return {"spec": {"selector": {"app": "a"}, **spec}, "status": status or {}}


@pytest.mark.parametrize(
    ("live", "endpoints", "message"),
    [
        (selecting(), UNREADY_POD, NO_PODS),
        (selecting(), ONE_OF_TWO, "some endpoints are not ready"),
        (selecting(), READY_POD, ""),
        (selecting(), {}, ""),
        (selecting(type="LoadBalancer"), READY_POD, NO_ADDRESS),
        (selecting(ADDRESS, type="LoadBalancer"), READY_POD, ""),
        (selecting(clusterIP="None"), UNREADY_POD, ""),
        (selecting(type="ExternalName"), UNREADY_POD, ""),
        ({"spec": {"selector": {}}}, UNREADY_POD, ""),
    ],
)
def test_a_service_waits_for_unready_endpoints_and_for_an_address(
    live: Properties, endpoints: Properties, message: str
) -> None:
    assert service(live, endpoints, settled=True).message == message


def test_a_service_that_only_settles_is_good_enough_when_the_time_is_up() -> None:
    assert service(selecting(), READY_POD, settled=False).enough
    assert not service(selecting(), UNREADY_POD, settled=False).enough


def leading_to(name: str, status: Properties | None = None) -> Properties:
    backend = {"backend": {"service": {"name": name}}}
    return {"spec": {"rules": [{"http": {"paths": [backend]}}]}, "status": status or {}}


@pytest.mark.parametrize(
    ("live", "known", "settled", "state"),
    [
        (leading_to("a"), ["a"], True, "waiting"),
        (leading_to("a", ADDRESS), ["a"], False, "ready"),
        (leading_to("a", ADDRESS), [], False, "waiting"),
        (leading_to("a", ADDRESS), [], True, "ready"),
        ({"spec": {"defaultBackend": {}}, "status": ADDRESS}, [], False, "ready"),
    ],
)
def test_an_ingress_waits_for_an_address_and_for_the_endpoints_of_its_rules(
    live: Properties, known: list[str], state: str, *, settled: bool
) -> None:
    assert ingress(live, known, settled=settled).state == state


def test_after_a_minute_without_endpoints_an_ingress_waits_for_none() -> None:
    settling = Settling(seconds=10, began=5)
    assert not settling.quiet(64)
    assert settling.quiet(65)
    settling.saw({"a": "1"}, 66)
    assert not settling.quiet(67)
