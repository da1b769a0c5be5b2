import pytest
from pydantic import ValidationError

from models.parameters import Parameters


def test_every_token_may_be_sampled_from():
    assert Parameters(top_k=0).top_k == 0
    assert Parameters(top_k=-1).top_k == -1


@pytest.mark.parametrize("name", ["presence_penalty", "repeat_penalty"])
@pytest.mark.parametrize("zero", [0, 0.0, -0.0])
def test_what_the_server_takes_for_unset_is_refused(name: str, zero: float):
    with pytest.raises(ValidationError, match=name):
        Parameters.model_validate({name: zero})


@pytest.mark.parametrize("penalty", [-10, -0.01, 0.01, 10])
def test_a_penalty_that_the_server_reads_is_kept(penalty: float):
    assert Parameters(presence_penalty=penalty).presence_penalty == penalty
