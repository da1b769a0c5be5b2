import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.address import KNOWN, own_spelling, skeleton


@pytest.mark.parametrize("owner", KNOWN)
def test_a_known_owner_is_none_of_the_others(owner: str):
    assert own_spelling(owner) == owner


def test_no_two_known_owners_look_alike():
    assert len({skeleton(owner) for owner in KNOWN}) == len(KNOWN)


@pytest.mark.parametrize(
    ("owner", "known"),
    [
        ("meta-Ilama", "meta-llama"),
        ("metallama", "meta-llama"),
        ("meta_llama", "meta-llama"),
        ("qwen", "Qwen"),
        ("unsl0th", "unsloth"),
        ("unslothh", "unsloth"),
        ("unsolth", "unsloth"),
        ("bartowskl", "bartowski"),
        ("bartovvski", "bartowski"),
        ("rnradermacher", "mradermacher"),
        ("TheB1oke", "TheBloke"),
        ("ggml_org", "ggml-org"),
    ],
)
def test_a_borrowed_name_is_known(owner: str, known: str):
    assert own_spelling(owner) == known


@pytest.mark.parametrize("owner", ["someone", "meta-models", "somebody", "apples", "bart", "o"])
def test_another_name_is_its_own(owner: str):
    assert own_spelling(owner) == owner


@given(st.sampled_from(KNOWN), st.data())
def test_a_slip_in_a_long_name_is_seen(owner: str, data: st.DataObject):
    at = data.draw(st.integers(0, len(owner) - 1))
    slips = [owner[:at] + owner[at + 1 :], owner[:at] + "x" + owner[at:]]
    for slip in slips:
        if len(owner) >= 6 and slip not in KNOWN:
            assert own_spelling(slip) in KNOWN


@given(st.text(max_size=30))
def test_any_text_has_a_spelling(owner: str):
    assert own_spelling(owner) in (*KNOWN, owner)
