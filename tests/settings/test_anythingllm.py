from typing import Any

import pytest
from pydantic import ValidationError

from settings.anythingllm import AnythingLlmSettings

FIELDS: dict[str, Any] = {"chat": "assistant", "embeddings": "embedder"}
PASSWORD = {"secret": "anythingllm", "key": "password"}
INGRESS = {"kind": "ingress", "host": "chat.example.com", "ingressClass": "traefik",
           "from": ["traefik"], "tls": {"secret": "chat"}}  # fmt: skip


def read(**fields: Any) -> AnythingLlmSettings:
    return AnythingLlmSettings.model_validate({**FIELDS, **fields})


def test_two_names_are_enough():
    assert read().version == "1.16.0"
    assert read().images == ("docker.io/mintplexlabs/anythingllm:1.16.0",)


@pytest.mark.parametrize("tag", ["latest", "1.16", "v1.16.0", "master"])
def test_a_tag_that_moves_or_has_another_form_is_refused(tag: str):
    with pytest.raises(ValidationError, match="is not a version of three numbers"):
        read(image=f"docker.io/mintplexlabs/anythingllm:{tag}")


def test_nobody_gets_in_from_outside_without_a_password():
    with pytest.raises(ValidationError, match="asks nobody for a password"):
        read(exposure=INGRESS)
    assert read(exposure=INGRESS, password=PASSWORD).exposure
    assert read(exposure={"kind": "cluster"}).exposure


def test_it_has_no_path_and_no_pool():
    under = {**INGRESS, "ingressClass": "nginx", "path": "/chat"}
    with pytest.raises(ValidationError, match="is exposed with the path /chat"):
        read(exposure=under, password=PASSWORD)
    with pytest.raises(ValidationError, match="is exposed with a pool"):
        read(exposure={**INGRESS, "pool": "chat"}, password=PASSWORD)
