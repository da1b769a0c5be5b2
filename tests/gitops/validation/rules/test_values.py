from gitops.validation.rules.pods import at, entries, fields, texts, words


def test_a_step_that_is_not_there_is_none():
    assert at({"spec": {"a": 1}}, "spec", "a") == 1
    assert at({"spec": []}, "spec", "a") is None
    assert at(None, "spec") is None


def test_another_shape_is_empty():
    assert (fields("text"), entries("text"), words({"a": 1})) == ({}, [], [])
    assert words(["a", 1, None, "b"]) == ["a", "b"]


def test_every_text_is_found_however_deep():
    assert sorted(texts({"a": ["x", {"b": "y"}], "c": 1, "d": "z"})) == ["x", "y", "z"]
