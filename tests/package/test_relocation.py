import pytest

from package.relocation import UnmovableError, relocated

ROOMS = ("fetch", "models", "stack")


@pytest.mark.parametrize(
    ("line", "moved"),
    [
        ("from models.catalog import Catalog", "from ours.models.catalog import Catalog"),
        ("from models import catalog", "from ours.models import catalog"),
        ("from stack import (\n    a,\n)", "from ours.stack import (\n    a,\n)"),
        ("import fetch", "from ours import fetch"),
        ("import models.catalog as c", "import ours.models.catalog as c"),
        ("def f():\n    from fetch.cache import x", "def f():\n    from ours.fetch.cache import x"),
        # Of others, or no import: left as it is.
        ("from models_of_others import x", "from models_of_others import x"),
        ("import json, os", "import json, os"),
        ("'from models.catalog import Catalog'", "'from models.catalog import Catalog'"),
        ("# import fetch", "# import fetch"),
        ("models = fetch.models", "models = fetch.models"),
        ("from . import models", "from . import models"),
    ],
)
def test_imports_of_rooms_move_and_nothing_else(line: str, moved: str):
    assert relocated(f"{line}\n", ROOMS, "ours") == f"{moved}\n"


@pytest.mark.parametrize("line", ["import models.catalog", "import fetch, json"])
def test_an_import_that_would_bind_another_name_is_refused(line: str):
    with pytest.raises(UnmovableError, match="line 1"):
        relocated(line, ROOMS, "ours")


def test_two_imports_of_a_room_on_lines_of_their_own_move_both():
    source = "from models import a\nfrom models import b\n"
    assert relocated(source, ROOMS, "ours").count("from ours.models import") == 2
