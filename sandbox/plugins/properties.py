"""Pulumi property values: between the engine's protobuf structs and plain Python values.

The two signatures and the placeholder of an unknown value are fixed by the engine's wire format.
"""

from dataclasses import dataclass
from typing import Any, Final, cast

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value

Properties = dict[str, Any]

UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A value that must stay encrypted in the state and hidden on the screen."""

    value: Any


@dataclass(frozen=True)
class Unknown:
    """A value that is only known after another resource was created."""


UNKNOWN: Final = Unknown()


def from_struct(struct: Struct) -> Properties:
    """Return the properties of a struct, without the keys whose value is null."""
    values = {key: from_value(value) for key, value in struct.fields.items()}
    return {key: value for key, value in values.items() if value is not None}


def from_value(value: Value) -> Any:
    """Return one protobuf value as a Python value; whole numbers become int."""
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [from_value(item) for item in value.list_value.values]
        case "struct_value":
            return _from_mapping(from_struct(value.struct_value))
        case _:
            return None


def _from_mapping(mapping: Properties) -> Any:
    match mapping.get(SIGNATURE):
        case str() as mark if mark == SECRET:
            return Secret(value=mapping.get("value"))
        case str() as mark if mark == OUTPUT:
            value = mapping.get("value", UNKNOWN)
            return Secret(value=value) if mapping.get("secret") else value
        case _:
            return mapping


def to_struct(properties: Properties) -> Struct:
    """Return properties as a struct, with secrets and unknown values marked."""
    return Struct(fields={key: to_value(value) for key, value in properties.items()})


def to_value(value: Any) -> Value:
    """Return one Python value as a protobuf value."""
    match value:
        case None:
            return Value(null_value=NULL_VALUE)
        case bool():
            return Value(bool_value=value)
        case int() | float():
            return Value(number_value=value)
        case str():
            return Value(string_value=value)
        case Unknown():
            return Value(string_value=UNKNOWN_TEXT)
        case Secret():
            return Value(struct_value=to_struct({SIGNATURE: SECRET, "value": value.value}))
        case list():
            items = cast("list[Any]", value)
            return Value(list_value=ListValue(values=[to_value(item) for item in items]))
        case _:
            return Value(struct_value=to_struct(cast("Properties", value)))


def plain(value: Any) -> Any:
    """Return a deep copy of a value with every secret replaced by what it holds."""
    match value:
        case Secret():
            return plain(value.value)
        case dict():
            return {key: plain(item) for key, item in cast("Properties", value).items()}
        case list():
            return [plain(item) for item in cast("list[Any]", value)]
        case _:
            return value


def holds(value: Any, kind: type[Secret] | type[Unknown]) -> bool:
    """Whether a value is, or holds at any depth, a secret or an unknown value."""
    match value:
        case _ if isinstance(value, kind):
            return True
        case Secret():
            return holds(value.value, kind)
        case dict():
            return any(holds(item, kind) for item in cast("Properties", value).values())
        case list():
            return any(holds(item, kind) for item in cast("list[Any]", value))
        case _:
            return False


def marked(values: Properties, source: Properties) -> Properties:
    """Return plain values with those marked secret that are secret in the source.

    A list with one secret element is secret as a whole, since its order may change. The data of a
    Kubernetes Secret is always secret.
    """
    if values.get("kind") == "Secret":
        hidden = {"data", "stringData"}
        return {k: Secret(value=v) if k in hidden else v for k, v in values.items()}
    return {key: _marked(value, source.get(key)) for key, value in values.items()}


def _marked(value: Any, source: Any) -> Any:
    if isinstance(value, dict) and isinstance(source, dict):
        return marked(cast("Properties", value), cast("Properties", source))
    return cast("Any", Secret(value=value) if holds(source, Secret) else value)
