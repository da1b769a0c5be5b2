import pytest
from pydantic import ValidationError

from settings.stack.delivery import Delivery
from tests.samples import settings


def test_a_stack_is_applied_by_the_operator_unless_it_says_otherwise():
    assert settings().delivery is Delivery.OPERATOR


@pytest.mark.parametrize("delivery", ["helm", 1, "Operator", None])
def test_nobody_else_applies_a_stack(delivery: object):
    with pytest.raises(ValidationError, match="delivery"):
        settings(delivery=delivery)
