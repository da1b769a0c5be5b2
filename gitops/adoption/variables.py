"""How a server was told what to do: environment and arguments; a value in a Secret stays there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitops.adoption.running import Manifest, mapping, mappings

_PREFIX = "LOCALAI_"
# The names that the documentation of earlier versions used beside those with the prefix.
_EARLIER = {"LOCALAI_API_KEY": ("API_KEY", "LOCALAI_API_KEYS", "API_KEYS")}


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """A key of a Secret, by name; what it holds is not read."""

    secret: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Variables:
    """The variables of a container: text or a key of a Secret, and what cannot be looked into."""

    values: Mapping[str, str | SecretKey]
    sealed: tuple[str, ...]
    models: tuple[str, ...]

    def text(self, name: str) -> str | None:
        """Return the text of a variable with the prefix `LOCALAI_`, or of its earlier name."""
        for one in spellings(name):
            found = self.values.get(one)
            if isinstance(found, str) and found.strip():
                return found.strip()
        return None

    def number(self, name: str) -> int | None:
        """Return the whole number in a variable."""
        text = self.text(name) or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None

    def reference(self, name: str) -> SecretKey | None:
        """Return the key of a Secret that fills a variable."""
        found = (self.values.get(one) for one in spellings(name))
        return next((one for one in found if isinstance(one, SecretKey)), None)

    def is_on(self, name: str) -> bool:
        """Return whether a switch is on."""
        return (self.text(name) or "").lower() in ("1", "true", "yes", "on")


def spellings(name: str) -> tuple[str, ...]:
    """Return every name of a variable that a server reads."""
    return (name, name.removeprefix(_PREFIX), *_EARLIER.get(name, ()))


def variables(container: Manifest, config_maps: Mapping[str, Manifest]) -> Variables:
    """Return what a container was told."""
    flags, models = _arguments(container)
    values: dict[str, str | SecretKey] = {}
    sealed: list[str] = []
    for source in mappings(container.get("envFrom")):
        values |= _config_map_values(source, config_maps)
        if "secretRef" in source:
            sealed.append(str(mapping(source["secretRef"]).get("name", "")))
    for variable in mappings(container.get("env")):
        values |= dict(_variable(variable, config_maps))
    return Variables(values={**values, **flags}, sealed=tuple(sealed), models=models)


def _variable(
    variable: Manifest, config_maps: Mapping[str, Manifest]
) -> Iterator[tuple[str, str | SecretKey]]:
    name, source = str(variable.get("name", "")), mapping(variable.get("valueFrom"))
    secret, config = mapping(source.get("secretKeyRef")), mapping(source.get("configMapKeyRef"))
    if secret:
        yield name, SecretKey(secret=str(secret.get("name")), key=str(secret.get("key")))
    elif config:
        data = mapping(config_maps.get(str(config.get("name")), {}).get("data"))
        yield name, str(data.get(str(config.get("key")), ""))
    elif not source:
        yield name, str(variable.get("value") or "")


def _config_map_values(source: Manifest, config_maps: Mapping[str, Manifest]) -> dict[str, str]:
    name = str(mapping(source.get("configMapRef")).get("name", ""))
    data = mapping(config_maps.get(name, {}).get("data"))
    prefix = str(source.get("prefix") or "")
    return {f"{prefix}{key}": str(value) for key, value in data.items()}


def _arguments(container: Manifest) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the flags as the variables they stand for, and the models named beside them."""
    words: list[Any] = [*(container.get("args") or [])]
    flags: dict[str, str] = {}
    models: list[str] = []
    while words:
        word = str(words.pop(0))
        name, has_value, value = word.partition("=")
        if not word.startswith("--"):
            models.append(word)
        elif has_value:
            flags[_name_of(name)] = value
        elif words and not str(words[0]).startswith("-"):
            flags[_name_of(name)] = str(words.pop(0))
        else:
            flags[_name_of(name)] = "true"
    return flags, tuple(one for one in models if one not in ("run", "/local-ai", "local-ai"))


def _name_of(flag: str) -> str:
    return _PREFIX + flag.removeprefix("--").replace("-", "_").upper()
