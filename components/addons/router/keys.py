"""The keys of a router: the operators' master key, the clients' keys, the one for the servers."""

from dataclasses import dataclass
from typing import Any

from lightkube.models.core_v1 import EnvVar, EnvVarSource, Secret, SecretKeySelector

from components.addons.router.config import MASTER_KEY, SERVER_KEY
from components.engine.component import Component
from components.keys import api_key
from components.parts.context import Context
from components.parts.labels import metadata
from components.parts.part import Options, Part, SecretSource, object_part
from settings.names import SecretReference
from settings.router import RouterKeySettings, RouterSettings

GENERATED_NAME = "localai-router-key"
GENERATED_KEY = "master-key"
# No client can have this name: it is no DNS label.
OPERATOR = "_operator"
_DATABASE = "DATABASE_URL"
# 62 symbols each: 48 of them are 285 bits.
_LENGTH = 48


@dataclass(frozen=True, kw_only=True)
class MasterKeyArgs:
    """The stack whose router it opens."""

    context: Context


def master_key(settings: RouterSettings) -> SecretKeySelector:
    """Return the key of a Secret that holds, or will hold, the master key."""
    reference = settings.master_key
    if reference:
        return _selector(reference)
    return SecretKeySelector(name=GENERATED_NAME, key=GENERATED_KEY)


def environment(context: Context, settings: RouterSettings) -> list[EnvVar]:
    """Return the variables that hold keys; the values stay in their Secrets."""
    sources = {
        MASTER_KEY: master_key(settings),
        SERVER_KEY: api_key.caller(context),
        **{_variable(name): _selector(key) for name, key in sorted(settings.keys.items())},
        **({_DATABASE: _selector(settings.database_url)} if settings.database_url else {}),
    }
    return [
        EnvVar(name=name, valueFrom=EnvVarSource(secretKeyRef=source))
        for name, source in sources.items()
    ]


def openings(settings: RouterSettings) -> dict[str, Any]:
    """Return what each key opens, by its owner, as access.py reads it; no key is in it."""
    operator = _opening(MASTER_KEY, operator=True)
    clients = {name: _opening(_variable(name), key) for name, key in sorted(settings.keys.items())}
    return {OPERATOR: operator, **clients}


def _opening(
    variable: str, key: RouterKeySettings | None = None, *, operator: bool = False
) -> dict[str, Any]:
    return {
        "variable": variable,
        "operator": operator,
        "models": list(key.models) if key else [],
        "rpm": key.rpm if key else None,
        "tpm": key.tpm if key else None,
    }


def _variable(client: str) -> str:
    # A DNS label has no underscore, so no two clients share a variable.
    return f"ROUTER_KEY_{client.upper().replace('-', '_')}"


def _selector(reference: SecretReference) -> SecretKeySelector:
    return SecretKeySelector(name=reference.secret, key=reference.key)


def secret(context: Context) -> Secret:
    """Return the Secret of the master key without its value, which only the engine knows."""
    return Secret(metadata=metadata(context, GENERATED_NAME, {}), type="Opaque")


def parts(name: str, args: MasterKeyArgs) -> tuple[Part, ...]:
    """Return the generated value and the Secret that holds it."""
    value = Part(
        name=f"{name}-value",
        token="random:index/randomPassword:RandomPassword",
        inputs={"length": _LENGTH, "special": False},
    )
    source = Options(secret=SecretSource(part=value.name, key=GENERATED_KEY))
    return (value, object_part(f"{name}-secret", secret(args.context), source))


class MasterKey(Component[MasterKeyArgs]):
    """A generated master key."""

    token = "localai:components:RouterKey"
    parts = staticmethod(parts)
