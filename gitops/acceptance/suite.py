"""A suite of questions: what `evaluations/<name>.yaml` may say, and its digest."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self, cast

import jsonschema_rs
from pydantic import AfterValidator, Field, JsonValue, field_validator, model_validator

from documents.problem import Problem, RefusedError
from documents.reader import Document, read_file
from documents.validation import Said, Strict, contradiction, contradictions, form, read
from settings.acceptance import EvaluateSettings
from settings.file import StackFile
from settings.release import digest_of

FOLDER = "evaluations"
_LONGEST = 20_000


def _said(text: str) -> str:
    if not text.strip():
        raise contradiction("is empty", "write what is meant")
    return text


Text = Annotated[str, Field(min_length=1, max_length=_LONGEST), AfterValidator(_said)]
Name = Annotated[
    str, form(r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", "capital-of-france", max_length=63)
]


class Similar(Strict):
    """A text whose meaning an answer has to have."""

    to: Text = Field(description="The text.")
    at_least: Annotated[float, Field(gt=0, le=1, strict=False)] = Field(
        description="Lowest cosine similarity of the two embeddings."
    )


class Expectation(Strict):
    """What makes an answer right: exactly one of these."""

    exact: Text | None = Field(
        default=None, description="The answer, ignoring whitespace around it; case counts."
    )
    contains: (
        Annotated[tuple[Text, ...], Field(min_length=1, max_length=20, strict=False)] | None
    ) = Field(default=None, description="Texts that the answer must contain, ignoring case.")
    json_schema: dict[str, JsonValue] | None = Field(
        default=None, description="JSON Schema (2020-12) of the answer, which is JSON alone."
    )
    similar: Similar | None = Field(
        default=None, description="Judged by the stack's model for embeddings."
    )
    judge: Text | None = Field(
        default=None, description="What holds of a right answer; judged by another model."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            cause = "expects nothing" if not given else f"expects {' and '.join(given)} at once"
            raise contradiction(cause, f"use one of {', '.join(type(self).model_fields)}")
        return self

    @field_validator("json_schema")
    @classmethod
    def _schema(cls, value: dict[str, JsonValue] | None) -> dict[str, JsonValue] | None:
        try:
            if value is not None:
                validator(value)
        except ValueError as error:
            cause = f"is not a JSON Schema: {str(error).splitlines()[0]:.200}"
            raise contradiction(cause, "correct it") from None
        return value


def validator(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """Return what validates by a schema, which may refer to nothing outside of it.

    Raises:
        ValueError: it is not a schema, or it refers elsewhere, in a circle, or too often.
    """
    try:
        jsonschema_rs.meta.validate({"$schema": _DIALECT, **schema})
        made = jsonschema_rs.Draft202012Validator(dict(schema), retriever=_nothing)
    except jsonschema_rs.ReferencingError as error:
        raise ValueError(str(error)) from None
    try:
        steps = _Steps(schema).of(schema)
    except RecursionError:
        raise ValueError("its references are nested too deeply") from None
    if steps > _MOST_STEPS:
        raise ValueError(f"its references take more than {_MOST_STEPS} steps")
    return made


# More references, or steps where each of them is followed, are meant to keep a reader busy.
_MOST_REFERENCES, _MOST_STEPS = 100, 100_000


class _Steps:
    """Counts how many schemas an answer is held against: references may double each other."""

    def __init__(self, whole: Mapping[str, Any]) -> None:
        self._whole = whole
        self._known = dict[str, int | None]()

    def of(self, node: Any) -> int:
        if isinstance(node, list):
            return 1 + sum(map(self.of, cast("list[Any]", node)))
        if not isinstance(node, Mapping):
            return 1
        known = cast("Mapping[str, Any]", node)
        for key in ("$id", "$dynamicRef", "$recursiveRef"):
            if isinstance(known.get(key), str):
                raise ValueError(f"has {key}; refer by `$ref: '#/$defs/…'`")
        reference = known.get("$ref")
        there = self._led(reference) if isinstance(reference, str) else 0
        return 1 + there + sum(self.of(one) for key, one in known.items() if key != "$defs")

    def _led(self, reference: str) -> int:
        if reference not in self._known:
            if len(self._known) >= _MOST_REFERENCES:
                raise ValueError(f"has more than {_MOST_REFERENCES} references")
            self._known[reference] = None
            self._known[reference] = self.of(self._at(reference))
        steps = self._known[reference]
        if steps is None:
            raise ValueError(f"is circular at {reference:.80}")
        return steps

    def _at(self, reference: str) -> Any:
        found: Any = self._whole
        start, *keys = reference.split("/")
        try:
            for key in keys:
                name = key.replace("~1", "/").replace("~0", "~")
                found = found[int(name) if isinstance(found, list) else name]
        except (KeyError, IndexError, TypeError, ValueError):
            start = ""
        if start != "#":
            raise ValueError(f"refers to {reference:.80}; refer by `$ref: '#/$defs/…'`")
        return cast("Any", found)


_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _nothing(address: str) -> Any:
    raise ValueError(f"refers to {address:.80}")


class Question(Strict):
    """One question, and what is expected of its answer."""

    id: Name = Field(description="Its name in this suite.")
    ask: Text = Field(description="What is asked.")
    system: Text | None = Field(default=None, description="What the model is told before.")
    expect: Expectation = Field(description="What makes the answer right.")


class Suite(Strict):
    """Questions, and what is expected of their answers."""

    description: Text = Field(description="One sentence on what it shows.")
    tokens: Annotated[int, Field(ge=1, le=4096)] = Field(
        default=256, description="Most tokens of an answer, with what a model thinks before it."
    )
    questions: Annotated[
        tuple[Question, ...], Field(min_length=1, max_length=1000, strict=False)
    ] = Field(description="The questions.")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        contradictions(self._twice())
        return self

    def _twice(self) -> Iterator[Said]:
        seen = set[str]()
        for one in self.questions:
            if one.id in seen:
                yield "questions", f"has two questions named {one.id}", "rename one of them"
            seen.add(one.id)

    @property
    def digest(self) -> str:
        """Return the digest of all that decides what is asked, and what is right."""
        return digest_of(
            self.model_dump(mode="json", exclude={"description"}, exclude_defaults=True)
        )

    @property
    def needs_judge(self) -> bool:
        """Return whether a question needs a model that judges."""
        return any(one.expect.judge for one in self.questions)

    @property
    def needs_embedder(self) -> bool:
        """Return whether a question needs a model for embeddings."""
        return any(one.expect.similar for one in self.questions)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A suite that a stack declares: its name, its questions, and what the stack says of it."""

    name: str
    suite: Suite
    settings: EvaluateSettings


def read_suite(root: Path, name: str) -> tuple[Suite, Document]:
    """Return the suite in `evaluations/<name>.yaml` below a folder.

    Raises:
        RefusedError: it is not there, or not valid.
    """
    document = read_file(root, f"{FOLDER}/{name}.yaml", floats=True)
    suite, found = read(Suite, document.value)
    if suite is None or found:
        raise RefusedError(map(document.placed, found))
    return suite, document


def digests(root: Path, file: StackFile) -> dict[str, str]:
    """Return the digest of each suite that a stack declares, by its name.

    Raises:
        RefusedError: one is not there or not valid, or needs a model that the stack does not name.
    """
    return {one.name: one.suite.digest for one in suites(root, file)}


def suites(root: Path, file: StackFile) -> tuple[Wanted, ...]:
    """Return the suites that a stack declares.

    Raises:
        RefusedError: one is not there or not valid, or needs a model that the stack does not name.
    """
    found: list[Wanted] = []
    problems: list[Problem] = []
    acceptance = file.settings.acceptance
    for name, settings in acceptance.evaluate.items() if acceptance else ():
        if not os.path.lexists(root / FOLDER / f"{name}.yaml"):
            problems.append(file.document.placed(_absent(root, name)))
            continue
        try:
            suite, _ = read_suite(root, name)
        except RefusedError as error:
            problems += error.problems
        else:
            found.append(Wanted(name=name, suite=suite, settings=settings))
            problems += map(file.document.placed, _missing(found[-1]))
    if problems:
        raise RefusedError(problems)
    return tuple(found)


def suite_problems(root: Path, files: Iterable[StackFile]) -> Iterator[Problem]:
    """Yield what is wrong with the suites of a checkout, and of its stacks with them."""
    told = dict[str, Problem]()
    for path in sorted((root / FOLDER).glob("*.yaml")):
        try:
            read_suite(root, path.stem)
        except RefusedError as error:
            told |= {str(one): one for one in error.problems}
    for file in files:
        try:
            suites(root, file)
        except RefusedError as error:
            told |= {str(one): one for one in error.problems}
    yield from told.values()


def _absent(root: Path, name: str) -> Problem:
    known = ", ".join(sorted(path.stem for path in (root / FOLDER).glob("*.yaml")))
    return Problem(
        path=("config", "localai:acceptance", "evaluate", name),
        cause=f"asks the suite {name}, and {FOLDER}/{name}.yaml is not there",
        cure=f"use one of: {known}" if known else "write that file",
    )


def _missing(wanted: Wanted) -> Iterator[Problem]:
    needs = (("judge", wanted.suite.needs_judge, wanted.settings.judge),
             ("embedder", wanted.suite.needs_embedder, wanted.settings.embedder))  # fmt: skip
    for key, needed, given in needs:
        if needed and given is None:
            yield Problem(
                path=("config", "localai:acceptance", "evaluate", wanted.name),
                cause=f"has no {key}, which {FOLDER}/{wanted.name}.yaml needs",
                cure=f"add `{key}: NAME`, a name that a pool serves",
            )
