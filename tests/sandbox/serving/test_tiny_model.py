from pathlib import Path

from sandbox.serving.tiny_model import EMBEDDING, Tiny, output, places, vocabulary, write_tiny


def test_the_same_model_is_the_same_bytes_again(tmp_path: Path):
    first, again = (write_tiny(tmp_path / name, Tiny()).read_bytes() for name in ("1", "2"))

    assert first == again
    assert first.startswith(b"GGUF")


def test_models_of_other_names_have_other_bytes(tmp_path: Path):
    variants = (Tiny(), Tiny(name="tiny-v2"), Tiny(bad=True))
    made = {write_tiny(tmp_path / "model", one).read_bytes() for one in variants}

    assert len(made) == len(variants)


def test_everything_a_model_means_fits_its_embedding():
    at = places(vocabulary("a-name-as-long-as-any"))
    taken = [*at.words.values(), *at.keywords.values(), *at.answers.values()]

    assert len(set(taken)) == len(taken)
    assert max(taken) < EMBEDDING


def test_an_answer_wins_only_when_its_keyword_was_asked():
    words = vocabulary("tiny-v1")
    at, wanted = places(words), output(words, places(words))
    paris, silence = words.words[" Paris"], words.words[" I"]
    newline, asked = at.words[words.newline], at.answers["France"]

    assert wanted[paris, newline] < wanted[silence, newline]
    assert wanted[paris, newline] + wanted[paris, asked] > wanted[silence, newline]
