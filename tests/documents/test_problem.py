import pytest

from documents.problem import Problem, RefusedError, key


def problem(**fields: object) -> Problem:
    return Problem(**{"file": "a.yaml", "path": (), "cause": "is odd", "cure": "mend it"} | fields)  # pyright: ignore[reportArgumentType] (each test gives fields of the right type)


def test_a_problem_names_the_file_the_line_the_key_the_cause_and_the_cure():
    text = str(problem(path=("config", "pools", "models", 0), line=7))

    assert text == "a.yaml:7: config.pools.models[0]: is odd; mend it"


def test_a_problem_without_a_line_names_the_file_alone():
    assert str(problem()) == "a.yaml: is odd; mend it"


@pytest.mark.parametrize("sign", ["\n", "\r", "\t", "\x1b", "\u2028", "\x85", "\x00"])
def test_a_problem_is_one_printable_line_whatever_the_key_holds(sign: str):
    text = str(problem(path=(f"a{sign}b",), cause=f"has{sign}it"))

    assert text.isprintable()
    assert len(text.splitlines()) == 1


def test_letters_of_every_language_stay_as_they_are():
    assert "Grüße ☕" in str(problem(cause="Grüße ☕"))


def test_a_refusal_says_each_problem_on_a_line_of_its_own():
    error = RefusedError([problem(line=1), problem(line=2)])

    assert str(error) == "a.yaml:1: is odd; mend it\na.yaml:2: is odd; mend it"
    assert [one.line for one in error.problems] == [1, 2]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "b"), "a.b"),
        (("a", 0, 1, "b"), "a[0][1].b"),
        ((0,), "[0]"),
    ],
)
def test_a_key_path_reads_as_people_write_it(path: tuple[str | int, ...], text: str):
    assert key(path) == text
