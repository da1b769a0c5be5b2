"""The API keys of a stack: made up once, brought in by External Secrets, or in somebody's Secret.

Servers accept one key, or two while keys rotate; callers use one.
"""

from dataclasses import dataclass
from itertools import starmap

from lightkube.models.core_v1 import EnvVar, EnvVarSource, Secret, SecretKeySelector

from components.engine.component import Component
from components.keys.external_secret import external_secret
from components.parts.context import Context
from components.parts.labels import content_name, metadata
from components.parts.part import Options, Part, SecretSource, content_part, object_part
from settings.keys import GENERATED, ApiKeySettings, KeySource, place

GENERATED_NAME = "localai-api-key"
GENERATED_KEY = "api-key"
_VARIABLE = "LOCALAI_API_KEY"
# Kubernetes expands these in the value of a variable that comes after them.
_SOURCES = ("FIRST_API_KEY", "SECOND_API_KEY")
# 62 symbols each: 48 of them are 285 bits.
_LENGTH = 48


@dataclass(frozen=True, kw_only=True)
class ApiKeyArgs:
    """The stack whose keys they are."""

    context: Context


def declared(context: Context) -> ApiKeySettings:
    """Return what a stack says of its keys; one is made up where it says nothing."""
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
    return [*starmap(_from_secret, sources.items()), EnvVar(name=_VARIABLE, value=joined)]


def _from_secret(name: str, source: KeySource) -> EnvVar:
    return EnvVar(name=name, valueFrom=EnvVarSource(secretKeyRef=selector(source)))


def secret(context: Context, name: str = GENERATED_NAME) -> Secret:
    """Return a Secret without its value, which only the engine knows."""
    return Secret(metadata=metadata(context, name, {}), type="Opaque")


def parts(name: str, args: ApiKeyArgs) -> tuple[Part, ...]:
    """Return each generated value with the Secret that holds it, and each ExternalSecret."""
    return tuple(
        part for source in accepted(args.context) for part in _parts(name, args.context, source)
    )


def _parts(name: str, context: Context, source: KeySource) -> tuple[Part, ...]:
    if source.secret:
        return ()
    if source.external:
        found = external_secret(context, _secret_name(source), GENERATED_KEY, source.external)
        return (content_part(f"{name}-external", found),)
    turn = f"-{source.generated}" if source.generated else ""
    value = Part(
        name=f"{name}-value{turn}",
        token="random:index/randomPassword:RandomPassword",
        inputs={"length": _LENGTH, "special": False},
    )
    holder = Options(secret=SecretSource(part=value.name, key=GENERATED_KEY))
    return (
        value,
        object_part(f"{name}-secret{turn}", secret(context, _secret_name(source)), holder),
    )


def _secret_name(source: KeySource) -> str:
    if source.external:
        return content_name(GENERATED_NAME, list(place(source)))
    return f"{GENERATED_NAME}-{source.generated}" if source.generated else GENERATED_NAME


class ApiKey(Component[ApiKeyArgs]):
    """The API keys that a stack makes up or has brought in."""

    token = "localai:components:ApiKey"
    parts = staticmethod(parts)
