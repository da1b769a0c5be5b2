"""Reads the files of an adoption as the program would, so that the report says what it refuses."""

from collections.abc import Mapping

from pydantic import ValidationError

from components.checks.resolve import resolve
from documents.problem import Problem, RefusedError, key
from documents.reader import read
from documents.validation import MISSING
from documents.validation import problems as refused
from gitops.adoption.gpus import Profiles
from gitops.adoption.remark import Fate, Remark
from models.catalog import Catalog
from models.definition import Definition
from settings.config import SettingsError, settings_from_config
from settings.file import engine_config


def refusals(stack: str, files: Mapping[str, str], profiles: Profiles) -> tuple[Remark, ...]:
    """Return what the program would refuse in files; a missing fact hides what depends on it."""
    definitions: dict[str, Definition] = {}
    problems: list[Problem] = []
    for name, text in files.items():
        if name.startswith("models/"):
            try:
                made = _definition(name, text)
            except RefusedError as error:
                problems += error.problems
            else:
                definitions[made.name] = made
    problems += _stack_problems(
        stack, files, Catalog(definitions=definitions, profiles=profiles), complete=not problems
    )
    # What is missing is said where the fact is wanted, with the command that tells it.
    return tuple(_remark(problem) for problem in problems if problem.cause != MISSING)


def _definition(name: str, text: str) -> Definition:
    document = read(text.encode(), name=name, floats=True)
    try:
        return Definition.model_validate(document.value)
    except ValidationError as error:
        raise RefusedError(map(document.placed, refused(error, Definition))) from None


def _stack_problems(
    stack: str, files: Mapping[str, str], catalog: Catalog, *, complete: bool
) -> list[Problem]:
    name = f"Pulumi.{stack}.yaml"
    if name not in files:
        return []
    try:
        document = read(files[name].encode(), name=name)
    except RefusedError as error:
        return list(error.problems)
    try:
        settings = settings_from_config(engine_config(document))
        if complete:
            resolve(stack, settings, catalog)
    except SettingsError as error:
        return [document.placed(problem) for problem in error.problems]
    return []


def _remark(problem: Problem) -> Remark:
    text = f"{key(problem.path)}: {problem.cause}" if problem.path else problem.cause
    return Remark(fate=Fate.OPEN, subject=problem.place, text=text, cure=problem.cure)
