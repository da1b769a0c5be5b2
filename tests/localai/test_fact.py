import dataclasses

import pytest

from localai.fact import Health


def test_a_fact_without_a_source_cannot_be_written():
    with pytest.raises(TypeError, match="source"):
        Health(readiness="/r", liveness="/h", stop_seconds=30)  # pyright: ignore[reportCallIssue]


def test_a_fact_cannot_be_changed():
    health = Health(
        readiness="/readyz", liveness="/healthz", stop_seconds=30, source="read: a file"
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        health.readiness = ""  # pyright: ignore[reportAttributeAccessIssue]
