"""What a validator found, in words; values are never repeated."""

from collections.abc import Iterator
from typing import Any


def sentences(error: Any) -> Iterator[str]:
    """Yield `field: cause` for an error; for several fields that are unknown, one each."""
    unknown = getattr(error.kind, "unexpected", ())
    for field in unknown:
        yield f"{_place([*error.instance_path, field])}: unknown field"
    if not unknown:
        yield f"{_place(error.instance_path)}: {error.message}"


def _place(path: list[str | int]) -> str:
    return ".".join(str(step) for step in path) or "the object"
