"""What pydantic refuses as problems: each with its line, in words, and with a cure."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from documents.problem import KeyPath, Problem

# More than anybody reads; each costs time and memory to say.
_MOST_PROBLEMS = 100
# As often as keys are read together on deeper and deeper levels.
_MOST_ROUNDS = 6
# A key, empty for all of them together; a cause and a cure.
Said = tuple[str, str, str]
# A cause and a cure for each key that earlier versions read.
Moved = Mapping[str, tuple[str, str]]


class Strict(BaseModel):
    """A frozen model: unknown keys and wrong types are errors, and some keys have moved."""

    moved: ClassVar[Moved] = {}
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


def contradiction(cause: str, cure: str) -> PydanticCustomError:
    """Return the error a validator raises: a cause and a cure, in that order."""
    return PydanticCustomError("contradiction", "{cause}", {"cause": cause, "cure": cure})


def contradictions(found: Iterable[Said]) -> None:
    """Raise all that a validator finds as one error; each is told at its own key.

    Raises:
        PydanticCustomError: there is something.
    """
    if every := tuple(found):
        raise PydanticCustomError("contradictions", "{found}", {"found": every})


Model = TypeVar("Model", bound=BaseModel)


def read(model: type[Model], values: Mapping[str, Any]) -> tuple[Model | None, list[Problem]]:
    """Return a model and all that is wrong with its values, not only what is seen first.

    What is refused is taken out and the rest read again, since pydantic looks at keys together
    only once each is right by itself. There is no model where a key that it has was taken out.
    """
    found: list[Problem] = []
    wrong: set[KeyPath] = set()
    rest: Any = values
    for _ in range(_MOST_ROUNDS):
        try:
            read_now = model.model_validate(rest)
        except ValidationError as error:
            details = error.errors(include_url=False)
            # What is said of a mapping may be only for want of what was taken out of it.
            new = [one for one in problems(error, model) if not _is_above(one.path, wrong)]
            found += new
            strangers = {one["loc"] for one in details if one["type"] == "extra_forbidden"}
            refused = {one["loc"] for one in details}
            wrong |= refused - strangers
            if not new or len(new) > _MOST_PROBLEMS:
                return None, found
            for path in sorted(refused, key=len, reverse=True):
                rest = _without(rest, path)
        else:
            return (None if wrong else read_now), found
    return None, found


def _is_above(path: KeyPath, removed: Iterable[KeyPath]) -> bool:
    return any(one[: len(path)] == path for one in removed)


def _without(values: Any, path: KeyPath) -> Any:
    """Return values without what stands at a path, or at the deepest part of it that is there."""
    step, *rest = path or ("",)
    if isinstance(values, dict):
        known = cast("dict[Any, Any]", values)
        if step in known:
            inner = _without(known[step], tuple(rest)) if rest else None
            kept = {name: one for name, one in known.items() if name != step}
            return kept if inner is None else {**known, step: inner}
    return None


def problems(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Return each thing pydantic refused, at its key path."""
    details = error.errors(include_url=False)
    # An entry that is refused is not counted, so its list would be called too short as well.
    broken = {one["loc"][:end] for one in details for end in range(len(one["loc"]))}
    meant = {path for one in details for path in _meant(one, model)}
    told = [
        one
        for one in details
        if not (one["type"] == "too_short" and one["loc"] in broken)
        and not (one["type"] == "missing" and one["loc"] in meant)
    ]
    found = [one for detail in told[:_MOST_PROBLEMS] for one in _problems(detail, model)]
    if (more := len(told) - _MOST_PROBLEMS) > 0:
        found.append(Problem(path=(), cause=f"has {more} more problems", cure="fix these first"))
    return found


# By pattern: people read an example, and not the expression that it matches.
_EXAMPLES: dict[str, str] = {}
_KINDS: dict[str, str] = {}


def form(pattern: str, example: str, kind: str = "", **limits: Any) -> Any:
    """Return the form of a text, for `Annotated`: an expression, and a text that matches it.

    `kind` says in words what has the form, where the example leaves that open.
    """
    _EXAMPLES[pattern] = example
    if kind:
        _KINDS[pattern] = kind
    return Field(pattern=pattern, examples=[example], **limits)


def examples() -> Mapping[str, str]:
    """Return an example of every form that was read so far, by its expression."""
    return dict(_EXAMPLES)


# Why a key is refused that a file has to have.
MISSING = "is missing"
_SEE = "see the reference of this file"
_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": (MISSING, "add it"),
    "int_type": (
        "is {input:.80}, not a whole number",
        "write digits without quotes, such as 120",
    ),
    "int_parsing": (
        "is {input:.80}, not a whole number",
        "write digits without quotes, such as 120",
    ),
    "float_type": ("is {input:.80}, not a number", "write digits without quotes, such as 0.5"),
    "bool_type": ("is neither true nor false", "write true or false without quotes"),
    "dict_type": ("is not a mapping", "write `key: value` lines"),
    "model_type": ("is not a mapping", "write `key: value` lines"),
    "model_attributes_type": ("is not a mapping", "write `key: value` lines"),
    "list_type": ("is not a list", "write [a, b]"),
    "tuple_type": ("is not a list", "write [a, b]"),
    "frozen_set_type": ("is not a list", "write [a, b]"),
    "too_short": ("has too few entries", "it needs at least {min_length}"),
    "too_long": ("has too many entries", "it may have at most {max_length}"),
    "string_too_short": ("is empty", "give it a value"),
    "string_too_long": ("is too long", "use at most {max_length} characters"),
    "greater_than_equal": ("is {input}, too small", "use {ge} or more"),
    "less_than_equal": ("is {input}, too large", "use {le} or less"),
    "greater_than": ("is {input}, too small", "use more than {gt}"),
    "string_pattern_mismatch": (
        "is {input:.80}, which does not have the form of {kind}",
        "{example}",
    ),
    "enum": ("is {input:.80}, not a known value", "use {expected}"),
    "literal_error": ("is {input:.80}, not a known value", "use {expected}"),
}


def _problems(detail: ErrorDetails, model: type[BaseModel]) -> Iterator[Problem]:
    path = detail["loc"]
    if detail["type"] == "contradictions":
        for name, cause, cure in detail.get("ctx", {})["found"]:
            yield Problem(path=(*path, name) if name else path, cause=cause, cure=cure)
        return
    cause, cure = _cause_and_cure(detail, model)
    # A refused name of a mapping stands at the name; an unknown key may look like that mark.
    if detail["type"] != "extra_forbidden" and path and path[-1] == "[key]":
        path = path[:-1]
    yield Problem(path=path, cause=cause, cure=cure)


def _cause_and_cure(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    path = detail["loc"]
    if detail["type"] == "extra_forbidden":
        return _unknown_key(str(path[-1]), model_at(model, path[:-1]))
    context = dict(detail.get("ctx", {}))
    if "cure" in context:
        return str(context["cause"]), str(context["cure"])
    if detail["type"] == "string_type":
        return _no_text(detail["input"])
    if detail["type"] not in _WORDS:
        return detail["msg"], _SEE
    cause, cure = _WORDS[detail["type"]]
    if detail["type"] == "string_too_short" and detail["input"]:
        cause, cure = "is too short", "use at least {min_length} characters"
    values = {**context, "input": _in_yaml(detail["input"])}
    if pattern := context.get("pattern"):
        example = _EXAMPLES.get(pattern)
        values["example"] = f"for example `{example}`" if example else _SEE
        values["kind"] = _KINDS.get(pattern, "this key")
    return cause.format_map(values), cure.format_map(values)


def _no_text(value: Any) -> tuple[str, str]:
    """Return why a value is no text, and how to write it as one where that is possible."""
    if isinstance(value, float):
        # How it is written, 1.10, is not known any more.
        return "is a number, not text", "quote it"
    said = _in_yaml(value)
    cure = f'quote it: "{said}"' if isinstance(value, int) else "write one text"
    return f"is {said}, not text", cure


def _in_yaml(value: Any) -> str:
    """Return a value as people write it, or what it is where it has values of its own."""
    if isinstance(value, dict | list | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return "empty"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _unknown_key(name: str, model: type[BaseModel] | None) -> tuple[str, str]:
    if model and issubclass(model, Strict) and name in model.moved:
        return model.moved[name]
    known = keys(model) if model else []
    near = _nearest(name, model)
    rest = f"known here: {', '.join(known)}" if known else _SEE
    cure = f"did you mean {near!r}?" if near else rest
    return "is not a known key", cure


def _meant(detail: ErrorDetails, model: type[BaseModel]) -> Iterator[KeyPath]:
    """Yield the key that an unknown one was meant to be: it is misspelled, and not missing."""
    path = detail["loc"]
    if detail["type"] == "extra_forbidden" and path:
        yield (*path[:-1], _nearest(str(path[-1]), model_at(model, path[:-1])))


def _nearest(name: str, model: type[BaseModel] | None) -> str:
    known = keys(model) if model else []
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.6)), "")


def keys(model: type[BaseModel]) -> list[str]:
    """Return the keys a model reads, as they stand in the file."""
    return [field.alias or name for name, field in model.model_fields.items()]


def model_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    """Return the model that reads the mapping at a key path, where one does."""
    reader: Any = model
    for step in path:
        reader = _below(reader, step)
    return _model_in(reader)


def _below(reader: Any, step: str | int) -> Any:
    # The names in a mapping are no keys of the model that reads its values.
    if get_origin(reader) is dict:
        return get_args(reader)[1]
    # What stands in a list is read by what the list is of.
    if isinstance(step, int):
        return next(iter(get_args(reader)), None) if get_origin(reader) in (tuple, list) else reader
    model = _model_in(reader)
    fields = model.model_fields.items() if model else ()
    return next((field.annotation for name, field in fields if step == (field.alias or name)), None)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in found if model), None)
