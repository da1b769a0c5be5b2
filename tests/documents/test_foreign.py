import pytest

from documents.foreign import foreign_json, foreign_yaml
from documents.problem import RefusedError

LESS = "make it anew, with less in it"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 65 + "]" * 65, f"plan.json: is nested deeper than 64; {LESS}"),
        ("[" * 50_000, f"plan.json: is nested deeper than 64; {LESS}"),
        ("[" + "0," * 500_000 + "0]", f"plan.json: holds more than 500000 values; {LESS}"),
        ("[1,\n", "plan.json:2: is not JSON: Expecting value; write it anew"),
    ],
)
def test_json_that_is_refused_has_a_cure_that_fits_a_file(text: str, said: str):
    with pytest.raises(RefusedError) as refused:
        foreign_json(text.encode(), name="plan.json")
    assert str(refused.value) == said


def test_a_text_that_is_too_long_has_the_same_cure_as_yaml():
    with pytest.raises(RefusedError, match=f"is longer than 4 bytes; {LESS}$"):
        foreign_yaml(b"a: long", name="values.yaml", most=4)
