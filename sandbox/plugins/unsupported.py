"""What the official provider offers and the stand-in does not, refused by name."""

from typing import Final

from sandbox.plugins.errors import PluginError
from sandbox.plugins.settings import Settings

PACKAGED: Final = ("kubernetes:helm.sh/", "kubernetes:yaml", "kubernetes:kustomize")


class UnsupportedError(PluginError):
    """The program needs something that only the official plugin does."""


def refuse_unsupported(urn: str, settings: Settings) -> None:
    """Raise `UnsupportedError` for charts, patch resources and client-side apply."""
    token = urn.split("::")[2].rpartition("$")[2]
    if token.startswith(PACKAGED):
        raise UnsupportedError(f"the stand-in writes single objects, not {token}: declare those")
    if token.endswith("Patch"):
        raise UnsupportedError(f"the stand-in has no patch resources: declare all of {token[:-5]}")
    if not settings.server_side_apply:
        raise UnsupportedError("the stand-in writes by server-side apply only: leave it enabled")
