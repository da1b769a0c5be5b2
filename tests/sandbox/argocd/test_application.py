from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from sandbox.argocd.application import Application, Retry, manifest

APPLICATION = Application(name="dev", repository=Path("/r/dev"), path="dev", namespace="localai")


def spec(application: Application) -> dict[str, Any]:
    return cast("dict[str, Any]", manifest(application)["spec"])


def test_a_repository_on_this_machine_is_an_address():
    assert spec(APPLICATION)["source"]["repoURL"] == "file:///r/dev"


def test_the_index_of_a_rendering_is_not_applied():
    assert spec(APPLICATION)["source"]["directory"] == {"exclude": "parts.json"}


def test_it_goes_into_its_namespace_of_this_cluster():
    destination = {"server": "https://kubernetes.default.svc", "namespace": "localai"}
    assert spec(APPLICATION)["destination"] == destination


def test_it_prunes_and_heals_by_itself():
    assert spec(APPLICATION)["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}


def test_a_retry_is_written_in_seconds():
    impatient = replace(APPLICATION, retry=Retry(limit=9, first=1, factor=3, longest=60))
    backoff = {"duration": "1s", "factor": 3, "maxDuration": "60s"}
    assert spec(impatient)["syncPolicy"]["retry"] == {"limit": 9, "backoff": backoff}


def test_options_are_passed_on():
    told = replace(APPLICATION, options=("CreateNamespace=true",), revision="v1")
    assert spec(told)["syncPolicy"]["syncOptions"] == ["CreateNamespace=true"]
    assert spec(told)["source"]["targetRevision"] == "v1"
