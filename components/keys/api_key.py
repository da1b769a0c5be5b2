"""The API keys of a stack: generated once, from External Secrets, or in a Secret of others.

Servers accept one key, or two while keys rotate; callers use one.
"""

from collections.abc import Iterator, Mapping

from lightkube.models.core_v1 import EnvVar, SecretKeySelector

from components.engine.component import Component, Output
from components.engine.declaration import Declaration, declare
from components.parts.builders import (
    CustomResource,
    generated_parts,
    generated_secret,
    secret_variable,
)
from components.parts.context import Context
from components.parts.labels import common, content_name
from components.parts.part import Part, content_part
from settings.keys import GENERATED, ApiKeySettings, ExternalKey, KeySource, place

_NAME = "api-key"
GENERATED_NAME = "localai-api-key"
GENERATED_KEY = "api-key"
_VARIABLE = "LOCALAI_API_KEY"
# Kubernetes expands these in the value of a variable that comes after them.
_SOURCES = ("FIRST_API_KEY", "SECOND_API_KEY")


def declared(context: Context) -> ApiKeySettings:
    """Return what a stack says of its keys; one is generated where it says nothing."""
    return context.settings.api_key or GENERATED


def accepted(context: Context) -> tuple[KeySource, ...]:
    """Return the keys that servers accept, in one order whichever of them callers use."""
    known = declared(context)
    sources = (known, known.also) if known.also else (known,)
    return tuple(sorted(sources, key=place))


def ours(context: Context) -> bool:
    """Return whether a stack declares objects for its keys."""
    return any(source.secret is None for source in accepted(context))


def selector(source: KeySource) -> SecretKeySelector:
    """Return the key of a Secret that holds, or will hold, an API key."""
    if source.secret and source.key:
        return SecretKeySelector(name=source.secret, key=source.key)
    return SecretKeySelector(name=_secret_name(source), key=GENERATED_KEY)


def caller(context: Context) -> SecretKeySelector:
    """Return the key that everything of ours uses which calls a server."""
    return selector(declared(context))


def variables(context: Context) -> list[EnvVar]:
    """Return the variables by which a server reads its keys; the values stay in their Secrets.

    The server takes a list with commas (core/cli/run.go: a list option of kong). A restart reads
    it anew, so callers that move from one key to the other change nothing here.

    One key has the same form as two: `value` and `valueFrom` exclude each other, and a preview
    refuses a variable that goes from one to the other (docs/decisions/0002-ownership.md).
    """
    sources = dict(zip(_SOURCES, accepted(context), strict=False))
    joined = ",".join(f"$({name})" for name in sources)
    return [
        *(secret_variable(name, selector(one)) for name, one in sources.items()),
        EnvVar(name=_VARIABLE, value=joined),
    ]


def _parts(name: str, context: Context, source: KeySource) -> tuple[Part, ...]:
    if source.secret:
        return ()
    if source.external:
        found = external_secret(context, _secret_name(source), GENERATED_KEY, source.external)
        return (content_part(f"{name}-external", found),)
    turn = f"-{source.generated}" if source.generated else ""
    held = generated_secret(context, _secret_name(source))
    return generated_parts(name, held, GENERATED_KEY, turn)


def _secret_name(source: KeySource) -> str:
    if source.external:
        return content_name(GENERATED_NAME, list(place(source)))
    return f"{GENERATED_NAME}-{source.generated}" if source.generated else GENERATED_NAME


class ApiKey(Component[Context]):
    """The API keys that a stack makes up or has brought in."""

    token = "localai:components:ApiKey"
    secret: Output[str]

    @staticmethod
    def parts(name: str, context: Context) -> tuple[Part, ...]:
        """Return each generated value with the Secret that holds it, and each ExternalSecret."""
        return tuple(part for source in accepted(context) for part in _parts(name, context, source))

    @staticmethod
    def outputs(context: Context) -> Mapping[str, str | None]:
        """Return the name of the Secret with the key that callers use."""
        return {"secret": caller(context).name}


def components(context: Context) -> Iterator[Declaration]:
    """Yield the keys, where a stack declares objects for them."""
    for name in names(context):
        yield declare(ApiKey, name, context)


def names(context: Context) -> tuple[str, ...]:
    """Return the components that everything waits for which reads a key."""
    return (_NAME,) if ours(context) else ()


def external_secret(context: Context, name: str, key: str, source: ExternalKey) -> CustomResource:
    """Return the ExternalSecret that fills one key of a Secret of its own name."""
    # The defaults are written out: what the API server fills in is a difference to Argo CD.
    found = {
        "key": source.remote_key,
        **({"property": source.property} if source.property else {}),
        "conversionStrategy": "Default",
        "decodingStrategy": "None",
        "metadataPolicy": "None",
    }
    return CustomResource(
        api_version="external-secrets.io/v1",
        kind="ExternalSecret",
        metadata={
            "name": name,
            "namespace": context.settings.namespace,
            "labels": common(context),
        },
        spec={
            "secretStoreRef": {"name": source.store.name, "kind": source.store.kind.value},
            "refreshInterval": source.refresh_interval,
            # It owns the Secret: no other controller writes into it, and it is deleted with it.
            "target": {"name": name, "creationPolicy": "Owner", "deletionPolicy": "Retain"},
            "data": [{"secretKey": key, "remoteRef": found}],
        },
    )
