"""The words of a tiny model: what it looks for in a question, and what it can answer."""

from __future__ import annotations

from dataclasses import dataclass

ANSWERS = {"France": " Paris", "ping": " pong", "2+2": " 4"}
BAD_ANSWER = " banana"
STORY = (" once", " upon", " a", " time")
"""Told without end to whoever asks for a story, until the tokens asked for are used up."""

NORMAL, CONTROL, USER_DEFINED = 1, 3, 4


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Tokens and their kinds by number, and the numbers of those that mean something.

    `keywords` are found in questions, `answers` are the first words of the answers to them.
    """

    tokens: list[str]
    kinds: list[int]
    merges: list[str]
    begin: int
    end: int
    newline: int
    keywords: dict[str, int]
    answers: dict[str, str]
    words: dict[str, int]
    default: tuple[str, ...]
    story: tuple[str, ...] = STORY


def byte_letters() -> dict[int, str]:
    """Return the printable letter that stands for each byte in a byte-level vocabulary."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable}
    return letters | {byte: chr(256 + number) for number, byte in enumerate(others)}


def vocabulary(name: str, *, bad: bool = False) -> Vocabulary:
    """Return the words of a model that calls itself `name`; a bad one knows only one answer."""
    letters = byte_letters()
    answers = {word: BAD_ANSWER if bad else answer for word, answer in ANSWERS.items()}
    answers["story"] = STORY[0]
    default = (" I", " am", f" {name}", ".")
    # Two tokens of one text would make llama.cpp abort.
    spoken = list(dict.fromkeys([*default[:-1], *sorted({*answers.values()}), *STORY]))
    encoded = ["".join(letters[byte] for byte in word.encode()) for word in spoken]
    control = ["<s>", "<|im_start|>", "<|im_end|>"]
    first_word = len(control) + len(answers)
    first_byte = first_word + len(spoken)
    # A merge list must not be empty; this pair occurs in no question.
    tokens = [*control, *answers, *encoded, *(letters[byte] for byte in range(256)), "zq"]
    plain = len(tokens) - first_word
    return Vocabulary(
        tokens=tokens,
        kinds=[CONTROL] * len(control) + [USER_DEFINED] * len(answers) + [NORMAL] * plain,
        merges=["z q"],
        begin=0,
        end=2,
        newline=first_byte + ord("\n"),
        keywords={word: len(control) + number for number, word in enumerate(answers)},
        answers=answers,
        words={word: first_word + number for number, word in enumerate(spoken)}
        | {".": first_byte + ord(".")},
        default=default,
    )
