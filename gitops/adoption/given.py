"""What a model entry is read with: the server's variables, its templates, and known facts."""

from collections.abc import Mapping
from dataclasses import dataclass

from gitops.adoption.facts import Facts
from gitops.adoption.variables import Variables
from localai.server import Server


@dataclass(frozen=True, kw_only=True)
class Given:
    """The surroundings of the entries of one workload.

    `templates` are prompt templates by name, `fetched` the addresses of files that something else
    than LocalAI fetches, and `origin` says where the model was found.
    """

    server: Server
    variables: Variables
    templates: Mapping[str, str]
    fetched: Mapping[str, str]
    facts: Facts
    has_gpu: bool
    cpu: int
    origin: str
