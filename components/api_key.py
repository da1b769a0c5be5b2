"""The API key of a stack: generated once and kept in the engine's state, or somebody's Secret."""

from dataclasses import dataclass

from lightkube.models.core_v1 import EnvVar, EnvVarSource, Secret, SecretKeySelector

from components.component import Component
from components.context import Context
from components.labels import metadata
from components.part import Options, Part, SecretSource, object_part

GENERATED_NAME = "localai-api-key"
GENERATED_KEY = "api-key"
# 62 symbols each: 48 of them are 285 bits.
_LENGTH = 48


@dataclass(frozen=True, kw_only=True)
class ApiKeyArgs:
    """The stack whose key it is."""

    context: Context


def secret(context: Context) -> Secret:
    """Return the Secret without its value, which only the engine knows."""
    return Secret(metadata=metadata(context, GENERATED_NAME, {}), type="Opaque")


def environment(context: Context) -> EnvVar:
    """Return the variable by which a server reads the key; the value stays in the Secret."""
    reference = context.settings.api_key
    selector = SecretKeySelector(
        name=reference.secret if reference else GENERATED_NAME,
        key=reference.key if reference else GENERATED_KEY,
    )
    return EnvVar(name="LOCALAI_API_KEY", valueFrom=EnvVarSource(secretKeyRef=selector))


def parts(name: str, args: ApiKeyArgs) -> tuple[Part, ...]:
    """Return the generated value and the Secret that holds it."""
    value = Part(
        name=f"{name}-value",
        token="random:index/randomPassword:RandomPassword",
        inputs={"length": _LENGTH, "special": False},
    )
    source = Options(secret=SecretSource(part=value.name, key=GENERATED_KEY))
    return (value, object_part(f"{name}-secret", secret(args.context), source))


class ApiKey(Component[ApiKeyArgs]):
    """A generated API key."""

    token = "localai:components:ApiKey"
    parts = staticmethod(parts)
