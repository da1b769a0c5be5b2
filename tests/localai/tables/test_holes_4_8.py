from localai.tables.holes_4_8 import HOLES


def test_the_traps_that_lose_models_in_silence_are_named():
    known = {hole.id for hole in HOLES}
    assert {"unknown-keys-are-ignored", "bad-entries-are-skipped", "ready-is-not-serving"} <= known


def test_a_trap_is_named_in_words_joined_by_hyphens():
    assert all(hole.id.replace("-", "").isalnum() and hole.id.islower() for hole in HOLES)
