import pytest
from pydantic import ValidationError

from settings.access.registry import RegistrySettings


@pytest.mark.parametrize(
    ("reference", "place", "mirror", "found"),
    [
        ("quay.io/a/b:1", "quay.io", "corp.test/quay", "corp.test/quay/a/b:1"),
        ("quay.io/a/b:1", "quay.io/a", "corp.test", "corp.test/b:1"),
        ("quay.io/a/b:1", "quay.io/a/b", "corp.test:5000/x", "corp.test:5000/x:1"),
        ("quay.io/a/b@sha256:00", "quay.io/a/b", "corp.test/x", "corp.test/x@sha256:00"),
        ("localai/localai:1", "localai/localai", "corp.test/x", "corp.test/x:1"),
        ("localai/localai:1", "docker.io", "corp.test", "corp.test/localai/localai:1"),
        ("quay.io/a/bc:1", "quay.io/a/b", "corp.test/x", "quay.io/a/bc:1"),
        ("quay.io.evil/a/b:1", "quay.io", "corp.test", "quay.io.evil/a/b:1"),
    ],
)
def test_a_place_is_replaced_where_a_whole_part_of_it_ends(
    reference: str, place: str, mirror: str, found: str
):
    settings = RegistrySettings.model_validate({"mirrors": {place: mirror}})
    assert settings.mirrored(reference) == found


def test_the_longest_place_wins():
    mirrors = {"quay.io": "all.test", "quay.io/a/b": "one.test/b"}
    settings = RegistrySettings.model_validate({"mirrors": mirrors})
    assert settings.mirrored("quay.io/a/b:1") == "one.test/b:1"
    assert settings.mirrored("quay.io/a/c:1") == "all.test/a/c:1"


@pytest.mark.parametrize(
    "place", ["", "https://a.test", "a.test/", "A.test", "a.test/x:1", "u@a.test", "a test"]
)
def test_what_is_no_place_is_refused(place: str):
    for mirrors in ({place: "corp.test"}, {"quay.io": place}):
        with pytest.raises(ValidationError):
            RegistrySettings.model_validate({"mirrors": mirrors})
