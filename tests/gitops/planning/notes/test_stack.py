"""What a plan says of a stack as a whole."""

from dataclasses import replace

from gitops.planning.note import Kind
from gitops.planning.notes.stack import size_notes
from gitops.planning.rendering.render import rendering
from gitops.planning.rendering.rendering import Rendering
from settings.stack.delivery import Delivery
from tests.samples import pool_fields, stack


def sized(registrations: int, delivery: Delivery = Delivery.OPERATOR) -> Rendering:
    whole = rendering(*stack({"chat": pool_fields()}))
    parts = (whole.parts * registrations)[:registrations]
    return replace(whole, parts=parts, delivery=delivery)


def test_a_stack_that_grows_past_a_thousand_registrations_is_told_what_that_costs():
    (note,) = size_notes(sized(990), sized(1_001), ())

    assert note.kind is Kind.STATE_GROWS
    assert note.text.startswith("1001 registrations")
    assert "divide the pools" in note.cure
    assert list(size_notes(None, sized(1_001), ()))


def test_a_smaller_stack_or_one_that_shrinks_or_keeps_no_state_is_not():
    assert not list(size_notes(sized(990), sized(1_000), ()))
    assert not list(size_notes(sized(1_200), sized(1_100), ()))
    assert not list(size_notes(None, sized(1_001, Delivery.RENDERED), ()))
