"""What all components of one stack share: its name, settings, server and GPU profiles."""

from collections.abc import Mapping
from dataclasses import dataclass

from hardware.profile import GpuProfile
from localai.server import Server
from settings.stack.stack import StackSettings


@dataclass(frozen=True, kw_only=True)
class Context:
    """One stack, and every GPU profile that it may name."""

    stack: str
    settings: StackSettings
    server: Server
    profiles: Mapping[str, GpuProfile]

    def image(self, reference: str) -> str:
        """Return where an image is pulled from, with the digest the stack pins it to, if any."""
        digest = self.settings.digests.get(reference)
        return self.settings.registry.mirrored(f"{reference}@{digest}" if digest else reference)
