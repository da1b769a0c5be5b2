from typing import Any

import pytest
from pydantic import ValidationError

from components.addons.anythingllm.environment import mark
from components.addons.anythingllm.jobs import update_job
from components.parts.part import plain
from settings.config import SettingsError
from stack import stack_parts
from tests.components.addons.anythingllm.stacks import (
    BACKUP,
    FIELDS,
    KEYS,
    POOLS,
    ROUTER,
    ROUTER_KEY,
    WHOLE,
    application_args,
    objects,
)
from tests.components.restricted import violations
from tests.samples import KEY, manifests, pool_fields, stack

SERVER = ("Deployment", "localai-anythingllm")


def template(manifest: Any) -> Any:
    spec = manifest["spec"]
    return spec["template"] if "template" in spec else spec["jobTemplate"]["spec"]["template"]


WORKLOADS = {
    key: one for key, one in objects().items() if key[0] in ("Deployment", "CronJob", "Job")
}


def server(**fields: Any) -> dict[str, Any]:
    return template(objects(**fields)[SERVER])["spec"]


def environment(spec: Any) -> dict[str, Any]:
    return {one["name"]: one.get("value") for one in spec["containers"][0]["env"]}


def update_name(**fields: Any) -> str:
    return plain(update_job(application_args(**fields)))["metadata"]["name"]


def causes(more: dict[str, Any] | None = None, **fields: Any) -> list[str]:
    try:
        stack(POOLS, anythingllm={**FIELDS, **fields}, **(more or {}))
    except SettingsError as error:
        return [
            f"{'.'.join(map(str, one.path))}: {one.cause}; {one.cure}" for one in error.problems
        ]
    return []


def test_a_stack_without_it_has_none_of_it():
    assert not [one for one in stack_parts(*stack(POOLS)) if "anythingllm" in one.name]


def test_a_whole_one_has_these_objects():
    found = [f"{kind} {name}" for kind, name in objects() if kind not in ("ConfigMap", "Job")]

    assert sorted(found) == [
        "CronJob localai-anythingllm-backup",
        "CronJob localai-anythingllm-rehearsal",
        "CronJob localai-anythingllm-restore",
        "Deployment localai-anythingllm",
        "NetworkPolicy localai-anythingllm",
        "NetworkPolicy localai-anythingllm-jobs",
        "PersistentVolumeClaim localai-anythingllm-storage",
        "PodDisruptionBudget localai-anythingllm",
        "Service localai-anythingllm",
        "ServiceAccount localai-anythingllm",
    ]  # fmt: skip


@pytest.mark.parametrize("key", WORKLOADS, ids=" ".join)
def test_every_pod_is_restricted_and_one_container_alone_has_a_writable_root(key: tuple[str, str]):
    found = template(WORKLOADS[key])
    containers = [*found["spec"].get("initContainers", []), *found["spec"]["containers"]]

    assert violations(found) == []
    assert found["spec"]["automountServiceAccountToken"] is False
    assert [one["name"] for one in containers
            if not one["securityContext"]["readOnlyRootFilesystem"]] == (
        ["anythingllm"] if key == SERVER else []
    )  # fmt: skip


REHEARSAL = ("CronJob", "localai-anythingllm-rehearsal")


def test_a_rehearsal_needs_neither_the_claim_nor_its_node():
    found = template(WORKLOADS[REHEARSAL])

    assert "affinity" not in found["spec"]
    assert "localai.gitops/claim" not in found["metadata"]["labels"]
    assert "storage" not in {one["name"] for one in found["spec"]["volumes"]}


@pytest.mark.parametrize("key", sorted(WORKLOADS.keys() - {REHEARSAL}), ids=" ".join)
def test_every_pod_that_mounts_the_claim_is_on_its_node(key: tuple[str, str]):
    found = template(WORKLOADS[key])
    (term,) = found["spec"]["affinity"]["podAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]

    labels = term["labelSelector"]["matchLabels"]
    assert labels == {"localai.gitops/claim": "localai-anythingllm-storage"}
    assert labels.items() <= found["metadata"]["labels"].items()


@pytest.mark.parametrize("key", WORKLOADS, ids=" ".join)
def test_no_secret_is_in_plain_text(key: tuple[str, str]):
    spec = template(WORKLOADS[key])["spec"]
    words = ("PASSWORD", "PASSPHRASE", "ACCESS_KEY", "API_KEY", "SIG_", "JWT", "AUTH_TOKEN")
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        for one in container["env"]:
            assert "value" not in one or not any(word in one["name"] for word in words), one


def test_one_pod_ends_before_the_next_one_starts():
    found = objects()[SERVER]["spec"]

    assert (found["replicas"], found["strategy"]) == (1, {"type": "Recreate"})


def test_the_claim_is_mounted_where_the_database_is_whatever_the_environment_says():
    spec = server()
    mounts = {one["name"]: one["mountPath"] for one in spec["containers"][0]["volumeMounts"]}

    assert mounts["storage"] == "/app/server/storage"
    assert environment(spec)["STORAGE_DIR"] == "/app/server/storage"


def test_the_server_is_asked_and_not_the_collector():
    (container,) = server()["containers"]

    assert [one["containerPort"] for one in container["ports"]] == [3001]
    for probe in ("startupProbe", "readinessProbe"):
        assert container[probe]["httpGet"] == {"path": "/api/ping", "port": "http"}
    assert container["livenessProbe"]["tcpSocket"] == {"port": "http"}
    (port,) = objects()["Service", "localai-anythingllm"]["spec"]["ports"]
    assert port["port"] == 3001


def test_its_models_are_asked_at_their_pools_with_the_key_of_the_stack():
    found = environment(server())

    assert found["LOCAL_AI_BASE_PATH"] == "http://localai-chat.localai-test.svc:8080/v1"
    assert found["EMBEDDING_BASE_PATH"] == "http://localai-documents.localai-test.svc:8080/v1"
    assert found["LOCAL_AI_MODEL_TOKEN_LIMIT"] == "8192"
    (key,) = (one for one in server()["containers"][0]["env"] if one["name"] == "LOCAL_AI_API_KEY")
    assert key["valueFrom"]["secretKeyRef"]["name"] == "localai-api-key"


def test_behind_a_router_its_models_are_asked_there_with_a_key_of_its_own():
    found = objects({"router": ROUTER}, key=ROUTER_KEY)
    env = template(found[SERVER])["spec"]["containers"][0]["env"]
    known = {one["name"]: one.get("value") or one["valueFrom"]["secretKeyRef"] for one in env}

    assert known["EMBEDDING_BASE_PATH"] == "http://localai-router.localai-test.svc:4000/v1"
    assert known["LOCAL_AI_API_KEY"] == {"name": "clients", "key": "documents"}
    egress = found["NetworkPolicy", "localai-anythingllm"]["spec"]["egress"]
    assert [port["port"] for rule in egress for port in rule["ports"]] == [53, 53, 4000]


def test_it_reaches_nothing_but_name_servers_and_models():
    egress = objects()["NetworkPolicy", "localai-anythingllm"]["spec"]["egress"]

    assert [port["port"] for rule in egress for port in rule["ports"]] == [53, 53, 8080]


def test_generated_keys_are_secrets_of_their_own_and_named_ones_are_not_made():
    made = [kind for kind, _ in objects(keys=None) if kind == "Secret"]
    named = [one for one in template(objects()[SERVER])["spec"]["containers"][0]["env"]
             if one["name"] == "SIG_SALT"]  # fmt: skip

    assert len(made) == 3
    assert named[0]["valueFrom"]["secretKeyRef"] == {"name": "anythingllm", "key": "sig-salt"}
    assert not [kind for kind, _ in objects() if kind == "Secret"]


def test_its_last_word_before_the_end_is_a_signal_to_the_servers():
    stop = server()["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]

    assert stop[:2] == ["/bin/sh", "-c"]
    assert "kill -TERM" in stop[2]


def test_a_claim_of_another_class_is_another_claim_and_both_are_kept():
    _, name = next(
        key for key in objects(storage={"class": "fast"}) if key[0].startswith("Persist")
    )
    parts = [
        one for one in stack_parts(*stack(POOLS, anythingllm=WHOLE)) if one.name.endswith("-claim")
    ]

    assert name == "localai-anythingllm-storage-fast"
    assert [one.options.retain for one in parts if "anythingllm" in one.name] == [True]


def test_the_job_before_an_update_is_another_one_for_another_release_or_model_alone():
    same = update_name()

    assert update_name(memory="4Gi", chat="qwen3-0.6b") == same
    assert update_name(image="docker.io/mintplexlabs/anythingllm:1.17.0") != same


def test_other_weights_under_the_same_name_are_another_mark():
    args = application_args()
    (model,) = (one for one in args.pools[1].models if one.name == args.settings.embeddings)

    assert mark(args)["embeddings"] == model.name
    assert len(mark(args)["weights"]) == 12


def test_the_server_waits_for_that_job_and_that_for_the_models():
    parts = {one.name: one for one in stack_parts(*stack(POOLS, anythingllm=FIELDS))}

    assert "anythingllm-data" in parts["anythingllm-deployment"].depends_on
    assert {"pool-chat", "pool-documents"} <= {*parts["anythingllm-data-claim"].depends_on}


def test_argo_cd_runs_the_job_before_the_server():
    found = objects({"delivery": "rendered", "apiKey": KEY})
    waves = {kind: one["metadata"]["annotations"].get("argocd.argoproj.io/sync-wave", "0")
             for (kind, _), one in found.items()}  # fmt: skip

    assert (waves["Job"], waves["Deployment"]) == ("0", "1")


def test_only_a_restore_may_write_and_it_never_starts_by_itself():
    found = objects()
    for name in ("backup", "rehearsal", "restore"):
        job = found["CronJob", f"localai-anythingllm-{name}"]
        spec = template(job)["spec"]
        mounts = [mount for one in [*spec["initContainers"], *spec["containers"]]
                  for mount in one["volumeMounts"] if mount["name"] == "storage"]  # fmt: skip

        assert any(not one.get("readOnly") for one in mounts) is (name == "restore")
        assert job["spec"]["suspend"] is (name == "restore")


def test_jobs_are_called_by_nobody_and_reach_the_bucket():
    found = objects()["NetworkPolicy", "localai-anythingllm-jobs"]["spec"]

    assert not found.get("ingress")
    assert [port["port"] for rule in found["egress"] for port in rule["ports"]] == [
        53,
        53,
        3001,
        443,
    ]
    assert found["egress"][-1]["to"] == [{"ipBlock": {"cidr": "10.7.0.0/28"}}]


def test_it_is_exposed_under_a_name_of_its_own_beside_the_stack():
    gateway = {"kind": "gateway", "host": "chat.example.com",
               "gateway": {"name": "public", "namespace": "gateways"}}  # fmt: skip
    models = {**gateway, "host": "ai.example.com"}
    more = {"router": ROUTER, "exposure": models}
    found = manifests(stack_parts(*stack(
        POOLS, anythingllm={**WHOLE, "exposure": gateway, "key": ROUTER_KEY}, **more)))  # fmt: skip
    routes = {one["metadata"]["name"]: one["spec"] for one in found if one["kind"] == "HTTPRoute"}

    assert routes["localai-exposure"]["hostnames"] == ["ai.example.com"]
    assert routes["localai-anythingllm-exposure"]["hostnames"] == ["chat.example.com"]
    (backend,) = routes["localai-anythingllm-exposure"]["rules"][0]["backendRefs"]
    assert (backend["name"], backend["port"]) == ("localai-anythingllm", 3001)


def test_an_ingress_of_its_own_has_a_certificate_of_its_own():
    ingress = {"kind": "ingress", "host": "chat.example.com", "ingressClass": "nginx",
               "from": ["ingress-nginx"], "tls": {"issuer": "letsencrypt"}}  # fmt: skip
    found = objects(exposure=ingress)["Ingress", "localai-anythingllm-exposure"]

    assert found["spec"]["tls"][0]["secretName"] == "localai-anythingllm-exposure-tls"


def test_objects_of_others_are_there_where_a_stack_asks_for_them_alone():
    found = objects(snapshots={"class": "disks"}, velero={"location": "elsewhere"})
    kinds = {kind: one for (kind, _), one in found.items()}

    source = kinds["VolumeSnapshot"]["spec"]["source"]
    assert source == {"persistentVolumeClaimName": "localai-anythingllm-storage"}
    assert kinds["Schedule"]["metadata"]["namespace"] == "velero"
    assert kinds["Schedule"]["spec"]["template"]["ttl"] == "720h0m0s"
    assert not {"VolumeSnapshot", "Schedule"} & {kind for kind, _ in objects()}


def test_a_snapshot_is_another_one_for_another_release_and_asked_for_before_the_job():
    disks = {"class": "disks"}
    newer = "docker.io/mintplexlabs/anythingllm:1.17.0"
    (old,) = (name for kind, name in objects(snapshots=disks) if kind == "VolumeSnapshot")
    (new,) = (
        name for kind, name in objects(snapshots=disks, image=newer) if kind == "VolumeSnapshot"
    )
    rendered = objects({"delivery": "rendered", "apiKey": KEY}, snapshots=disks)

    assert old != new
    assert rendered["VolumeSnapshot", old]["metadata"]["annotations"][
        "argocd.argoproj.io/sync-wave"
    ] == "-1"  # fmt: skip


def test_models_that_no_pool_serves_or_of_another_kind_are_refused():
    (unknown,) = causes(chat="qwen4")
    assert unknown.partition(": ")[2] == ("asks qwen4, which no pool serves; use one of qwen3-0.6b")
    (wrong,) = causes(embeddings="qwen3-0.6b")
    assert "asks qwen3-0.6b, which is for chat; use one of qwen3-embedding-0.6b" in wrong


def test_documents_are_embedded_by_a_model_and_not_by_an_alias():
    pools = {**POOLS, "documents": pool_fields(
        models=["qwen3-embedding-0.6b"], aliases={"embedder": "qwen3-embedding-0.6b"})}  # fmt: skip
    with pytest.raises(SettingsError) as refused:
        stack(pools, anythingllm={**FIELDS, "embeddings": "embedder"})

    (found,) = refused.value.problems
    assert found.cure == "use qwen3-embedding-0.6b"


def test_a_key_that_does_not_open_its_models_is_refused():
    (missing,) = causes({"router": ROUTER})
    assert "names no key, and the router asks for one" in missing
    (stranger,) = causes({"router": ROUTER}, key={"secret": "clients", "key": "other"})
    assert "is none of the keys that the router knows" in stranger
    narrow = {"keys": {"documents": {**ROUTER_KEY, "models": ["qwen3-0.6b"]}}}
    (closed,) = causes({"router": narrow}, key=ROUTER_KEY)
    assert "localai:anythingllm.key: is the key of documents, which does not open" in closed
    assert "does not open qwen3-embedding-0.6b" in closed
    (useless,) = causes(key=ROUTER_KEY)
    assert "names a key of a router, and the stack has none" in useless
    assert not causes({"router": ROUTER}, key=ROUTER_KEY)


def test_no_pool_has_its_name():
    with pytest.raises(SettingsError, match="one name for two"):
        stack({**POOLS, "anythingllm": pool_fields()}, anythingllm=FIELDS)


def test_a_rendered_stack_names_its_keys():
    (found,) = causes({"delivery": "rendered", "apiKey": KEY})

    assert "names no anythingllm.keys" in found
    assert not causes({"delivery": "rendered", "apiKey": KEY}, keys=KEYS, backup=BACKUP)


def test_images_of_its_pods_can_be_pinned():
    digest = f"sha256:{'1' * 64}"
    image = "docker.io/mintplexlabs/anythingllm:1.16.0"
    found = objects({"digests": {image: digest}})

    assert template(found[SERVER])["spec"]["containers"][0]["image"] == f"{image}@{digest}"


def test_users_are_made_by_a_job_of_their_own_after_the_server():
    said = {"secret": "people", "admin": "keeper", "others": ["ada"]}
    found = objects(users=said)
    (job,) = (one for (kind, name), one in found.items() if kind == "Job" and "-users-" in name)
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    told = {one["name"]: one.get("value") for one in container["env"]}
    assert told["USERS"] == "keeper,ada"
    (secret,) = (one["secret"] for one in pod["volumes"] if "secret" in one)
    assert [one["key"] for one in secret["items"]] == ["keeper", "ada"]
    assert "affinity" not in pod
    parts = {
        one.name: one for one in stack_parts(*stack(POOLS, anythingllm={**WHOLE, "users": said}))
    }
    assert "anythingllm" in parts["anythingllm-users"].depends_on


@pytest.mark.parametrize(
    ("admin", "told"),
    [
        ("Ada", "names the user 'Ada', which AnythingLLM does not take"),
        ("ben", "names the user ben twice"),
    ],
)
def test_users_that_cannot_be_are_refused(admin: str, told: str):
    with pytest.raises(ValidationError, match=told):
        application_args(users={"secret": "people", "admin": admin, "others": ["ben"]})
