"""Runs inside the router: which key may call it, and what LiteLLM is told of its owner.

LiteLLM loads it from beside its configuration and calls `allowed`. The keys are in variables, what
they open is in keys.json. It has nothing but the standard library and LiteLLM.
"""

import hmac
import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any

# A caller that sends neither gets the same answer.
_REFUSAL = "an API key is needed, and this is none"


def owner(sent: str) -> tuple[str, dict[str, Any]] | None:
    """Return whose key it is and what that opens; every key is compared, so time tells nothing."""
    known: dict[str, dict[str, Any]] = json.loads(
        Path(__file__).with_name("keys.json").read_text(encoding="utf-8")
    )
    found = [
        (name, opens)
        for name, opens in known.items()
        if _same(sent, os.environ.get(opens["variable"], ""))
    ]
    return found[0] if found else None


def _same(sent: str, key: str) -> bool:
    return hmac.compare_digest(sent.encode(), key.encode()) and bool(key)


async def allowed(request: object, api_key: str | None) -> Any:  # noqa: ARG001 (LiteLLM names both)
    """Return the owner of a key in LiteLLM's words; it takes `models` empty for every model.

    Raises:
        ProxyException: nobody owns it; the client gets 401.
    """
    types: Any = import_module("litellm.proxy._types")
    found = owner(api_key or "")
    if found is None:
        raise types.ProxyException(message=_REFUSAL, type="auth_error", param="key", code=401)
    name, opens = found
    roles = types.LitellmUserRoles
    return types.UserAPIKeyAuth(
        # What is logged and counted in place of the key.
        api_key=f"client-{name}",
        key_alias=name,
        user_role=roles.PROXY_ADMIN if opens["operator"] else roles.INTERNAL_USER,
        models=opens["models"],
        rpm_limit=opens["rpm"],
        tpm_limit=opens["tpm"],
    )
