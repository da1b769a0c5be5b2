"""Validators of Kubernetes' own kinds, from the files that kubernetes-validate brings."""

import pytest

from gitops.validation.schemas.schemas import VERSIONS, UnknownKindError, validator


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("v1", "ConfigMap"),
        ("apps/v1", "Deployment"),
        ("networking.k8s.io/v1", "NetworkPolicy"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ],
)
def test_a_kind_of_every_group_is_known(version: str, api_version: str, kind: str):
    known = validator(version, api_version, kind)

    assert not known.is_valid({"apiVersion": api_version, "kind": kind, "unknown": 1})


def test_definitions_that_kinds_share_are_followed():
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"labels": {"a": 1}}}

    (error,) = validator(VERSIONS[0], "v1", "ConfigMap").iter_errors(manifest)

    assert error.instance_path == ["metadata", "labels", "a"]


def test_a_validator_is_made_once():
    assert validator(VERSIONS[0], "v1", "Secret") is validator(VERSIONS[0], "v1", "Secret")


def test_a_kind_that_a_version_lacks_is_an_error():
    with pytest.raises(UnknownKindError, match=r"Kubernetes 1\.33 has no Pot of apps/v1"):
        validator("1.33", "apps/v1", "Pot")
