import pytest

from gitops.adoption.adoption import adoption
from gitops.adoption.services import services_of
from tests.gitops.adoption.namespaces import (
    ADDRESS,
    SIZES,
    Object,
    chart,
    found,
    hand_made,
    only_workload,
    request,
    service,
    texts,
)


def services(objects: list[Object]):
    return services_of(only_workload(objects), found(objects))


def test_a_service_keeps_its_name_its_port_and_its_address():
    assert services(chart()).taken == {"local-ai": {"port": 80, "clusterIP": ADDRESS}}


def test_a_service_of_other_pods_is_left_alone():
    objects = [*hand_made(), service("web", {"app": "web"}, 80), service("none", {}, 80)]

    assert list(services(objects).taken) == ["localai"]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"type": "LoadBalancer"}, "is of type LoadBalancer"),
        ({"ports": [{"port": 80}, {"port": 81}]}, "has 2 ports"),
        ({"clusterIP": None}, "has an address that was not read"),
    ],
)
def test_a_service_that_no_pool_declares_stays_and_is_pointed(spec: Object, reason: str):
    objects = hand_made()
    objects[1] = service("localai", {"app": "localai"}, 80, **spec)
    made = services(objects)

    assert made.taken == {}
    assert made.pointed == ("localai",)
    assert reason in texts(made.remarks)


def test_a_service_without_an_address_leads_to_the_old_pods():
    objects = hand_made()
    objects[1] = service("localai", {"app": "localai"}, 80, clusterIP="None")
    made = services(objects)

    assert (made.taken, made.pointed) == ({}, ())
    assert "it stays, and leads to the old pods" in texts(made.remarks)


SCALER = {
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "h"},
    "spec": {
        "scaleTargetRef": {"kind": "Deployment", "name": "localai"}, "minReplicas": 1,
        "maxReplicas": 4,
    },
}  # fmt: skip
INGRESS = {
    "kind": "Ingress",
    "metadata": {"name": "front"},
    "spec": {"rules": [{"http": {"paths": [{"backend": {"service": {"name": "localai"}}}]}}]},
}


def test_an_autoscaler_of_a_workload_is_never_dropped_in_silence():
    said = texts(adoption(found([*hand_made(), SCALER]), request(SIZES)).remarks)

    assert "deployment/localai, autoscaler: HorizontalPodAutoscaler h (1 to 4 pods)" in said
    assert "add `scaling: {min: 1, max: 4, ...}`" in said
    other = {**SCALER, "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}}}
    assert "autoscaler" not in texts(adoption(found([*hand_made(), other]), request()).remarks)


def test_an_ingress_asks_where_its_controller_runs():
    objects = [*hand_made(), INGRESS]

    said = texts(adoption(found(objects), request(SIZES)).remarks)
    assert "ingress/front: leads to a Service, and its controller may not call" in said
    named = request(SIZES, clients=("ingress-nginx",))
    assert "ingress/front" not in texts(adoption(found(objects), named).remarks)
