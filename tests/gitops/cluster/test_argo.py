from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from components.parts.part import Manifest, plain
from gitops.cluster.argo import application, unweighted
from gitops.cluster.bootstrap import OLDEST
from gitops.cluster.objects import objects
from tests.gitops.cluster.test_manifests import VARIANTS, edited

APPLICATION = application({"name": "stack-dev"}, {"path": "stacks/dev"}, "localai-dev")


def test_shares_of_requests_are_left_to_who_writes_them():
    spec: dict[str, Any] = plain(unweighted(APPLICATION, [{"kind": "TraefikService"}]))["spec"]

    assert spec["ignoreDifferences"][0]["jqPathExpressions"] == [".spec.weighted.services[].weight"]
    # A sync would write them otherwise.
    assert "RespectIgnoreDifferences=true" in spec["syncPolicy"]["syncOptions"]


def test_nothing_is_ignored_where_nothing_is_divided():
    assert unweighted(APPLICATION, [{"kind": "Service"}]) is APPLICATION


# Since when Argo CD's own definitions have what we write; the others are older than 3.0.
BROUGHT = {"Application.syncPolicy.retry.refresh": (3, 2)}  # argo-cd's pull request 23038
OLDER = {
    "AppProject": "sourceRepos destinations.server destinations.namespace "
    "clusterResourceWhitelist.group clusterResourceWhitelist.kind "
    "namespaceResourceWhitelist.group namespaceResourceWhitelist.kind "
    "syncWindows.kind syncWindows.schedule syncWindows.duration syncWindows.timeZone "
    "syncWindows.applications syncWindows.manualSync roles.name roles.groups roles.policies",
    "Application": "project source.repoURL source.targetRevision source.path source.chart "
    "source.helm.valuesObject destination.server destination.namespace "
    "syncPolicy.automated.prune syncPolicy.automated.selfHeal syncPolicy.syncOptions "
    "syncPolicy.retry.limit syncPolicy.retry.backoff.duration syncPolicy.retry.backoff.factor "
    "syncPolicy.retry.backoff.maxDuration ignoreDifferences.group ignoreDifferences.kind "
    "ignoreDifferences.jqPathExpressions",
}
KNOWN = {f"{kind}.{path}" for kind, paths in OLDER.items() for path in paths.split()}


def fields(value: Any, path: str) -> Iterator[str]:
    """Yield where the values of an object are; an item of a list is where the list is."""
    if isinstance(value, dict) and path not in KNOWN:
        for name, one in cast("dict[str, Any]", value).items():
            yield from fields(one, f"{path}.{name}")
    elif isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from fields(one, path)
    else:
        yield path


def test_the_oldest_argo_cd_that_bootstrap_admits_knows_every_field_that_is_written(tmp_path: Path):
    made: list[Manifest] = [plain(unweighted(APPLICATION, [{"kind": "TraefikService"}]))]
    for name, edit in VARIANTS.items():
        made += (one for found in objects(edited(*edit, tmp_path / name)).values() for one in found)
    written = {
        path for one in made if one["kind"] in OLDER for path in fields(one["spec"], one["kind"])
    }

    # Whoever writes another field looks up which version brought it.
    assert written - KNOWN == BROUGHT.keys()
    assert max(BROUGHT.values()) <= OLDEST
