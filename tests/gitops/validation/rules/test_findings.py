from gitops.validation.rules.rule import Breach, Rule, finding

RULE = Rule(id="a-rule", sentence="It holds.", reason="Because.", cure="mend it")


def test_a_finding_says_where_what_and_how_to_mend_it():
    one = finding(RULE, Breach(place="Role it", detail="is wrong"), "dev")

    assert str(one) == "dev: Role it: is wrong; mend it [a-rule]"
    assert one.refuses


def test_a_finding_in_a_file_has_no_stack():
    one = finding(RULE, Breach(place="models/a.yaml", detail="is wrong"))

    assert str(one) == "models/a.yaml: is wrong; mend it [a-rule]"


def test_a_finding_is_one_line_that_no_screen_obeys():
    one = finding(RULE, Breach(place="Role it\x1b[2J", detail="is\nwrong"), "dev")

    assert str(one) == "dev: Role it\\x1b[2J: is\\nwrong; mend it [a-rule]"
