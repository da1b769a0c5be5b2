"""The host of an address that Jobs or Argo CD ask: anything but where credentials are given out."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from documents.names import Label, LabelKey, LabelValue
from documents.validation import contradiction
from fetch.destination import METADATA, why_never
from settings.base import Settings
from settings.names import SecretReference


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise _no_network(text) from None


def _no_network(text: str) -> PydanticCustomError:
    try:
        around = ip_network(text, strict=False)
    except ValueError:
        return contradiction(f"{text!r:.60} is not a network", "write it as 10.1.0.0/16")
    address = text.partition("/")[0]
    cure = f"write {around}, or {address} for that address alone"
    return contradiction(f"{text!r:.60} is an address within a network", cure)


def _reached(network: str) -> str:
    if why := why_never(ip_network(network)):
        raise contradiction(f"{network} {why}", "name the networks of its servers alone")
    return network


# Where clients are, and where servers are that pods call.
CallerNetwork = Annotated[str, AfterValidator(_network)]
Network = Annotated[str, AfterValidator(_network), AfterValidator(_reached)]

_DNS = 53


def _name_server(text: str) -> str:
    try:
        found = ip_address(text)
    except ValueError:
        raise contradiction(
            f"{text!r:.60} is not an address", "write it as 169.254.20.10"
        ) from None
    why = why_never(ip_network(found))
    if why and not _is_metadata(found):
        raise contradiction(f"{found} {why}", "name the address in the pods' /etc/resolv.conf")
    return str(found)


class DnsSettings(Settings):
    """Who answers names in the cluster; pods ask no other name servers."""

    namespace: Label = Field(default="kube-system", description="Namespace of the name servers.")
    pods: Annotated[dict[LabelKey, LabelValue], Field(min_length=1)] = Field(
        default_factory=lambda: {"k8s-app": "kube-dns"},
        description="Labels of their pods; `k8s-app: kube-dns` if absent.",
    )
    port: int = Field(default=_DNS, ge=1, le=65535, description="Port that the pods listen on.")
    addresses: tuple[Annotated[str, AfterValidator(_name_server)], ...] = Field(
        default=(),
        strict=False,
        max_length=10,
        description="Name servers that are not such pods, such as NodeLocal DNSCache.",
        examples=[["169.254.20.10"]],
    )

    @model_validator(mode="after")
    def _asks_for_names_alone(self) -> Self:
        # Google's and Azure's name servers have the address of the metadata service.
        if self.port != _DNS and any(_is_metadata(ip_address(one)) for one in self.addresses):
            raise contradiction(
                f"opens port {self.port} where a node's credentials are handed out",
                "leave `port` at 53, or delete the address",
            )
        return self


class Place(Settings):
    """Where something runs that pods depend on: nothing else may be called."""

    namespace: Label | None = Field(default=None, description="Its namespace in this cluster.")
    networks: tuple[Network, ...] = Field(
        default=(), strict=False, max_length=20, description="Its networks outside of the cluster."
    )

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if not self.namespace and not self.networks:
            raise contradiction(
                "is nowhere, and pods may call only what is named", "add `namespace` or `networks`"
            )
        return self


class Database(Place):
    """A PostgreSQL database that runs outside of the stack."""

    url: SecretReference = Field(description="Secret with its URL, user and password included.")
    port: int = Field(default=5432, ge=1, le=65535, description="Its port.")


class NetworkSettings(Settings):
    """Who may call the servers, and where weights and engines may be fetched from."""

    clients: tuple[Label, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Namespaces whose pods may call the servers, in addition to the stack's own.",
    )
    sources: tuple[Network, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Networks to fetch from; every public address if absent.",
    )
    dns: DnsSettings = Field(default_factory=DnsSettings, description="The name servers.")


_NUMBER = re.compile(r"([0-9]+|0x[0-9a-f]*)\Z")
_METADATA_NAMES = re.compile(r"metadata(\.google\.internal|\.goog)?|instance-data(\..*)?")
_CREDENTIALS = ("names where a node's credentials are handed out", "use the address of a server")


def asked_host(url: str) -> str:
    """Return an address as it is.

    Raises:
        PydanticCustomError: its host hides which one it is, or hands out credentials.
    """
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        numeric = ":" in host or _NUMBER.match(host.rpartition(".")[2])
        found = ip_address(host) if numeric else None
    except ValueError:
        raise contradiction(
            "hides the number of its machine", "write it as 10.1.2.3, or use its name"
        ) from None
    if not host.isascii() or not host.isprintable():
        raise contradiction("names its host in other letters", "use its plain name")
    if _METADATA_NAMES.fullmatch(host) or (found and _is_metadata(found)):
        raise contradiction(*_CREDENTIALS)
    return url


def _is_metadata(address: IPv4Address | IPv6Address) -> bool:
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain.version == place.version and plain in place for place in METADATA)
