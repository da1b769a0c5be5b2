"""The Job that proves what a pool serves: what it is named by, when it runs, what it may do."""

import json
from typing import Any

import pytest

from components.network.policies import servers
from components.parts.part import Part, plain
from components.pool.pool import Pool
from components.server.verification import declared, declared_map, program_map, verify_job
from proof.__main__ import declared_of
from stack import stack_parts
from tests.components.restricted import violations
from tests.components.weights.test_volumes import with_image
from tests.samples import context, pool, pool_fields, rendered_stack, stack
from tests.support.project import ROOT

MANY: dict[str, Any] = {"storage": {"size": "10Gi", "access": "ReadWriteMany"}}


def job(found: Pool) -> dict[str, Any]:
    return plain(verify_job(found, declared_map(found)))


def name(**fields: Any) -> str:
    return job(pool(**fields))["metadata"]["name"]


def verifying(parts: tuple[Part, ...]) -> list[Part]:
    return [part for part in parts if part.manifest and part.manifest["kind"] == "Job"
            and "-verify-" in part.manifest["metadata"]["name"]]  # fmt: skip


def test_whatever_changes_what_is_served_is_another_job_and_the_number_of_pods_is_not():
    known = name(**MANY)
    assert name(**MANY) == known == name(**MANY, replicas=3)
    server = {"server": {"version": "v4.8.2"}}
    pinned = {"digests": {"quay.io/go-skynet/local-ai:v4.9.0": f"sha256:{'0' * 64}"}}
    engine = {"quay.io/go-skynet/local-ai-backends:v4.9.0-cpu-llama-cpp": f"sha256:{'1' * 64}"}
    others = [
        name(**MANY, models=["llama-3.2-1b-instruct"]),
        name(**MANY, aliases={"assistant": "qwen3-0.6b"}),
        name(**MANY, cpu=3),
        name(**MANY, stack_fields=server),
        name(**MANY, stack_fields=pinned),
        name(**MANY, stack_fields={"digests": engine}),
    ]
    assert len({known, *others}) == 1 + len(others)


def test_what_it_is_to_prove_is_read_as_it_was_written():
    found = declared_of(json.loads(json.dumps(declared(pool(aliases={"a": "qwen3-0.6b"})))))
    assert found.place.url == "http://localai-chat.localai-test.svc:8080"
    assert [one.name for one in found.place.names] == ["qwen3-0.6b", "a"]
    assert found.content
    assert found.content.root == "/storage/models"
    assert found.content.is_read


def test_its_pod_is_restricted_writes_nothing_and_has_no_token():
    template = job(pool())["spec"]["template"]
    spec = template["spec"]
    (container,) = spec["containers"]
    assert violations(template) == []
    assert all(mount["readOnly"] for mount in container["volumeMounts"])
    assert spec["automountServiceAccountToken"] is False
    (variable,) = container["env"]
    assert "value" not in variable
    assert set(container["resources"]) == {"limits", "requests"}
    assert not any("emptyDir" in volume for volume in spec["volumes"])


def test_what_it_finds_wrong_ends_it_at_once_and_a_drained_node_does_not():
    spec = job(pool())["spec"]
    rules = spec["podFailurePolicy"]["rules"]
    assert [rule["action"] for rule in rules] == ["FailJob", "Ignore"]
    assert rules[0]["onExitCodes"]["values"] == [1]
    assert "ttlSecondsAfterFinished" not in spec


def test_it_has_time_for_each_answer_at_its_limit_and_for_every_byte():
    longer = {"server": {"version": "v4.9.0", "longestAnswer": 500}}
    one, two = (job(pool(stack_fields=fields))["spec"]["activeDeadlineSeconds"]
                for fields in ({}, longer))  # fmt: skip
    assert one > 120
    assert two - one == 500 - 120


def test_both_programs_are_where_python_finds_them():
    data = plain(program_map(context()))["data"]
    assert {*data} == {path.name for path in (ROOT / "proof").glob("*.py")}
    mounts = job(pool())["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    assert {"/program/proof", "/program/fetch"} <= {mount["mountPath"] for mount in mounts}


def test_it_is_on_and_can_be_left_out_and_a_parked_pool_has_none():
    assert len(verifying(stack_parts(*stack()))) == 1
    parts = stack_parts(*stack(verify=False))
    assert not [one for one in parts if "verify" in one.name]
    assert verifying(stack_parts(*stack({"chat": pool_fields(replicas=0)}))) == []


def test_it_comes_after_every_server_of_the_stack_with_either_delivery():
    pools = {"chat": pool_fields(), "second": pool_fields(models=["llama-3.2-1b-instruct"])}
    parts = {part.name: part for part in stack_parts(*stack(pools, router={}))}
    jobs = verifying(tuple(parts.values()))
    assert [one.depends_on[0] for one in jobs] == ["verify", "verify"]
    assert parts["verify-policy"].depends_on == ("pool-chat", "pool-second", "router")
    rendered = stack_parts(*rendered_stack(pools))
    waves = {
        part.manifest["kind"]: int(
            part.manifest["metadata"]["annotations"].get("argocd.argoproj.io/sync-wave", "0")
        )
        for part in rendered if part.manifest
    }  # fmt: skip
    (wave,) = {
        one.manifest["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
        for one in verifying(rendered) if one.manifest
    }  # fmt: skip
    assert int(wave) > waves["Deployment"]


@pytest.mark.parametrize("direct", [False, True])
def test_servers_behind_a_router_let_it_in(direct: bool):
    (rule,) = plain(servers(context(router={"direct": direct})))["spec"]["ingress"]
    roles = [peer["podSelector"].get("matchLabels", {}).get("app.kubernetes.io/component")
             for peer in rule["from"]]  # fmt: skip
    assert (None in roles) is direct
    assert ("verify" in roles) is not direct
    (rule,) = plain(servers(context(router={}, verify=False)))["spec"]["ingress"]
    assert len(rule["from"]) == 1


def test_engines_of_image_volumes_are_not_looked_for_on_the_claim():
    server = {"version": "v4.9.0", "engines": "image-volume"}
    installed = declared(pool())["content"]
    mounted = declared(pool(stack_fields={"server": server}))["content"]

    assert installed["engines"] == ["llama-cpp"]
    assert installed["engines_folder"].startswith("/storage/engines")
    assert (mounted["engines"], mounted["engines_folder"]) == ([], None)


def test_a_pool_without_a_claim_has_nothing_on_it_to_read():
    found = with_image(storage={"images": True})
    assert declared(found)["content"] is None
    assert not [
        one
        for one in job(found)["spec"]["template"]["spec"]["volumes"]
        if "persistentVolumeClaim" in one
    ]
