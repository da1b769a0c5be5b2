from datetime import UTC, datetime

from gitops.planning.plan import Plan
from gitops.promotion.body import body, message, title
from gitops.promotion.gates import judged
from gitops.promotion.target import Asked
from settings.release import Release
from tests.gitops.promotion.test_gates import facts, settings, waiver
from tests.gitops.stacks import catalog

ASKED = Asked(source="staging", target="production")


def release(server: str = "v4.9.0") -> Release:
    name, model = next(iter(catalog().definitions.items()))
    return Release(server=server, images={}, aliases={}, models={name: model})


PLAN = Plan(base="abc", compared=True, stacks=())


def test_a_title_has_one_form():
    assert title(ASKED, release()) == f"Promote {release().digest[7:19]} to production"


def test_a_message_ends_with_its_tree():
    lines = message(ASKED, release(), "1f" * 20).splitlines()

    assert lines[0] == title(ASKED, release())
    assert lines[-1] == f"Promoted-tree: {'1f' * 20}"
    assert "From staging: all of it." in lines


def test_a_body_is_the_same_a_minute_later():
    one, two = (
        body(ASKED, judged(facts(now=datetime(2027, 3, 10, 10, minute, tzinfo=UTC))), PLAN,
             (release("v4.8.0"), release()))
        for minute in (0, 1)
    )  # fmt: skip

    assert one == two
    assert "- the server is v4&#8203;.9.0" in one or "the server is v4.9.0, and was v4.8.0" in one


def test_a_waiver_is_said_and_nothing_in_it_is_obeyed():
    hostile = {**waiver("2027-03-10"), "name": "@all", "reason": "see #1 ![x](http://evil) `x`"}
    found = judged(facts(settings=settings(waivers=[hostile]), proofs=()))

    said = body(ASKED, found, PLAN, (release(), release()))

    assert "| **waived** | there is none |" in said
    assert "@all" not in said
    assert "![x](" not in said


def test_a_long_body_is_cut_to_what_a_forge_takes():
    many = judged(facts(rules=tuple("x" * 900 for _ in range(90)), problems=()))

    assert len(body(ASKED, many, PLAN, (release(), release()))) < 65_536
