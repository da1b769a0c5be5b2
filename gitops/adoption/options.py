"""The `parameters:` and `template:` of a model entry, key by key."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from gitops.adoption.given import Given
from gitops.adoption.remark import Remark, changed, lost, unknown
from gitops.adoption.running import mapping
from localai.release import Engine
from localai.tables.engine_options import (
    FILE_OPTIONS,
    FIXED,
    OWN_TEMPLATE,
    POOLING,
    SLOTS,
    SYNONYMS,
)
from models.definition import Kind, Role, Template
from models.options import refusals
from models.parameters import Parameters
from models.sampling import defaults

# Keys of `parameters` that a definition has elsewhere.
_ELSEWHERE = ("model", "batch")
# Of these, LocalAI takes 0 for unset.
_UNSET_BY_ZERO = ("repeat_penalty", "presence_penalty")

Mapped = tuple[dict[str, Any], tuple[Remark, ...]]


def sampling(subject: str, keys: Mapping[str, Any]) -> Mapped:
    """Return the sampling defaults of an entry, and what becomes of the others."""
    taken: dict[str, Any] = {}
    remarks: list[Remark] = []
    for key, value in mapping(keys.get("parameters")).items():
        place = f"{subject}, parameters.{key}"
        if key in _ELSEWHERE or value is None or (key in _UNSET_BY_ZERO and value == 0):
            continue
        if key not in Parameters.model_fields:
            remarks.append(lost(place, "has no key in a model definition"))
        elif _is_valid(Parameters, {key: value}):
            taken[str(key)] = value
        else:
            remarks.append(lost(place, f"is {value!r:.40}, outside of what a definition takes"))
    return taken, tuple(remarks)


def unsaid(subject: str, said: Mapping[str, Any], kind: Kind, engine: str) -> Iterator[Remark]:
    """Yield what a chat model samples with from now on, where its entry left that to LocalAI."""
    if kind is not Kind.CHAT:
        return
    ours = defaults(engine).model_dump(exclude_none=True)
    chosen = [f"{key} becomes {value:g}" for key, value in ours.items() if key not in said]
    if chosen:
        yield changed(
            f"{subject}, parameters",
            f"{', '.join(chosen)}; the server chose by the model's name",
            "give the values that answers should keep (core/config/inference_defaults.json of the "
            "release that runs, else core/config/generic_defaults.go)",
        )


def template(subject: str, keys: Mapping[str, Any], given: Given) -> Mapped:
    """Return how messages become a prompt; a template in a file of its own is written out."""
    taken: dict[str, Any] = {}
    remarks: list[Remark] = []
    for key, value in mapping(keys.get("template")).items():
        place = f"{subject}, template.{key}"
        if value in (None, "", False):
            continue
        if key not in Template.model_fields:
            remarks.append(lost(place, "has no key in a model definition"))
            continue
        text = _written_out(value, given)
        if text is None:
            cure = "copy the text of that file from the claim into the definition"
            remarks.append(unknown(place, f"is in the file {value}.tmpl", cure))
        elif _is_valid(Template, {key: text}):
            taken[str(key)] = text
        else:
            remarks.append(lost(place, "is not text of at most 4000 characters"))
    return taken, tuple(remarks)


def _written_out(value: Any, given: Given) -> Any:
    """Return the text a value stands for; None where it names a file that is not at hand."""
    if not isinstance(value, str) or "{{" in value or "\n" in value:
        return value
    return given.templates.get(value)


def _is_valid(model: type[Parameters] | type[Template], keys: Mapping[str, Any]) -> bool:
    try:
        model.model_validate(keys)
    except ValidationError:
        return False
    return True


_FORM = re.compile(r"[a-z][a-z0-9_]*(:[A-Za-z0-9._+-]+)?")
_FILES = {option: Role(role) for role, option in FILE_OPTIONS.items()}
# What every pool sets by itself, by each name the engine knows it under.
_FIXED = {**FIXED, **{name: FIXED[meant] for name, meant in SYNONYMS.items()}}


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    """What the options of an entry become; `files` are paths below the models folder."""

    kept: tuple[str, ...] = ()
    slots: int | None = None
    pooling: str | None = None
    uses_own_template: bool = False
    files: Mapping[Role, str] = field(default_factory=dict[Role, str])
    remarks: tuple[Remark, ...] = ()


def engine_options(subject: str, options: list[str], engine: Engine | None) -> EngineOptions:
    """Return what the options of an entry become."""
    pairs = [_pair(option) for option in options]
    rest = [option for option, (name, _) in zip(options, pairs, strict=True) if _is_free(name)]
    known = [option for option in rest if _is_known(option, engine)]
    values = dict(pairs)
    return EngineOptions(
        kept=tuple(known),
        slots=_number(values, SLOTS),
        pooling=next((values[name] for name in POOLING if name in values), None),
        uses_own_template=any(values.get(name) in ("", "true") for name in OWN_TEMPLATE),
        files={role: values[name] for name, role in _FILES.items() if values.get(name)},
        remarks=(
            *_fixed(subject, values),
            *(_unknown(subject, option) for option in rest if option not in known),
        ),
    )


def _pair(option: str) -> tuple[str, str]:
    name, _, value = option.partition(":")
    return name.strip(), value.strip()


def _is_free(name: str) -> bool:
    return name not in (*SLOTS, *POOLING, *OWN_TEMPLATE, *_FILES, *_FIXED)


def _is_known(option: str, engine: Engine | None) -> bool:
    names = engine.options if engine else frozenset[str]()
    refused = any(True for _ in refusals(engine.name if engine else "", [option]))
    known = not names or _pair(option)[0] in names
    return bool(_FORM.fullmatch(option)) and known and not refused


def _number(values: Mapping[str, str], names: tuple[str, ...]) -> int | None:
    texts = (values[name] for name in names if name in values)
    return next((int(text) for text in texts if re.fullmatch("[0-9]{1,15}", text)), None)


def _fixed(subject: str, values: Mapping[str, str]) -> Iterator[Remark]:
    for name, ours in _FIXED.items():
        if name in values and values[name] != ours:
            yield changed(f"{subject}, options", f"{name} becomes {ours}, as in every pool")


def _unknown(subject: str, option: str) -> Remark:
    # An option may be a command line of the engine: it is shown up to its name.
    return lost(f"{subject}, options", f"{_pair(option)[0][:60]} is not an option that is checked")
