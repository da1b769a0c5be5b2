"""A stack's settings from Pulumi configuration: the one way in, for files and for the engine."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args

from documents.problem import KeyPath, Problem, RefusedError
from documents.reader import MOST_NODES
from documents.rule import broken
from documents.validation import keys, read
from settings.pool.rules import POOL_RULES
from settings.quota import DECLARED
from settings.stack.rules.rulebook import STACK_RULES
from settings.stack.stack import StackSettings

PROJECT = "localai"


class SettingsError(RefusedError):
    """Configuration that is not a valid stack; the engine hides the file: no problem names it."""


def settings_from_config(config: Mapping[str, str]) -> StackSettings:
    """Return the settings in the `localai:` keys of the engine's configuration.

    The engine hands out text: a structured value arrives as JSON, everything else as it is.

    Raises:
        SettingsError: a key is unknown, a value is of the wrong type, or two contradict each other.
    """
    values, found = _values(config)
    settings, more = read(StackSettings, values)
    unread = {problem.path for problem in found}
    found += [one for one in in_config(more) if one.path[:2] not in unread]
    if settings and not unread:
        found += contradictions(settings)
    if settings is None or found:
        raise SettingsError(found)
    return settings


# All that the engine may read there besides: labels of a stack in its backend.
ENGINE_CONFIG = ("pulumi:tags",)
_ENGINE = {
    "kubernetes": (
        "configures a provider in a way that no plan shows",
        "delete it; localai:cluster binds the cluster",
    ),
    "pulumi": ("steers the engine in a way that no plan shows", "delete it"),
    "random": ("configures a provider in a way that no plan shows", "delete it"),
}


def strangers(names: Iterable[str]) -> Iterator[Problem]:
    """Yield keys that the engine or a provider would follow, and this program does not read."""
    unknown = "is not a known key", f"settings of this program start with `{PROJECT}:`"
    for name in names:
        if not name.startswith(f"{PROJECT}:") and name not in ENGINE_CONFIG:
            space, colon, _ = name.partition(":")
            cause, cure = _ENGINE.get(space, unknown) if colon else unknown
            yield Problem(path=("config", name), cause=cause, cure=cure)


def contradictions(settings: StackSettings) -> Iterator[Problem]:
    """Yield every rule that the keys of a stack break together."""
    for name, pool in settings.pools.items():
        yield from in_config(broken(POOL_RULES, pool, ("pools", name)))
    yield from in_config(broken(STACK_RULES, settings))


def in_config(found: Iterable[Problem]) -> Iterator[Problem]:
    """Yield problems of settings at their keys in a stack file."""
    for problem in found:
        yield replace(problem, path=_in_config(problem.path))


def _in_config(path: KeyPath) -> KeyPath:
    return ("config", f"{PROJECT}:{path[0]}", *path[1:]) if path else ("config",)


def _values(config: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    found: list[Problem] = []
    for name, text in config.items():
        short = name.removeprefix(f"{PROJECT}:")
        try:
            if short in _KEYS and text.startswith('{"secure"'):
                _structure(text)
            values[short] = _structure(text) if _is_structure(short, text) else text
        except ValueError as error:
            cause, cure = error.args if len(error.args) == 2 else _NO_MAPPING
            found.append(Problem(path=("config", name), cause=cause, cure=cure))
    return values, found


HOLDS_SECRET = (
    "holds a secret, which would reach the engine's state",
    "write it in plain text if it is not a secret, so that plans show it; else put it into "
    "a Secret of the cluster and name that",
)
_NO_MAPPING = ("is not a mapping", "write `key: value` lines")


def _is_structure(key: str, text: str) -> bool:
    if key in _NAMES:
        return text.startswith("{")
    return key in _STRUCTURES and text != _WORDS.get(key)


def _structure(text: str) -> Any:
    if sum(map(text.count, ",{")) > MOST_NODES:
        raise ValueError(f"holds more than {MOST_NODES} values", "split it")
    try:
        return json.loads(
            text, parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_mapping
        )
    except RecursionError:
        raise ValueError("is nested too deeply", "flatten it") from None


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    # The engine hands out a secret in plain text wherever it stands in a value.
    if set(values) == {"secure"} and isinstance(values["secure"], str):
        raise ValueError(*HOLDS_SECRET)
    if len(values) < len(pairs):
        raise ValueError("gives a key twice", "delete one of the two")
    return values


def _no_float(text: str) -> float:
    cure = "for a number write a whole one in digits, for text quote it"
    raise ValueError(f"holds the number {text}, which is not whole", cure)


def _is_text(annotation: Any) -> bool:
    """Return whether a type is text, or a word of a list; either may be absent."""
    choices = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    types = [one for one in choices if one is not NoneType]
    return all(isinstance(one, type) and issubclass(one, str | Enum) for one in types)


# A word that stands for a structure.
_WORDS = {"quota": DECLARED}
# A name may stand for the structure.
_NAMES = frozenset({"cluster"})
_KEYS = frozenset(keys(StackSettings))
_STRUCTURES = frozenset(
    field.alias or name
    for name, field in StackSettings.model_fields.items()
    if not _is_text(field.annotation)
)
