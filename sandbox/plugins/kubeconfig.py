"""Kubeconfig: its chosen context, a client for that cluster, and whether it became another one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import httpx2
import yaml
from lightkube import KubeConfig
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.config.models import User
from lightkube.core.exceptions import ConfigError

from sandbox.plugins.properties import Properties, holds, plain
from sandbox.plugins.properties import Unknown as UnknownValue
from sandbox.plugins.settings import Settings
from sandbox.plugins.standin import PluginError


class KubeconfigError(PluginError):
    """A kubeconfig is missing, is not one, or lacks the wanted context."""


def loaded(kubeconfig: str, environment: Mapping[str, str]) -> tuple[dict[str, Any], Path | None]:
    """Return a kubeconfig as a mapping, and its file unless the contents were given."""
    path = None
    if "\n" not in kubeconfig and not kubeconfig.lstrip().startswith("{"):
        chosen = kubeconfig or environment.get("KUBECONFIG") or "~/.kube/config"
        path = Path(chosen).expanduser()
        if not path.is_file():
            raise KubeconfigError(f"there is no kubeconfig at {path}")
        kubeconfig = path.read_text()
    try:
        parsed = yaml.safe_load(kubeconfig)
    except yaml.YAMLError as error:
        raise KubeconfigError(f"the kubeconfig is not YAML: {error}") from error
    if not isinstance(parsed, dict) or "clusters" not in parsed:
        raise KubeconfigError("the kubeconfig names no clusters")
    return cast("dict[str, Any]", parsed), path


def active_cluster(document: Mapping[str, Any], context: str, cluster: str) -> Any:
    """Return the cluster entry that a kubeconfig and its overrides select, or None."""
    wanted = context or document.get("current-context")
    named = {entry["name"]: entry["context"] for entry in document.get("contexts", [])}
    name = cluster or named.get(wanted, {}).get("cluster")
    clusters = {entry["name"]: entry["cluster"] for entry in document.get("clusters", [])}
    return clusters.get(name)


def client(settings: Settings, environment: Mapping[str, str], timeout: float) -> httpx2.Client:
    """Return an authenticated client for the cluster; `timeout` is seconds a request.

    Raises `KubeconfigError`.
    """
    try:
        config = _kubeconfig(settings, environment).get(settings.context or None)
        if config is None:
            raise KubeconfigError("the kubeconfig has no current context")
        config = config._replace(user=config.user or User())
        wait = httpx2.Timeout(timeout)
        return Client(config, ConnectionParams(timeout=wait, trust_env=False))
    except (ConfigError, KeyError, OSError, TypeError, ValueError) as error:
        raise KubeconfigError(f"the kubeconfig cannot be used: {error}") from error


def _kubeconfig(settings: Settings, environment: Mapping[str, str]) -> KubeConfig:
    """Return the kubeconfig; in a pod without one, its service account."""
    if not (settings.kubeconfig or environment.get("KUBECONFIG")) and _TOKEN.is_file():
        return KubeConfig.from_service_account()
    document, path = loaded(settings.kubeconfig, environment)
    return KubeConfig.from_dict(  # pyright: ignore[reportUnknownMemberType] - bare dict
        document, fname=path
    )


_TOKEN: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
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
