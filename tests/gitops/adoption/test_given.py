from tests.gitops.adoption.namespaces import given


def test_the_surroundings_of_an_entry_are_those_of_its_server():
    made = given(args=["--threads=3"])

    assert made.variables.number("LOCALAI_THREADS") == 3
    assert made.facts == {}
