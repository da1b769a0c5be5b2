"""The shape of the checkout: short modules and functions, tests by room, a README that is true."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_MODULE, LONGEST_FUNCTION, LONGEST_README = 300, 40, 120
# As many as a person sees at a glance; `components/` at its top counts folders too.
LARGEST_FOLDER, LARGEST_TOP = 37, 12

# Tables of facts; what reads them is tested.
DATA = ("localai/tables/", "localai/versions/")
# Test equipment and benchmarks are tested by what they run.
EQUIPMENT = ("sandbox/", "benchmarks/")
TOOL = {"gitops", "sandbox", "benchmarks"}


def folders() -> list[str]:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    visible = (one.name for one in ROOT.iterdir() if one.is_dir() and one.name[0] not in "._")
    return sorted(name for name in visible if f"{name}/" not in ignored)


def modules() -> list[str]:
    """Return every module of ours that is no test, by its path."""
    rooms = [name for name in folders() if name != "tests"]
    paths = [*ROOT.glob("*.py"), *(path for room in rooms for path in ROOT.glob(f"{room}/**/*.py"))]
    return sorted(path.relative_to(ROOT).as_posix() for path in paths)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def functions(name: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(text(name))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name}: {node.name}", (node.end_lineno or 0) - node.lineno + 1


def imported(name: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text(name))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_a_module_fits_a_few_screens():
    lengths = {name: text(name).count("\n") for name in modules()}

    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE}


def test_a_function_fits_a_screen():
    lengths = [one for name in modules() for one in functions(name)]

    assert not [(name, lines) for name, lines in lengths if lines > LONGEST_FUNCTION]


def test_a_folder_of_modules_has_a_folder_of_tests():
    rooms = {
        Path(name).parent
        for name in modules()
        if "/" in name
        and not name.endswith(("__init__.py", "__main__.py"))
        and not name.startswith(DATA + EQUIPMENT)
    }

    assert not [room for room in sorted(rooms) if not list((ROOT / "tests" / room).glob("test_*"))]


def test_a_folder_can_be_surveyed():
    sizes = Counter(Path(name).parent.as_posix() for name in modules())
    top = [one for one in (ROOT / "components").iterdir() if one.name[0] != "_"]

    assert not {folder: files for folder, files in sizes.items() if files > LARGEST_FOLDER}
    assert len(top) <= LARGEST_TOP


def test_no_code_takes_its_own_sentences_apart():
    # "cause; cure", "place: cause" and the text of an error are put together once, at the end.
    cut = re.compile(r"(partition|split)\(r?[\"'][;:] ")
    product = [name for name in modules() if not name.startswith(EQUIPMENT)]

    assert not [name for name in product if cut.search(text(name))]


@pytest.mark.parametrize("name", ["stack.py", "__main__.py"])
def test_the_entry_of_the_program_imports_nothing_of_the_tool(name: str):
    assert not TOOL & set(imported(name))


def test_the_readme_is_short():
    assert text("README.md").count("\n") <= LONGEST_README


def test_the_tree_in_the_readme_is_true():
    named = re.findall(r"^([a-z]+)/ ", text("README.md"), flags=re.MULTILINE)

    # A team whose stacks float has no releases.
    assert set(named) - {"releases"} == set(folders()) - {"releases"}
    assert len(named) == len(set(named))
