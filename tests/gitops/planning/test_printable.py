from hypothesis import given
from hypothesis import strategies as st

from gitops.planning.printable import printable


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
