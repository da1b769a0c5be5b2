"""The `parameters:` and `template:` of a model entry, key by key."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from gitops.adoption.given import Given
from gitops.adoption.remark import Remark, changed, lost, unknown
from gitops.adoption.running import mapping
from models.definition import Kind, Template
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
            remarks.append(lost(place, "is no text of at most 4000 characters"))
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
