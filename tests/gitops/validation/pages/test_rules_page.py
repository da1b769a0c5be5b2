from gitops.validation.pages.rules import rules_page
from gitops.validation.rules.rulebook import RULES, WAIVABLE

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
