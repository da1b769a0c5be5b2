import pytest

from tests.golden.previews import CLUSTER_EDITS, EDITS, FOLDER, README, golden, readme


@pytest.mark.parametrize("name", [*EDITS, *CLUSTER_EDITS])
def test_a_preview_says_what_was_reviewed(name: str):
    """After a wanted change of words, `make golden` writes them; review the difference."""
    written = {path.name: path.read_text(encoding="utf-8") for path, _ in golden(name)}

    assert written == {path.name: text for path, text in golden(name)}


def test_every_recorded_preview_is_of_an_edit():
    assert {path.name for path in FOLDER.iterdir() if (path / "edit.diff").exists()} == {
        *EDITS,
        *CLUSTER_EDITS,
    }


def test_the_readme_shows_the_preview_of_an_edit_as_it_is_today():
    assert README.read_text(encoding="utf-8") == readme()
