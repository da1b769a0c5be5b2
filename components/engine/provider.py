"""The one provider of a stack, bound to the identity of its cluster."""

from components.parts.part import Part
from settings.stack.stack import StackSettings

TOKEN = "pulumi:providers:kubernetes"


def provider_part(settings: StackSettings) -> Part:
    """Return the provider; another cluster identity replaces it and everything on it.

    It writes over what others have set in a field that is declared, since every object has one
    writer. A conflict would stop every later change of the object, and drift would never be healed.
    """
    adopt = {"upsertExistingObjects": True} if settings.claims.adopt else {}
    inputs = {"clusterIdentifier": settings.cluster.name, "enablePatchForce": True, **adopt}
    return Part(name="cluster", token=TOKEN, inputs=inputs)
