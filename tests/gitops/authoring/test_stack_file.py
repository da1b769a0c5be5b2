from datetime import date
from pathlib import Path

import pytest

from documents.problem import RefusedError
from documents.reader import read
from gitops.authoring.stack_file import Wanted, checked, copied
from models.catalog import read_catalog
from settings.file import stack_file
from tests.gitops.authoring.folders import small_repository, stack_text
from tests.gitops.stacks import stack_file as config_of_a_stack

TODAY = date(2026, 11, 28)
TEXT = """\
# Ours, for staging
config:
  # who may see it
  localai:namespace: localai-staging # quiet
  localai:cluster: {name: near, uid: 11111111-2222-4333-8444-555555555555}
  localai:server: {version: v4.9.0}
  localai:exposure:
    kind: gateway
    host: "ai.staging.example.com" # its own
    gateway: {name: front, namespace: gateways}
  localai:router: {}
  localai:pools:
    talk: # staging is no name here
      models: [small]
      storage: {size: 60Gi}
encryptionsalt: v1:abc
"""


def new(text: str = TEXT, **given: str) -> str:
    return copied(text, Wanted(stack="qa", source="staging", **given))


def test_only_what_one_stack_may_have_differs():
    before, after = TEXT.splitlines(), new().splitlines()
    changed = [(old, made) for old, made in zip(before, after, strict=False) if old != made]

    assert changed == [
        (before[3], "  localai:namespace: localai-qa # quiet"),
        (before[8], "    host: ai.qa.example.com # its own"),
    ]
    assert after == new().splitlines()
    assert "encryptionsalt" not in new()
    assert new().endswith("storage: {size: 60Gi}\n")


def test_what_is_said_is_taken():
    made = new(namespace="elsewhere", cluster="far", host="ai.example.com")

    assert "localai:namespace: elsewhere # quiet\n" in made
    assert "localai:cluster: far\n" in made
    assert "host: ai.example.com # its own\n" in made


def test_a_host_is_refused_where_there_is_none_to_replace():
    with pytest.raises(RefusedError, match="--host: is given, but stack staging has no host"):
        new(TEXT.replace("localai:exposure:", "other:exposure:"), host="ai.example.com")


def test_another_cluster_has_another_uid():
    block = TEXT.replace(
        "{name: near, uid: 11111111-2222-4333-8444-555555555555}",
        "\n    name: near # here\n    uid: 11111111-2222-4333-8444-555555555555",
    )

    plain = TEXT.replace("{name: near, uid: 11111111-2222-4333-8444-555555555555}", "near # here")
    assert "localai:cluster: \n    name: far # here\n  localai:server" in new(block, cluster="far")
    assert "uid" in new(block, cluster="near")
    assert "localai:cluster: far # here\n" in new(plain, cluster="far")


def test_a_value_is_quoted_where_it_would_be_something_else():
    assert "localai:namespace: '12' # quiet" in new(namespace="12")
    assert 'localai:namespace: "a\\nb: c" # quiet' in new(namespace="a\nb: c")


def test_a_namespace_without_the_name_of_the_stack_gets_the_new_one_added():
    plain = TEXT.replace("localai-staging", "models")

    assert "localai:namespace: models-qa # quiet" in new(plain)
    assert "localai:namespace: models # quiet" in new(plain, cluster="far")


def test_what_is_made_is_read_as_it_was_meant():
    found = stack_file("qa", read(new().encode(), name="Pulumi.qa.yaml")).settings

    assert (found.namespace, found.cluster.name) == ("localai-qa", "near")


def test_a_copy_that_another_stack_refuses_is_refused(tmp_path: Path):
    folder = small_repository(tmp_path)
    text = stack_text(config_of_a_stack())
    wanted = Wanted(stack="qa", source="dev", namespace="localai-dev")

    with pytest.raises(RefusedError, match=r"Pulumi.qa.yaml:2: .*namespace of stack dev too"):
        checked(folder, "qa", copied(text, wanted), read_catalog(folder), TODAY)
    good = copied(text, Wanted(stack="qa", source="dev"))
    checked(folder, "qa", good, read_catalog(folder), TODAY)
    with pytest.raises(RefusedError, match="no label can carry"):
        checked(folder, "Q A", good, read_catalog(folder), TODAY)
