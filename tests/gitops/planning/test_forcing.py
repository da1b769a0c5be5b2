import pytest

from gitops.planning.forcing import FORCING


@pytest.mark.parametrize("kind", FORCING, ids="/".join)
def test_no_path_of_a_kind_lies_below_another_one(kind: tuple[str, str]):
    paths = FORCING[kind]
    assert len(set(paths)) == len(paths)
    assert not [(one, other) for one in paths for other in paths if other.startswith(f"{one}.")]
