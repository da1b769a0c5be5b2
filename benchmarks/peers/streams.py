"""Reads the streams of all contenders, and says which objects are in them."""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml


def objects_in(stream: Path) -> list[dict[str, Any]]:
    """Return the objects of a stream."""
    with stream.open(encoding="utf-8") as text:
        return [one for one in yaml.load_all(text, Loader=yaml.CSafeLoader) if one]


def digest(objects: list[dict[str, Any]]) -> str:
    """Return the sha256 of a set of objects, whatever their order and that of their keys."""
    lines = sorted(json.dumps(one, sort_keys=True) for one in objects)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
