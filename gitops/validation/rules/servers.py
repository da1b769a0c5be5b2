"""LocalAI servers: every door that GitOps does not need is shut."""

from collections.abc import Iterator, Mapping
from typing import Any

from gitops.validation.rules.pods import named, servers
from gitops.validation.rules.rule import Manifest, ObjectRule
from gitops.validation.rules.values import at, entries

_KEY = "LOCALAI_API_KEY"
_MARK = "LOCALAI_MODELS_PATH"
_SHUT = (
    "LOCALAI_DISABLE_AGENTS", "LOCALAI_DISABLE_ASSISTANT", "LOCALAI_DISABLE_GALLERY_ENDPOINT",
    "LOCALAI_DISABLE_MCP", "LOCALAI_DISABLE_RUNTIME_SETTINGS", "LOCALAI_DISABLE_WEBUI",
    "LOCALAI_REQUIRE_BACKEND_INTEGRITY",
)  # fmt: skip
_NEVER = (
    "LOCALAI_ALLOW_INSECURE_PUBLIC_BIND", "LOCALAI_DISABLE_API_KEY_REQUIREMENT_FOR_HTTP_GET",
    "LOCALAI_DISABLE_CSRF", "LOCALAI_DISABLE_PREDOWNLOAD_SCAN",
)  # fmt: skip


def _local_ais(manifest: Manifest) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for container in servers(manifest):
        variables = {str(at(one, "name")): one for one in entries(container.get("env"))}
        if _MARK in variables:
            yield named(container), variables


def _keyless(manifest: Manifest) -> Iterator[str]:
    for name, variables in _local_ais(manifest):
        if at(variables.get(_KEY), "valueFrom", "secretKeyRef") is None:
            yield f"{name} takes no API key from a Secret"


def _ajar(manifest: Manifest) -> Iterator[str]:
    for name, variables in _local_ais(manifest):
        for switch in _SHUT:
            if not _is_on(variables.get(switch)):
                yield f"{name} does not set {switch}"
        yield from (f"{name} sets {one}" for one in _NEVER if _is_on(variables.get(one)))


def _is_on(variable: Any) -> bool:
    return str(at(variable, "value")).lower() in ("true", "1", "t")


RULES = (
    ObjectRule(
        id="server-asks-for-a-key",
        sentence="A LocalAI server takes its API key from a Secret.",
        reason="Without a key it answers everybody; its own guard sees public addresses only.",
        cure="set LOCALAI_API_KEY with `valueFrom.secretKeyRef`",
        judge=_keyless,
    ),
    ObjectRule(
        id="server-doors-shut",
        sentence="A LocalAI server can install, delete and change nothing by itself.",
        reason="Each of these doors had a flaw, or runs commands by design.",
        cure="set the `LOCALAI_DISABLE_…` switches, and delete those that open it",
        judge=_ajar,
    ),
)
