import asyncio
from ipaddress import IPv4Address, IPv6Address

import httpcore2
import pytest

from gitops.adapters.pinned import Pinned, RefusedContactError, UnknownNameError


def judge(address: IPv4Address | IPv6Address, port: int) -> str:
    return "" if address.is_global and port == 443 else "is not public"


class Network:
    """Names with their addresses, those that do not answer, and every dial."""

    def __init__(self, *answers: list[str] | OSError, deaf: tuple[str, ...] = ()) -> None:
        self.answers, self.deaf = list(answers), deaf
        self.dials: list[str] = []

    async def resolve(self, host: str, port: int) -> list[str]:
        del host, port
        answer = self.answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    async def dial(
        self, address: str, port: int, timeout: float | None
    ) -> httpcore2.AsyncNetworkStream:
        del port, timeout
        self.dials.append(address)
        if address in self.deaf:
            raise httpcore2.ConnectError
        return httpcore2.AsyncNetworkStream()


def connected(network: Network, times: int = 1, port: int = 443) -> None:
    async def connect() -> None:
        pinned = Pinned(judge, network.resolve, network.dial)
        await asyncio.gather(*(pinned.connect_tcp("a.test", port) for _ in range(times)))

    asyncio.run(connect())


def test_a_name_is_resolved_once_for_all_connections():
    network = Network(["8.8.8.8"])
    connected(network, times=5)

    assert network.dials == ["8.8.8.8"] * 5


def test_the_next_address_is_tried_where_one_does_not_answer():
    network = Network(["8.8.8.8", "9.9.9.9"], deaf=("8.8.8.8",))
    connected(network)

    assert network.dials == ["8.8.8.8", "9.9.9.9"]


def test_none_that_answers_is_an_error_of_the_last():
    with pytest.raises(httpcore2.ConnectError):
        connected(Network(["8.8.8.8"], deaf=("8.8.8.8",)))


@pytest.mark.parametrize("found", [["10.0.0.1"], ["8.8.8.8", "::1"], ["fe80::1%eth0"]])
def test_one_address_that_may_not_be_contacted_is_enough(found: list[str]):
    network = Network(found)

    with pytest.raises(RefusedContactError, match="which is not public"):
        connected(network)
    assert network.dials == []


@pytest.mark.parametrize(
    ("answer", "words"), [([], "no address"), (OSError(8, "Name is not known"), "not known")]
)
def test_a_name_without_an_address_is_told(answer: list[str] | OSError, words: str):
    with pytest.raises(UnknownNameError, match=words):
        connected(Network(answer))


def test_a_refusal_is_kept_too():
    network = Network(["10.0.0.1"], ["8.8.8.8"])

    async def twice() -> None:
        pinned = Pinned(judge, network.resolve, network.dial)
        for _ in range(2):
            with pytest.raises(RefusedContactError):
                await pinned.connect_tcp("a.test", 443)

    asyncio.run(twice())
    assert network.dials == []
