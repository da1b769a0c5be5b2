"""Prometheus is let in where it has to scrape, and nobody else by that."""

from components.addons.monitoring.access import check_policy, servers_policy, target_policy
from components.addons.monitoring.monitors import Target
from components.parts.part import plain
from tests.components.addons.monitoring.watched import watched_context

PROMETHEUS = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}},
    "podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}},
}


def test_prometheus_and_the_model_check_reach_servers_on_their_port():
    spec = plain(servers_policy(watched_context()))["spec"]
    (rule,) = spec["ingress"]
    prometheus, check = rule["from"]
    assert prometheus == PROMETHEUS
    assert check["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "model-check"
    assert rule["ports"] == [{"port": 8080, "protocol": "TCP"}]
    assert spec["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "server"
    assert spec["policyTypes"] == ["Ingress"]


def test_without_the_check_only_prometheus_is_let_in():
    (rule,) = plain(servers_policy(watched_context({"modelCheck": False})))["spec"]["ingress"]
    assert rule["from"] == [PROMETHEUS]


def test_the_namespace_and_the_pods_that_scrape_are_settings():
    context = watched_context({"namespace": "observe", "scraper": {}, "modelCheck": False})
    (rule,) = plain(servers_policy(context))["spec"]["ingress"]
    assert rule["from"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "observe"}}}
    ]


def test_other_pods_are_opened_to_prometheus_on_the_port_it_asks():
    target = Target(name="localai-router", labels={"a": "b"}, port="http")
    policy = plain(target_policy(watched_context(), target))
    assert policy["metadata"]["name"] == "localai-router-monitoring"
    assert policy["spec"]["podSelector"] == {"matchLabels": {"a": "b"}}
    (rule,) = policy["spec"]["ingress"]
    assert rule == {"from": [PROMETHEUS], "ports": [{"port": "http", "protocol": "TCP"}]}


def test_the_model_check_calls_name_servers_and_servers_and_nobody_else():
    names, servers = plain(check_policy(watched_context()))["spec"]["egress"]
    assert names["to"][0]["podSelector"]["matchLabels"] == {"k8s-app": "kube-dns"}
    assert {port["port"] for port in names["ports"]} == {53}
    (peer,) = servers["to"]
    assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "server"
    assert servers["ports"] == [{"port": 8080, "protocol": "TCP"}]
