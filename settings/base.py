"""The base of every class in a stack file: camelCase keys, as in the manifests they become."""

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from documents.validation import Strict


class Settings(Strict):
    """A frozen part of a stack file."""

    model_config = ConfigDict(alias_generator=to_camel)


FOLLOWS_THE_ANSWER = (
    "is not a key here: every wait follows the longest answer",
    "delete it, and set `longestAnswer` under localai:server",
)
FOLLOWS_THE_SERVER = (
    "is not a key here: servers refuse what is larger than their own limit",
    "delete it, and set `bodySize` under localai:server",
)
