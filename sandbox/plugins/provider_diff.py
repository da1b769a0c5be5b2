"""Whether changed provider arguments mean another cluster, so that everything is replaced."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.plugins.kubeconfig import KubeconfigError, active_cluster, loaded
from sandbox.plugins.properties import Properties, holds, plain
from sandbox.plugins.properties import Unknown as UnknownValue

IDENTIFIER: Final = "clusterIdentifier"
SELECTORS: Final = ("kubeconfig", "context", "cluster")


@dataclass(frozen=True, kw_only=True)
class ProviderDiff:
    """The changed arguments, and those of them that replace the provider and all it manages."""

    changed: list[str]
    replacing: list[str]


def provider_diff(old: Properties, new: Properties, environment: Mapping[str, str]) -> ProviderDiff:
    """Return what changed arguments do; an unchanged cluster identifier rules replacement out.

    Adding or removing the identifier replaces nothing. Without one, an unknown or another active
    cluster does.
    """
    have, want = plain(old), plain(new)
    changed = sorted(key for key in have.keys() | want.keys() if have.get(key) != want.get(key))
    unknown = [key for key in SELECTORS if holds(want.get(key), UnknownValue)]
    if have.get(IDENTIFIER) and want.get(IDENTIFIER):
        replacing = [IDENTIFIER] if IDENTIFIER in changed else []
    elif unknown:
        replacing = unknown
    else:
        moved = _cluster(have, environment) != _cluster(want, environment)
        replacing = [key for key in SELECTORS if key in changed and moved]
    return ProviderDiff(changed=changed, replacing=replacing)


def _cluster(arguments: Properties, environment: Mapping[str, str]) -> Any:
    try:
        document, _ = loaded(arguments.get("kubeconfig", ""), environment)
    except KubeconfigError:
        return None
    return active_cluster(document, arguments.get("context", ""), arguments.get("cluster", ""))
