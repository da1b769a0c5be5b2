"""Prometheus asks every server once, with the API key from its Secret."""

from lightkube.models.core_v1 import SecretKeySelector

from components.addons.monitoring.monitors import Target, pod_monitor, service_monitor
from components.parts.part import plain
from components.server.local_ai import service
from tests.components.addons.monitoring.watched import watched_context, watched_parts, watched_pool
from tests.samples import KEY, of_kind, pool, pool_fields

TARGET = Target(name="router", labels={"a": "b"}, port="http", path="/metrics/")


def test_a_monitor_selects_the_service_of_its_pool():
    found = watched_pool()
    spec = service_monitor(found).to_dict()["spec"]
    labels = plain(service(found))["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    (endpoint,) = spec["endpoints"]
    assert endpoint["port"] in [port["name"] for port in plain(service(found))["spec"]["ports"]]
    assert endpoint["path"] == "/metrics"


def test_a_server_is_asked_once_however_many_services_lead_to_it():
    fields = {"chat": pool_fields(addresses={"old-name": {"port": 80}})}
    parts = watched_parts(pools=fields)
    assert len(of_kind("Service", *parts)) == 2
    (monitor,) = of_kind("ServiceMonitor", *parts)
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["relabelings"] == [
        {
            "action": "keep",
            "sourceLabels": ["__meta_kubernetes_service_name"],
            "regex": "localai-chat",
        }
    ]


def test_the_key_stays_in_its_secret():
    (endpoint,) = service_monitor(watched_pool()).to_dict()["spec"]["endpoints"]
    assert endpoint["authorization"] == {
        "credentials": {"name": "localai-api-key", "key": "api-key"}
    }
    theirs = pool(stack_fields={"monitoring": {}, "apiKey": KEY})
    (endpoint,) = service_monitor(theirs).to_dict()["spec"]["endpoints"]
    assert endpoint["authorization"]["credentials"] == {"name": "keys", "key": "localai"}


def test_the_interval_is_a_setting():
    (endpoint,) = service_monitor(watched_pool({"intervalSeconds": 15})).to_dict()["spec"][
        "endpoints"
    ]
    assert endpoint["interval"] == "15s"


def test_pods_without_a_service_are_found_by_labels_and_asked_for_what_they_have():
    monitor = pod_monitor(watched_context(), TARGET).to_dict()
    assert monitor["kind"] == "PodMonitor"
    assert monitor["spec"]["selector"] == {"matchLabels": {"a": "b"}}
    assert monitor["spec"]["podMetricsEndpoints"] == [
        {"port": "http", "path": "/metrics/", "interval": "30s"}
    ]


def test_pods_that_want_a_key_are_asked_with_one():
    key = SecretKeySelector(name="router", key="master")
    target = Target(name="router", labels={"a": "b"}, port="http", key=key)
    (endpoint,) = pod_monitor(watched_context(), target).to_dict()["spec"]["podMetricsEndpoints"]
    assert endpoint["authorization"] == {"credentials": {"name": "router", "key": "master"}}
