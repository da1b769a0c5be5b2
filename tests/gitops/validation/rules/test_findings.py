from documents.problem import Problem
from gitops.validation.rules.rule import Rule

RULE = Rule(id="a-rule", sentence="It holds.", reason="Because.", cure="mend it")


def test_a_finding_says_where_what_and_how_to_mend_it():
    one = RULE.problem(Problem(object="Role it", cause="is wrong"), "dev")

    assert str(one) == "dev: Role it: is wrong; mend it [a-rule]"
    assert one.refuses


def test_a_finding_in_a_file_has_no_stack():
    one = RULE.problem(Problem(object="models/a.yaml", cause="is wrong"))

    assert str(one) == "models/a.yaml: is wrong; mend it [a-rule]"


def test_a_finding_is_one_line_that_no_screen_obeys():
    one = RULE.problem(Problem(object="Role it\x1b[2J", cause="is\nwrong"), "dev")

    assert str(one) == "dev: Role it\\x1b[2J: is\\nwrong; mend it [a-rule]"
