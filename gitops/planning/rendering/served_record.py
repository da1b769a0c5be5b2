"""One served model in a rendering: what a plan compares of it."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import StringConstraints

# A metric, as settings/served.py takes it.
Figure = Annotated[
    str, StringConstraints(pattern=r"^[-+]?[0-9]{1,20}(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})?$")
]


@dataclass(frozen=True, kw_only=True)
class ServedRecord:
    """One served model: its version in the registry, and the bytes and metrics that it has.

    `least` and `most` are pods; `starting` is how many seconds a new one may take.
    """

    name: str
    uri: str
    semver: str
    digest: str
    size: int
    metrics: dict[str, Figure]
    least: int
    most: int
    starting: int = 0
