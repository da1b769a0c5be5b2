import dataclasses

import pytest

from localai.accelerator import Accelerator
from localai.engine import Engine


def test_an_engine_cannot_be_changed():
    engine = Engine(name="piper", variants={Accelerator.CPU: ""}, source="index")
    with pytest.raises(dataclasses.FrozenInstanceError):
        engine.name = "other"  # pyright: ignore[reportAttributeAccessIssue]
