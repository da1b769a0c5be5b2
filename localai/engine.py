"""An engine: a program that runs models, published as an image per accelerator."""

from collections.abc import Mapping
from dataclasses import dataclass

from localai.accelerator import Accelerator


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One engine of one server version.

    `variants` are the accelerators it is built for, each with that part of the image tag (empty
    where the tag names none). `options` are the names its `options:` list understands; empty where
    they were not looked up.
    """

    name: str
    variants: Mapping[Accelerator, str]
    source: str
    options: frozenset[str] = frozenset()
    options_source: str = ""
