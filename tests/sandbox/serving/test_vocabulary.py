import pytest

from sandbox.serving.tiny_model import byte_letters, vocabulary


@pytest.mark.parametrize("bad", [False, True])
def test_no_two_tokens_have_one_text(bad: bool):
    words = vocabulary("tiny-v1", bad=bad)

    assert len(set(words.tokens)) == len(words.tokens) == len(words.kinds)


def test_every_byte_has_a_letter_of_its_own():
    assert len(set(byte_letters().values())) == 256


def test_the_numbers_of_words_lead_to_their_tokens():
    words = vocabulary("tiny-v1")

    assert words.tokens[words.keywords["France"]] == "France"
    assert words.tokens[words.words[" Paris"]] == "ĠParis"
    assert words.tokens[words.newline] == byte_letters()[10]
    assert words.tokens[words.words["."]] == "."


def test_a_bad_model_has_one_answer_for_all_questions():
    answers = vocabulary("tiny-v1", bad=True).answers

    assert {answers[word] for word in ("France", "ping", "2+2")} == {" banana"}
