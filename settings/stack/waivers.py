"""A waiver: a rule of `check` that one stack breaks on purpose, for a while."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from documents.validation import contradiction, form
from settings.base import Settings

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day(value: Any) -> date:
    """Return a day, which is written in quotes."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise contradiction(f"{value!r:.60} is not a date", 'write it as "2027-03-31"')
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise contradiction(f"{value} is in no calendar", 'write it as "2027-03-31"') from None


class WaiverSettings(Settings):
    """A rule that does not hold in one place, why, and until when."""

    rule: Annotated[str, form(r"^[a-z]+(-[a-z]+)*$", "image-by-digest", max_length=63)] = Field(
        description="Id of the rule, as in docs/reference/rules.md."
    )
    object: Annotated[str, Field(min_length=1, max_length=300)] | None = Field(
        default=None,
        description="Object as `check` prints it, * for anything; the whole stack if absent.",
    )
    reason: Annotated[str, Field(min_length=10, max_length=1000)] = Field(
        description="Why it may not hold, in a sentence."
    )
    until: Annotated[date, BeforeValidator(day)] = Field(
        description="Last day on which it counts, in quotes; a year ahead at most."
    )
