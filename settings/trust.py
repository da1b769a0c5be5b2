"""Certificate authorities that downloads trust beside the public ones."""

from pydantic import Field

from settings.names import Label, SecretKey
from settings.settings import Settings


class TrustSettings(Settings):
    """A bundle of certificates in a ConfigMap that somebody else keeps."""

    config_map: Label = Field(description="Name of the ConfigMap in the stack's namespace.")
    key: SecretKey = Field(default="ca.crt", description="Key in it: certificates in PEM form.")
