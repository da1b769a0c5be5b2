"""LocalAI servers: every door that GitOps does not need is shut."""

from collections.abc import Iterator

from gitops.validation.rules.pods import named, servers
from gitops.validation.rules.rule import Manifest, ObjectRule
from gitops.validation.rules.secrets import from_secrets, is_on, variables

_KEY = "LOCALAI_API_KEY"
_MARK = "LOCALAI_MODELS_PATH"
_TOKEN, _REQUIRED = "LOCALAI_REGISTRATION_TOKEN", "LOCALAI_DISTRIBUTED_REQUIRE_AUTH"
_FRONT_END, _WORKER = "LOCALAI_DISTRIBUTED", "LOCALAI_REGISTER_TO"
_SHUT = (
    "LOCALAI_DISABLE_AGENTS", "LOCALAI_DISABLE_ASSISTANT", "LOCALAI_DISABLE_GALLERY_ENDPOINT",
    "LOCALAI_DISABLE_MCP", "LOCALAI_DISABLE_RUNTIME_SETTINGS", "LOCALAI_DISABLE_WEBUI",
    "LOCALAI_REQUIRE_BACKEND_INTEGRITY",
)  # fmt: skip
_NEVER = (
    "LOCALAI_ALLOW_INSECURE_PUBLIC_BIND", "LOCALAI_DISABLE_API_KEY_REQUIREMENT_FOR_HTTP_GET",
    "LOCALAI_DISABLE_CSRF", "LOCALAI_DISABLE_PREDOWNLOAD_SCAN",
)  # fmt: skip


def local_ais(manifest: Manifest) -> Iterator[Manifest]:
    """Yield the containers of an object that are LocalAI servers."""
    return (one for one in servers(manifest) if _MARK in variables(one))


def _keyless(manifest: Manifest) -> Iterator[str]:
    for container in local_ais(manifest):
        if _KEY not in from_secrets(container):
            yield f"{named(container)} takes no API key from a Secret"


def _ajar(manifest: Manifest) -> Iterator[str]:
    for container in local_ais(manifest):
        name, known = named(container), variables(container)
        for switch in _SHUT:
            if not is_on(known.get(switch)):
                yield f"{name} does not set {switch}"
        yield from (f"{name} sets {one}" for one in _NEVER if is_on(known.get(one)))


def _strangers(manifest: Manifest) -> Iterator[str]:
    for container in servers(manifest):
        known = variables(container)
        if _WORKER not in known and not is_on(known.get(_FRONT_END)):
            continue
        if _TOKEN not in from_secrets(container):
            yield f"{named(container)} takes no registration token from a Secret"
        if not is_on(known.get(_REQUIRED)):
            yield f"{named(container)} does not set {_REQUIRED}"


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
    ObjectRule(
        id="worker-shows-a-token",
        sentence="Front ends and workers of a distributed pool know each other by a token.",
        reason="A worker that nobody asks for one is sent requests, and answers what it likes.",
        cure="set LOCALAI_REGISTRATION_TOKEN with `valueFrom.secretKeyRef`, and "
        "LOCALAI_DISTRIBUTED_REQUIRE_AUTH",
        judge=_strangers,
    ),
)
