"""What all components of one stack share: its name, its settings and its server's facts."""

from dataclasses import dataclass

from localai.server import Server
from settings.stack import StackSettings


@dataclass(frozen=True, kw_only=True)
class Context:
    """One stack."""

    stack: str
    settings: StackSettings
    server: Server

    def image(self, reference: str) -> str:
        """Return an image reference with the digest it is pinned to, if the stack pins one."""
        digest = self.settings.digests.get(reference)
        return f"{reference}@{digest}" if digest else reference
