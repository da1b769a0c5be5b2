import dataclasses

import pytest

from localai.fact import Hole


def test_a_fact_without_a_source_cannot_be_written():
    fields = {"id": "trap", "sentence": "It happens.", "cure": "Avoid it."}
    with pytest.raises(TypeError, match="source"):
        Hole(**fields)  # pyright: ignore[reportCallIssue]


def test_a_fact_cannot_be_changed():
    hole = Hole(id="trap", sentence="It happens.", cure="Avoid it.", source="a file")
    with pytest.raises(dataclasses.FrozenInstanceError):
        hole.cure = ""  # pyright: ignore[reportAttributeAccessIssue]
