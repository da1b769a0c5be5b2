from pathlib import Path

import pytest

from documents.problem import RefusedError
from gitops.adapters.forge.place import Kind, Place
from gitops.promotion.token import token

OWN = {Kind.GITHUB: "GITHUB_TOKEN", Kind.GITLAB: "GITLAB_TOKEN", Kind.GITEA: "GITEA_TOKEN"}
ALL = {name: f"of-{kind}" for kind, name in OWN.items()}


def place(kind: Kind) -> Place:
    return Place(kind=kind, api="https://git.example/api", repository="team/models")


@pytest.mark.parametrize("kind", OWN)
def test_a_forge_gets_the_token_of_its_own_variable_or_the_one_for_every_forge(kind: Kind):
    both = {**ALL, "LOCALAI_FORGE_TOKEN": "of-all"}

    assert token(place(kind), ALL, None) == f"of-{kind}"
    assert token(place(kind), both, None) == "of-all"


@pytest.mark.parametrize("kind", OWN)
def test_a_token_of_another_forge_is_not_sent(kind: Kind):
    others = {name: value for name, value in ALL.items() if name != OWN[kind]}

    with pytest.raises(RefusedError, match=f"LOCALAI_FORGE_TOKEN or {OWN[kind]}: does not hold"):
        token(place(kind), others, None)


def test_a_token_of_a_file_comes_before_those_of_variables(tmp_path: Path):
    file = tmp_path / "token"
    file.write_text("of-the-file\n")

    assert token(place(Kind.GITHUB), ALL, file) == "of-the-file"

    file.write_text("of the file")
    with pytest.raises(RefusedError, match="token: does not hold one token on one line"):
        token(place(Kind.GITHUB), ALL, file)
