"""The keys of a router: the operators' master key, the clients' keys, the one for the servers."""

from typing import Any

from lightkube.models.core_v1 import EnvVar, SecretKeySelector

from components.addons.router.config import MASTER_KEY, SERVER_KEY
from components.engine.component import Component
from components.keys import api_key
from components.parts.builders import generated_parts, generated_secret, secret_key, secret_variable
from components.parts.context import Context
from components.parts.part import Part
from settings.router import RouterKeySettings, RouterSettings

GENERATED_NAME = "localai-router-key"
GENERATED_KEY = "master-key"
# No client can have this name: it is no DNS label.
OPERATOR = "_operator"
_DATABASE = "DATABASE_URL"


def master_key(settings: RouterSettings) -> SecretKeySelector:
    """Return the key of a Secret that holds, or will hold, the master key."""
    reference = settings.master_key
    if reference:
        return secret_key(reference)
    return SecretKeySelector(name=GENERATED_NAME, key=GENERATED_KEY)


def environment(context: Context, settings: RouterSettings) -> list[EnvVar]:
    """Return the variables that hold keys; the values stay in their Secrets."""
    sources = {
        MASTER_KEY: master_key(settings),
        SERVER_KEY: api_key.caller(context),
        **{_variable(name): secret_key(key) for name, key in sorted(settings.keys.items())},
        **({_DATABASE: secret_key(settings.database.url)} if settings.database else {}),
    }
    return [secret_variable(name, source) for name, source in sources.items()]


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


class MasterKey(Component[Context]):
    """A generated master key."""

    token = "localai:components:RouterKey"

    @staticmethod
    def parts(name: str, context: Context) -> tuple[Part, ...]:
        """Return the generated value and the Secret that holds it."""
        return generated_parts(name, generated_secret(context, GENERATED_NAME), GENERATED_KEY)
