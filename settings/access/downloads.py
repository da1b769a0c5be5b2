"""How Jobs reach the sources of weights: certificate authorities, a mirror of the hub, a proxy."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from documents.names import Label
from documents.validation import contradiction, form
from fetch.weight_set import EVERYWHERE, acceptable
from settings.access.network import Network, asked_host
from settings.base import Settings
from settings.names import SecretKey


class TrustSettings(Settings):
    """A bundle of certificates in a ConfigMap that the stack does not own."""

    config_map: Label = Field(description="Name of the ConfigMap in the stack's namespace.")
    key: SecretKey = Field(default="ca.crt", description="Key in it: certificates in PEM form.")


HUB = "https://huggingface.co"
_ADDRESS = r"^https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?$"


def _endpoint(text: str) -> str:
    if not re.fullmatch(_ADDRESS, text):
        # Not quoted: what stands before an @ may be a password.
        raise contradiction(
            "is not an https address, or carries a user name or a query", "use https://host/path"
        )
    found = asked_host(text).rstrip("/")
    if not acceptable(found, allow_http=False, networks=EVERYWHERE):
        raise contradiction("names no host, or no port, that there is", "use https://host/path")
    return found


class HubSettings(Settings):
    """A mirror of the hub, inside or outside of the cluster."""

    endpoint: Annotated[str, AfterValidator(_endpoint)] = Field(
        description=f"Address that stands for {HUB}; the token of `hubToken` is sent there, too.",
        json_schema_extra={"pattern": _ADDRESS},
    )

    def mirrored(self, url: str) -> str:
        """Return the address of a file in the mirror; those of other hosts stay as they are."""
        return self.endpoint + url.removeprefix(HUB) if url.startswith(f"{HUB}/") else url


_PROXY = r"^http://[A-Za-z0-9.-]{1,253}:[0-9]{1,5}$"


def _address(text: str) -> str:
    if not re.fullmatch(_PROXY, text) or int(text.rpartition(":")[2]) > 65535:
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
    """A proxy for the Jobs that download; servers make no calls and need none."""

    url: Annotated[str, AfterValidator(_address)] = Field(
        description="http://host:port; what goes through it stays encrypted end to end.",
        json_schema_extra={"pattern": _PROXY},
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
        return int(self.url.rpartition(":")[2])
