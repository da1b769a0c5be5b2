import pytest
from pydantic import ValidationError

from tests.samples import settings


@pytest.mark.parametrize("claims", [{"adopt": "true"}, {"abandon": ["Chat"]}, {"delete": True}])
def test_what_may_happen_to_claims_is_said_exactly(claims: object):
    with pytest.raises(ValidationError, match="claims"):
        settings(claims=claims)
