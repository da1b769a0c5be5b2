from gitops.adoption.placement import about_pods
from hardware.profiles import PROFILES
from localai.server import server
from tests.gitops.adoption.namespaces import hand_made, only_workload, pod_of, texts


def said(**container: object) -> str:
    return texts(
        about_pods(only_workload(hand_made(**container)), server("v4.9.0"), PROFILES["nvidia-l4"])
    )


def test_what_a_pool_has_is_not_reported():
    assert said() == ""


def test_each_key_a_pool_has_no_key_for_is_reported():
    objects = hand_made(securityContext={"privileged": True})
    pod_of(objects).update(
        tolerations=[{"key": "gpu"}, {"key": "nvidia.com/gpu"}, {"operator": "Exists"}],
        hostNetwork=True,
        dnsPolicy="ClusterFirst",
    )
    pod_of(objects)["containers"].append({"name": "proxy"})
    pod_of(objects)["initContainers"] = [{"name": "load"}]
    pod_of(objects)["volumes"].append({"name": "host", "hostPath": {"path": "/srv"}})
    lines = texts(about_pods(only_workload(objects), server("v4.9.0"), PROFILES["nvidia-l4"]))

    for part in (
        "deployment/localai, tolerations: that of gpu has no key",
        "deployment/localai, tolerations: that of every taint has no key",
        "deployment/localai, hostNetwork: has no key",
        "deployment/localai, securityContext: is that of every pool",
        "the container proxy beside the server",
        "the init container load does not run any more",
        "volume host: /srv of the node",
    ):
        assert part in lines
    assert "dnsPolicy" not in lines
    assert "nvidia.com/gpu" not in lines


def test_a_time_to_end_becomes_the_longest_answer():
    objects = hand_made()
    pod_of(objects)["terminationGracePeriodSeconds"] = 30
    assert texts(about_pods(only_workload(objects), server("v4.9.0"), None)) == ""

    pod_of(objects)["terminationGracePeriodSeconds"] = 900
    lines = texts(about_pods(only_workload(objects), server("v4.9.0"), None))

    assert "terminationGracePeriodSeconds: 900 becomes that of every pool" in lines
    assert "set longestAnswer under localai:server" in lines


def test_what_every_pool_preloads_and_waits_for_is_not_reported():
    names = ("LOCALAI_LOAD_TO_MEMORY", "LRU_EVICTION_MAX_RETRIES", "MAX_ACTIVE_BACKENDS")

    assert said(env=[{"name": name, "value": "1"} for name in names]) == ""


def test_variables_are_named_and_their_values_never_shown():
    env = [
        {"name": "DISABLE_WEBUI", "value": "false"},
        {"name": "OPENAI_TOKEN", "value": "hush"},
        {"name": "THREADS", "value": "4"},
    ]
    lines = said(env=env, envFrom=[{"secretRef": {"name": "all"}}])

    assert "DISABLE_WEBUI: as in every pool" in lines
    assert "OPENAI_TOKEN: no key in a pool sets them" in lines
    assert "those of Secret all are not read" in lines
    assert "THREADS" not in lines
    assert "hush" not in lines
