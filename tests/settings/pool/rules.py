"""Pools held against the rules of their own keys."""

from typing import Any

from documents.rule import broken
from settings.config import SettingsError
from settings.pool.pool import PoolSettings
from settings.pool.rules import POOL_RULES


def agreeing(fields: dict[str, Any]) -> PoolSettings:
    """Return the settings in the keys of a pool.

    Raises:
        SettingsError: they contradict each other.
    """
    pool = PoolSettings.model_validate(fields)
    if problems := list(broken(POOL_RULES, pool)):
        raise SettingsError(problems)
    return pool
