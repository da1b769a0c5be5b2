import struct
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.models.names import answer, service_of

ADDRESS = IPv4Address("10.200.0.1")
NAME = "weights.sandbox.test"
FIND = {NAME: ADDRESS}.get


def question(name: str, kind: int = 1) -> bytes:
    labels = b"".join(bytes([len(one)]) + one.encode() for one in name.split("."))
    return struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", kind, 1)


def test_the_known_name_has_its_address():
    told = answer(question(NAME), FIND)

    assert struct.unpack_from(">6H", told) == (7, 0x8580, 1, 1, 0, 0)
    assert told.endswith(b"\x00\x04" + ADDRESS.packed)


def test_any_other_name_is_not_there():
    told = answer(question(f"{NAME}.localai.svc.cluster.local"), FIND)

    assert struct.unpack_from(">6H", told) == (7, 0x8583, 1, 0, 0, 0)


def test_the_known_name_has_no_address_of_another_kind():
    told = answer(question(NAME, kind=28), FIND)

    assert struct.unpack_from(">6H", told) == (7, 0x8580, 1, 0, 0, 0)


@pytest.mark.parametrize("broken", [b"", b"\0" * 11, question(NAME)[:20], question(NAME)[:-4]])
def test_what_is_no_question_has_no_answer(broken: bytes):
    with pytest.raises(ValueError, match=r"shorter|without an end"):
        answer(broken, FIND)


@given(st.binary(max_size=60))
def test_whatever_arrives_has_an_answer_or_a_reason(data: bytes):
    try:
        assert answer(data, FIND)
    except ValueError as error:
        assert str(error)  # noqa: PT017 (both ends are right)


@pytest.mark.parametrize(
    ("name", "found"),
    {
        "localai-chat.ai.svc": ("ai", "localai-chat"),
        "localai-chat.ai.svc.cluster.local": ("ai", "localai-chat"),
        "localai-chat.ai.svc.ai.svc.cluster.local": None,
        "localai-chat": None,
        "a.pod.ai.svc": None,
        NAME: None,
    }.items(),
)
def test_a_name_below_svc_is_a_service_and_no_other(name: str, found: tuple[str, str] | None):
    assert service_of(name) == found
