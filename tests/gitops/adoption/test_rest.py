from gitops.adoption.model import remaining
from tests.gitops.adoption.namespaces import given, texts


def test_no_key_vanishes():
    keys = {
        "name": "m",
        "f16": True,
        "threads": 8,
        "gpu_layers": 20,
        "mcp": {"stdio": "x"},
        "roles": {"user": "u"},
        "url": "https://files.test",
        "usage": "",
    }
    said = texts(remaining("model m", keys, given()))

    assert "threads: 8 becomes 4" in said
    assert "gpu_layers: 20 becomes 999" in said
    assert "mcp: is not allowed: it runs commands" in said
    assert "roles: has no key in a model definition" in said
    assert "url: is not a key of LocalAI" in said
    assert "f16" not in said
    assert "usage" not in said
