"""Every rule of a stack file."""

from settings.stack.rules.delivery import DELIVERY_RULES
from settings.stack.rules.exposure import EXPOSURE_RULES
from settings.stack.rules.growth import GROWTH_RULES
from settings.stack.rules.names import NAME_RULES

STACK_RULES = (*NAME_RULES, *DELIVERY_RULES, *GROWTH_RULES, *EXPOSURE_RULES)
