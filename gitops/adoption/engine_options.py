"""The `options:` of a model entry: those a definition has keys for, those it passes on."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gitops.adoption.remark import Remark, changed, lost
from localai.engine import Engine
from models.definition import Role
from models.options import refusals

_FORM = re.compile(r"[a-z][a-z0-9_]*(:[A-Za-z0-9._+-]+)?")
_SLOTS = ("parallel", "n_parallel")
_POOLING = ("pooling", "pooling_type")
_TEMPLATES = ("use_jinja", "jinja")
_FILES = {
    "vae_path": Role.VAE,
    "clip_l_path": Role.CLIP_L,
    "clip_g_path": Role.CLIP_G,
    "t5xxl_path": Role.T5XXL,
    "llm_path": Role.LLM,
}
# What every pool sets by itself, by each name the engine knows it under.
_FIXED = {
    "fit_params": "false",
    "kv_unified": "true",
    "unified_kv": "true",
    "cache_reuse": "256",
    "n_cache_reuse": "256",
}


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
        slots=_number(values, _SLOTS),
        pooling=next((values[name] for name in _POOLING if name in values), None),
        uses_own_template=any(values.get(name) in ("", "true") for name in _TEMPLATES),
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
    return name not in (*_SLOTS, *_POOLING, *_TEMPLATES, *_FILES, *_FIXED)


def _is_known(option: str, engine: Engine | None) -> bool:
    names = engine.options if engine else frozenset[str]()
    refused = any(True for _ in refusals(engine.name if engine else "", [option]))
    known = not names or _pair(option)[0] in names
    return bool(_FORM.fullmatch(option)) and known and not refused


def _number(values: Mapping[str, str], names: tuple[str, ...]) -> int | None:
    texts = (values[name] for name in names if name in values)
    return next((int(text) for text in texts if text.isascii() and text.isdigit()), None)


def _fixed(subject: str, values: Mapping[str, str]) -> Iterator[Remark]:
    for name, ours in _FIXED.items():
        if name in values and values[name] != ours:
            yield changed(f"{subject}, options", f"{name} becomes {ours}, as in every pool")


def _unknown(subject: str, option: str) -> Remark:
    # An option may be a command line of the engine: it is shown up to its name.
    return lost(f"{subject}, options", f"{_pair(option)[0][:60]} is no option that we check")
