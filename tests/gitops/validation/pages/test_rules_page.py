import re
from collections import Counter

from components.checks.rulebook import CONTEXT_CHECKS, POOL_CHECKS, POOLS_CHECKS
from gitops.planning.neighbors import NEIGHBOR_RULES
from gitops.validation.pages.rules import rules_page
from gitops.validation.rules.rulebook import RULES, WAIVABLE
from settings.pool.rules import POOL_RULES
from settings.stack.rules.rulebook import STACK_RULES

PAGE = rules_page()


def test_the_page_has_every_rule_with_its_reason_and_cure():
    for rule in RULES:
        section = PAGE.partition(f"\n### {rule.id}\n")[2].partition("\n#")[0]

        assert f"{rule.sentence} {rule.reason}" in section
        assert f"Cure: {rule.cure}." in section
        assert ("cannot be waived" in section) == (rule.refuses and rule.id not in WAIVABLE)
        assert ("A note" in section) == (not rule.refuses)


def test_the_page_says_how_to_waive():
    assert "localai:waivers:" in PAGE
    assert "\n## Waive a rule\n" in PAGE


def test_the_page_has_every_rule_of_the_keys_of_a_file_with_its_key_and_cure():
    of_a_pool = [(f"pools.*.{rule.key}", rule) for rule in (*POOL_RULES, *POOL_CHECKS)]
    of_stacks = (*STACK_RULES, *CONTEXT_CHECKS, *POOLS_CHECKS, *NEIGHBOR_RULES)
    for key, rule in (*of_a_pool, *((rule.key, rule) for rule in of_stacks)):
        section = PAGE.partition(f"\n### {rule.id}\n")[2].partition("\n#")[0]

        assert f"`{key}`: {rule.sentence}" in section
        assert f"Cure: {rule.cure}." in section


def test_no_two_rules_have_one_id():
    ids = Counter(re.findall("^### (.*)$", PAGE, re.MULTILINE))

    assert ids.most_common(1)[0][1] == 1
