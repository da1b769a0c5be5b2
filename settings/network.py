"""Who may talk to whom in a stack."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from documents.validation import contradiction
from settings.names import Label
from settings.settings import Settings

# Where clouds hand a node's credentials to any pod that asks: link-local, and one of AWS.
METADATA = tuple(map(ip_network, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128")))


def _network(text: str) -> str:
    try:
        network = ip_network(text)
    except ValueError:
        raise contradiction(f"{text!r:.60} is not a network", "write it as 10.1.0.0/16") from None
    if any(is_within(network, place) for place in METADATA):
        raise contradiction(f"{network} is where a node's credentials are handed out", "delete it")
    return str(network)


def is_within(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    """Return whether every address of a network is in another one, or they are the same."""
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False


Network = Annotated[str, AfterValidator(_network)]


class NetworkSettings(Settings):
    """Who may call the servers, and where weights and engines may be fetched from."""

    clients: tuple[Label, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Namespaces whose pods may call the servers, beside the stack's own.",
    )
    sources: tuple[Network, ...] = Field(
        default=(),
        strict=False,
        max_length=100,
        description="Networks to fetch from; every public address if absent.",
    )
