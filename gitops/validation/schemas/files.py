"""JSON Schemas of stack, model and cluster files, made from the classes that read them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from hardware.profiles import PROFILES
from localai.server import SERVERS
from models.definition import Definition
from models.weights import Weights
from settings.access.network import Network
from settings.cluster import ClusterFile
from settings.config import ENGINE_CONFIG, PROJECT
from settings.file import ENGINE_KEYS
from settings.names import Label, PoolName, Size, SmallSize
from settings.stack.stack import StackSettings

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LABEL = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"

_SIZE = {"type": "string", "title": "size", "pattern": "^[1-9][0-9]*(Mi|Gi|Ti)$"}

Check = Callable[..., object]


def _check(metadata: Iterable[object]) -> Check:
    checks = [one for one in metadata if isinstance(one, AfterValidator | BeforeValidator)]
    return cast("Check", checks[0].func)


def _check_of(field: str) -> Check:
    return _check(Weights.model_fields[field].metadata)


# What a checking function admits, in the words of JSON Schema: pydantic cannot look into it.
_FORMS: Mapping[Check, JsonSchemaValue] = {
    _check(get_args(Label)): {"title": "DNS label", "pattern": _LABEL, "maxLength": 63},
    _check(get_args(PoolName)): {"title": "DNS label", "pattern": _LABEL, "maxLength": 32},
    _check(get_args(Size)): _SIZE,
    _check(get_args(SmallSize)): _SIZE,
    _check(get_args(Network)): {"title": "network", "pattern": "^[0-9a-fA-F.:]+(/[0-9]{1,3})?$"},
    _check_of("url"): {"title": "address", "pattern": r"^https://[^@/?#\s]+(/[^?#\s]*)?$"},
    _check_of("file"): {
        "title": "file name",
        "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]*\.(gguf|GGUF|bin|safetensors)$",
    },
    _check_of("sha256"): {"title": "sha256", "pattern": "^[0-9a-f]{64}$"},
    _check_of("size"): {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 10**13},
            {"type": "string", "title": "estimate", "pattern": r"^about [0-9.]+ (MB|GB)$"},
        ]
    },
}


class _Generator(GenerateJsonSchema):
    """Adds what pydantic cannot see: forms that functions check, and that no file holds a null."""

    def function_after_schema(
        self, schema: core_schema.AfterValidatorFunctionSchema
    ) -> JsonSchemaValue:
        """Return the schema of a value that a function checks once it is read."""
        known = super().function_after_schema(schema)
        return {**known, **_FORMS.get(schema["function"]["function"], {})}

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchemaValue:
        """Return the schema of a value that a function reads."""
        form = _FORMS.get(schema["function"]["function"])
        return dict(form) if form else super().function_before_schema(schema)

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Return the schema of a value that may be absent."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Return the schema of a value with its default, unless that is its absence."""
        known = super().default_schema(schema)
        return {key: value for key, value in known.items() if (key, value) != ("default", None)}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Return the schema of a mapping; a name that is not of its form is refused."""
        known = super().dict_schema(schema)
        for pattern, values in known.pop("patternProperties", {}).items():
            known["propertyNames"] = {**known.get("propertyNames", {}), "pattern": pattern}
            known["additionalProperties"] = values
        return known

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return false: a title that only repeats the key says nothing."""
        del schema
        return False


def stack_schema() -> dict[str, Any]:
    """Return the JSON Schema of a whole Pulumi.<stack>.yaml."""
    schema = _schema(StackSettings)
    classes = schema["$defs"]
    _or_name(schema["properties"]["cluster"])
    _one_of(classes["PoolSettings"]["properties"]["gpu"], PROFILES)
    classes["StackScaling"]["properties"]["gpus"]["propertyNames"] = {"enum": list(PROFILES)}
    _one_of(classes["ServerSettings"]["properties"]["version"], SERVERS)
    config: dict[str, Any] = {
        "type": "object",
        "description": schema["description"],
        "properties": {
            **{f"{PROJECT}:{key}": one for key, one in schema["properties"].items()},
            **{key: {"description": "Read by the engine alone."} for key in ENGINE_CONFIG},
        },
        "required": [f"{PROJECT}:{key}" for key in schema["required"]],
        "additionalProperties": False,
    }
    engine = {
        key: {"type": "string", "pattern": form, "description": "Written by `pulumi`."}
        for key, form in ENGINE_KEYS.items()
    }
    return {
        "$schema": _DIALECT,
        "title": "Pulumi.<stack>.yaml",
        "type": "object",
        "properties": {"config": config, **engine},
        "required": ["config"],
        "additionalProperties": False,
        "$defs": classes,
    }


def model_schema() -> dict[str, Any]:
    """Return the JSON Schema of models/<name>.yaml."""
    schema = _schema(Definition)
    engines = {engine for server in SERVERS.values() for engine in server.engines}
    _one_of(schema["properties"]["backend"], sorted(engines))
    return {"$schema": _DIALECT, **schema, "title": "models/<name>.yaml"}


def cluster_schema() -> dict[str, Any]:
    """Return the JSON Schema of clusters/<name>/cluster.yaml."""
    return {"$schema": _DIALECT, **_schema(ClusterFile), "title": "clusters/<name>/cluster.yaml"}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(schema_generator=_Generator)


def _or_name(field: dict[str, Any]) -> None:
    """Admit a name beside the mapping that it stands for."""
    name = {"type": "string", **_FORMS[_check(get_args(Label))]}
    field["anyOf"] = [name, {"$ref": field.pop("$ref")}]


def _one_of(field: dict[str, Any], values: Iterable[str]) -> None:
    field["enum"] = list(values)
    for key in ("title", "pattern", "maxLength"):
        field.pop(key, None)
