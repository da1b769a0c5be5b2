"""The web proxy through which Jobs fetch weights and engines."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from documents.validation import contradiction, form
from settings.access.network import Network
from settings.base import Settings

_ADDRESS = r"^http://[A-Za-z0-9.-]{1,253}:[0-9]{1,5}$"


def _address(text: str) -> str:
    if not re.fullmatch(_ADDRESS, text) or int(text.rpartition(":")[2]) > 65535:
        # Not quoted: what stands before an @ may be a password.
        raise contradiction(
            "is not the address of a proxy, or carries a user name", "write http://host:port"
        )
    return text


# A host, or a domain with all its hosts after a dot.
DirectHost = Annotated[
    str, form(r"^\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", ".example.com", max_length=253)
]


class ProxySettings(Settings):
    """A proxy for the Jobs that download; servers call nobody, so none is for them."""

    url: Annotated[str, AfterValidator(_address)] = Field(
        description="http://host:port; what goes through it stays encrypted end to end.",
        json_schema_extra={"pattern": _ADDRESS},
    )
    networks: Annotated[tuple[Network, ...], Field(min_length=1, max_length=20, strict=False)] = (
        Field(description="Networks of its addresses: with them, Jobs reach the proxy alone.")
    )
    direct: tuple[DirectHost, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Hosts reached without it; .domain means all of a domain.",
    )

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self.url.rpartition(":")[2])
