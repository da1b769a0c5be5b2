from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from settings.stack.waivers import WaiverSettings
from tests.samples import settings

GOOD = {"rule": "not-root", "reason": "the vendor mends it", "until": "2027-03-31"}
BROKEN = {
    "no reason": {"reason": None},
    "a reason that says nothing": {"reason": "because"},
    "no end": {"until": None},
    "an end that is no date": {"until": "soon"},
    "an end that is a number": {"until": 20270331},
    "an end without hyphens": {"until": "20270331"},
    "an end that no calendar has": {"until": "2027-02-30"},
    "an end as a week": {"until": "2027-W13-3"},
    "a rule in upper case": {"rule": "Not-Root"},
    "an object without a name": {"object": ""},
    "a key that nobody reads": {"ticket": "1"},
}


def waiver(**changes: Any) -> WaiverSettings:
    values = {**GOOD, **changes}
    return WaiverSettings.model_validate({k: v for k, v in values.items() if v is not None})


def test_a_waiver_names_a_rule_a_reason_and_an_end():
    one = waiver(object="Deployment localai-chat")

    assert one.until == date(2027, 3, 31)
    assert (one.rule, one.object) == ("not-root", "Deployment localai-chat")


@pytest.mark.parametrize("changes", BROKEN.values(), ids=BROKEN)
def test_a_waiver_that_is_not_whole_is_refused(changes: dict[str, Any]):
    with pytest.raises(ValidationError):
        waiver(**changes)


def test_a_date_that_is_none_is_told_with_its_form():
    with pytest.raises(ValidationError, match="'soon' is not a date"):
        waiver(until="soon")


def test_a_stack_has_no_waivers_unless_it_lists_some():
    assert settings().waivers == ()
    assert settings(waivers=[GOOD]).waivers == (waiver(),)
