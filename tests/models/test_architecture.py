import pytest
from pydantic import ValidationError

from models.definition import Architecture

PLAIN = {"layers": 34, "kv_heads": 4, "head_dim": 256}


def test_figures_are_kept():
    made = Architecture.model_validate({**PLAIN, "window": 1024, "full_attention_layers": 5})
    assert (made.layers, made.window, made.full_attention_layers) == (34, 1024, 5)


@pytest.mark.parametrize(
    "fields", [{"window": 1024}, {"full_attention_layers": 5},
               {"window": 1, "full_attention_layers": 35}, {"layers": 0}],
)  # fmt: skip
def test_figures_that_cannot_be_are_refused(fields: dict[str, int]):
    with pytest.raises(ValidationError):
        Architecture.model_validate({**PLAIN, **fields})
