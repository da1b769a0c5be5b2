"""What the keys of a stack file say about each other: contradictions, each with its cure."""

from typing import TYPE_CHECKING

from documents.validation import contradiction
from settings.delivery import Delivery

if TYPE_CHECKING:
    from settings.stack import StackSettings


def delivery_can_carry_it(stack: "StackSettings") -> None:
    """Refuse what only the engine can do in a stack that Argo CD applies."""
    if stack.delivery is not Delivery.RENDERED:
        return
    if stack.api_key is None:
        raise contradiction(
            "delivers rendered manifests but names no apiKey, and no file may hold one",
            "add `localai:apiKey: {secret: …, key: …}`",
        )
    if stack.claims.adopt:
        raise contradiction("sets claims.adopt, which only the operator can do", "delete `adopt`")


AGREEMENTS = (delivery_can_carry_it,)
