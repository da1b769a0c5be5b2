from typing import Any

import pytest

from tests.gitops.validation.rules.objects import found, plain

PRUNING = {"automated": {"prune": True}}
ASKING = {**PRUNING, "syncOptions": ["Prune=confirm"]}
FOLDER = {"repoURL": "https://git.example/a", "path": "rendered/dev", "targetRevision": "0123abc"}


def chart(version: str | None = "1.15.5", sync: Any = ASKING) -> dict[str, Any]:
    source = {"chart": "qdrant", **({"targetRevision": version} if version else {})}
    return plain("Application", spec={"source": source, "syncPolicy": sync})


def folder(*options: str, prune: bool = True) -> dict[str, Any]:
    sync = {"automated": {"prune": prune}, "syncOptions": list(options)}
    return plain("Application", spec={"sources": [FOLDER], "syncPolicy": sync})


BROKEN = {
    "no version": ("chart-version-pinned", chart(None)),
    "any version": ("chart-version-pinned", chart("*")),
    "a range": ("chart-version-pinned", chart("^1.15.0")),
    "a part of a version": ("chart-version-pinned", chart("1.15")),
    "a folder that is pruned": ("claims-not-pruned", folder("ServerSideApply=true")),
    "a chart that is pruned": ("claims-not-pruned", chart(sync=PRUNING)),
}
WHOLE = {
    "one version": chart(),
    "a version before its release": chart("v1.16.0-rc.1"),
    "a folder that is not pruned": folder(prune=False),
    "a folder that is pruned once somebody agrees": folder("Prune=confirm"),
    "a folder that nobody syncs": plain("Application", spec={"source": FOLDER}),
    "values of a chart": plain(
        "Application",
        spec={"sources": [{**FOLDER, "path": None, "ref": "values"}], "syncPolicy": PRUNING},
    ),
}


@pytest.mark.parametrize(("rule", "manifest"), BROKEN.values(), ids=BROKEN)
def test_an_application_that_moves_or_deletes_is_found(rule: str, manifest: dict[str, Any]):
    assert found(manifest) == [rule]


@pytest.mark.parametrize("manifest", WHOLE.values(), ids=WHOLE)
def test_an_application_that_stays_is_admitted(manifest: dict[str, Any]):
    assert found(manifest) == []
