"""The API key of a stack: where it comes from, and a second one while keys rotate."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from documents.names import Label
from documents.validation import contradiction, form
from settings.base import Settings
from settings.names import SecretKey

# A Go duration of one unit, which is all that a person writes.
Interval = Annotated[
    str, form(r"^[1-9][0-9]{0,4}(s|m|h)$", "1h", "a number of seconds, minutes or hours")
]
_Text = Annotated[str, form(r"^[!-~]+$", "ai/localai", min_length=1, max_length=1024)]


class StoreKind(StrEnum):
    """Whose store it is: the namespace's, or the cluster's."""

    NAMESPACE = "SecretStore"
    CLUSTER = "ClusterSecretStore"


class SecretStore(Settings):
    """A store that External Secrets reads; whoever runs the cluster declares it."""

    name: Label = Field(description="Name of the store.")
    kind: StoreKind = Field(default=StoreKind.NAMESPACE, strict=False, description="Its kind.")


class ExternalKey(Settings):
    """A key in a store outside of the cluster, which External Secrets brings in."""

    store: SecretStore = Field(description="Where it is kept.")
    remote_key: _Text = Field(description="Name of the entry in the store.")
    property: _Text | None = Field(
        default=None, description="Field of the entry; the whole entry if absent."
    )
    refresh_interval: Interval = Field(
        default="1h", description="How often the store is read again; pods see it when they start."
    )


class KeySource(Settings):
    """Where one API key comes from: a Secret, External Secrets, or this program."""

    secret: Label | None = Field(default=None, description="Name of a Secret that exists already.")
    key: SecretKey | None = Field(default=None, description="Key in that Secret.")
    external: ExternalKey | None = Field(
        default=None, description="An entry that External Secrets brings in."
    )
    generated: int | None = Field(
        default=None, ge=0, le=9999, description="Revision of the generated key; 0 at first."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.secret is None) != (self.key is None):
            missing = "key" if self.key is None else "secret"
            raise contradiction("names half of a Secret's key", f"add `{missing}`")
        sources = [self.secret, self.external, self.generated]
        if len(sources) - sources.count(None) != 1:
            raise contradiction(
                "needs exactly one source",
                "use `secret` and `key`, or `external`, or `generated`",
            )
        return self


class ApiKeySettings(KeySource):
    """The key that callers use, and while keys rotate the other one that servers accept."""

    also: KeySource | None = Field(
        default=None, description="A second key that servers accept while callers move to another."
    )
    revoke: bool = Field(
        default=False,
        description="Let a change drop a key that callers still use, such as one that leaked.",
    )

    @model_validator(mode="after")
    def _two_keys(self) -> Self:
        if self.also and place(self.also) == place(self):
            raise contradiction("gives one key twice", "delete `also`, or name another key")
        return self


def place(source: KeySource) -> tuple[str, ...]:
    """Return what makes a key one and the same, however often it is refreshed."""
    if source.secret and source.key:
        return ("secret", source.secret, source.key)
    if source.external:
        one = source.external
        return ("external", one.store.kind, one.store.name, one.remote_key, one.property or "")
    return ("generated", str(source.generated or 0))


# What a stack that says nothing of keys has.
GENERATED = ApiKeySettings(generated=0)
