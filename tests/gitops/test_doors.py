"""What others wrote comes in by one door and goes out by one: no file opens or prints by itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.test_layout import ROOT, modules, text

READING = {
    "open",
    "parse",
    "read_text",
    "read_bytes",
    "load",
    "load_all",
    "safe_load",
    "safe_load_all",
}
PRINTING = {"echo", "print", "Console", "write", "writelines"}
# What is called without an object or a module before it.
BARE = {"open", "print", "Console"}
ROOMS = ("gitops/", "settings/", "models/", "documents/", "policy/", "hardware/", "localai/")
# Modules that read without `documents.files` and `documents.foreign`, and why they may.
READERS = {
    "documents/files.py": "it is the door",
    "documents/foreign.py": "it parses events alone, bounded",
    "documents/reader.py": "it parses events alone, bounded",
    "gitops/adapters/git.py": "it writes the files of a commit, exclusively",
    "gitops/adoption/layouts/reader.py": "it parses events alone, of a bounded text, for lines",
    "gitops/planning/base.py": "it reads the seal of its own cache",
    "gitops/validation/custom_resources/": "schemas of this repository, and of modules by digest",
    "gitops/validation/schemas/schemas.py": "schemas that a locked package ships",
    "gitops/adapters/archive.py": "it streams bundles, whose every file is held against its digest",
    "gitops/adapters/scratch.py": "it opens its own folders, to lock them",
    "gitops/planning/output/received.py": "it follows no link, and takes one regular file, bounded",
    "gitops/cli/main.py": "it opens /dev/null",
    "gitops/cli/new_files.py": "it opens a file of a person, to add lines",
}
PRINTERS = {
    "gitops/cli/terminal.py": "it is the door",
    "gitops/cli/render.py": "it writes objects, which readers take byte for byte",
    "gitops/cli/interrupts.py": "one fixed word, from a signal handler",
    "gitops/cli/main.py": "it is the stream below the door, and outlives readers",
    "gitops/cli/new_files.py": "it writes files",
    "gitops/adapters/git.py": "it writes files",
    "gitops/adapters/archive.py": "it writes bundles",
    "gitops/sources/command.py": "a progress bar of fixed words",
    "gitops/validation/custom_resources/__main__.py": "generates schemas of this repository",
    "gitops/planning/output/text.py": "it prints to the console it is handed, each text shown",
}


def calls(name: str, wanted: set[str]) -> Iterator[str]:
    """Yield the calls of functions and methods with these names in a module."""
    for node in ast.walk(ast.parse(text(name))):
        if isinstance(node, ast.Call):
            called = node.func
            word = called.attr if isinstance(called, ast.Attribute) else ""
            if isinstance(called, ast.Name) and called.id in BARE:
                word = called.id
            if word in wanted:
                yield f"{name}:{node.lineno}: {word}"


def found(wanted: set[str], allowed: dict[str, str]) -> list[str]:
    checked = [one for one in modules() if one.startswith(ROOMS) or "/" not in one]
    others = (one for one in checked if not one.startswith(tuple(allowed)))
    return [call for one in others for call in calls(one, wanted)]


def test_files_of_others_are_opened_and_parsed_at_one_place():
    assert found(READING, READERS) == []


def test_what_is_printed_goes_through_one_place():
    assert found(PRINTING, PRINTERS) == []


def test_every_exception_is_still_needed():
    for wanted, allowed in ((READING, READERS), (PRINTING, PRINTERS)):
        for name in allowed:
            place = Path(ROOT / name)
            files = [place] if place.is_file() else [*place.glob("**/*.py")]
            names = [file.relative_to(ROOT).as_posix() for file in files]
            assert [call for one in names for call in calls(one, wanted)], f"{name} needs none"
