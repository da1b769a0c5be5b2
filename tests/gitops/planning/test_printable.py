from hypothesis import given
from hypothesis import strategies as st

from gitops.planning.printable import counted, listed, printable


def test_text_of_several_lines_becomes_one_line():
    assert printable(" one\n\ttwo ") == "one two"


def test_what_a_terminal_obeys_becomes_its_escape():
    assert printable("\x1b[2J\x07") == "\\x1b[2J\\x07"


def test_what_reverses_or_hides_text_becomes_its_escape():
    assert printable("a\u202eb\u200b") == "a\\u202eb\\u200b"


def test_words_of_every_language_stay():
    assert printable("Größe 模型 ±") == "Größe 模型 ±"


@given(st.text())
def test_nothing_invisible_is_left(text: str):
    assert printable(text).isprintable()


def test_a_number_says_what_it_counts():
    assert (counted(1, "pool"), counted(0, "pool")) == ("1 pool", "0 pools")


@given(st.lists(st.sampled_from("abc"), max_size=6), st.integers(1, 6))
def test_names_that_are_left_out_are_counted_as_what_they_are(names: list[str], most: int):
    head, _, rest = listed(names, "route", most).partition(" and ")
    more = len(names) - most

    assert head == ", ".join(names[:most])
    assert rest == (f"{more} more route{'' if more == 1 else 's'}" if more > 0 else "")
