"""Who may talk to whom in a stack."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from documents.validation import contradiction
from settings.names import Label
from settings.settings import Settings


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise contradiction(f"{text!r:.60} is not a network", "write it as 10.1.0.0/16") from None


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
