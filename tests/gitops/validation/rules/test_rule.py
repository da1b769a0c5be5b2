import re

import pytest

from gitops.validation.rules.rule import Rule
from gitops.validation.rules.rulebook import RULES


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_says_what_holds_why_and_what_to_do(rule: Rule):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.id)
    assert len(rule.id) <= 63
    for text in (rule.sentence, rule.reason):
        assert re.fullmatch(r"[A-Z`0-9].*[.]", text), text
    # It follows a semicolon, and the id follows it.
    assert re.fullmatch(r"[a-z].*[^.]", rule.cure), rule.cure
