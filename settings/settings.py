"""The base of every class in a stack file: camelCase keys, as in the manifests they become."""

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from documents.validation import Strict


class Settings(Strict):
    """A frozen part of a stack file."""

    model_config = ConfigDict(alias_generator=to_camel)
