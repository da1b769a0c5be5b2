"""What all components of one stack share: its name, its settings and its server's facts."""

from dataclasses import dataclass

from localai.server import Server
from settings.stack.stack import StackSettings


@dataclass(frozen=True, kw_only=True)
class Context:
    """One stack."""

    stack: str
    settings: StackSettings
    server: Server

    def image(self, reference: str) -> str:
        """Return where an image is pulled from, with the digest the stack pins it to, if any."""
        digest = self.settings.digests.get(reference)
        return self.settings.registry.mirrored(f"{reference}@{digest}" if digest else reference)
