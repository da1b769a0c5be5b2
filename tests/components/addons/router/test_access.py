"""The rules that run inside the router, with a stand-in for the one module of LiteLLM they use."""

import asyncio
import json
import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from components.addons.router import access
from components.addons.router.keys import openings
from tests.components.addons.router.stacks import router_args

MASTER, CLIENT = "master", "client"
KEYS = {"chat-app": {"secret": "keys", "key": "a", "models": ["assistant"], "rpm": 3}}


class RefusedError(Exception):
    def __init__(self, **said: Any) -> None:
        super().__init__(said["message"])
        self.code = said["code"]


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module as LiteLLM loads it: from a folder, beside its files."""
    shutil.copy(Path(access.__file__), tmp_path / "access.py")
    (tmp_path / "keys.json").write_text(json.dumps(openings(router_args(keys=KEYS).settings)))
    types = ModuleType("litellm.proxy._types")
    roles = SimpleNamespace(PROXY_ADMIN="admin", INTERNAL_USER="client")
    types.__dict__.update(
        UserAPIKeyAuth=SimpleNamespace, LitellmUserRoles=roles, ProxyException=RefusedError
    )
    for name in ("litellm", "litellm.proxy"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, types.__name__, types)
    monkeypatch.setenv("LITELLM_MASTER_KEY", MASTER)
    monkeypatch.setenv("ROUTER_KEY_CHAT_APP", CLIENT)
    spec = spec_from_file_location("access", tmp_path / "access.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def asked(module: Any, key: str | None) -> Any:
    return asyncio.run(module.allowed(request=None, api_key=key))


def test_the_master_key_opens_everything(loaded: Any):
    found = asked(loaded, MASTER)

    assert (found.user_role, found.models, found.rpm_limit) == ("admin", [], None)


def test_the_key_of_a_client_opens_what_is_declared(loaded: Any):
    found = asked(loaded, CLIENT)

    assert (found.user_role, found.key_alias) == ("client", "chat-app")
    assert (found.models, found.rpm_limit) == (["assistant"], 3)


def test_nobody_downstream_sees_the_key(loaded: Any):
    assert asked(loaded, CLIENT).api_key == "client-chat-app"


@pytest.mark.parametrize("key", [None, "", "Master", "master ", "clien", "é"])
def test_any_other_key_gets_401(loaded: Any, key: str | None):
    with pytest.raises(RefusedError) as refused:
        asked(loaded, key)

    assert refused.value.code == 401


@pytest.mark.parametrize("key", ["", None])
def test_a_key_that_is_not_there_opens_nothing(
    loaded: Any, key: str | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ROUTER_KEY_CHAT_APP", "")

    with pytest.raises(RefusedError):
        asked(loaded, key)
