"""JSON Schemas of stack, model, GPU and cluster files, made from the classes that read them."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from documents.names import LABEL, SIZE, Label, Size, SmallSize
from fetch.weight_set import DIGEST, LARGEST, MAGIC, NAME
from gitops.acceptance.suite import Suite
from gitops.validation.known_issues import IDS
from gitops.validation.rules.rulebook import WAIVABLE
from hardware.declared import GpuKeys
from hardware.profiles import PROFILES
from localai.server import SERVERS
from models.address import ADDRESS, IMAGE
from models.definition import Definition
from models.weights import ABOUT, Weights
from settings.access.network import CallerNetwork, Network
from settings.cluster import ClusterFile
from settings.config import ENGINE_CONFIG, PROJECT
from settings.file import ENGINE_KEYS
from settings.names import LONGEST_NAME, MARKS, ClientName, PoolName
from settings.release import ReleaseFile
from settings.stack.stack import StackSettings
from settings.stack.waivers import DAY, WaiverSettings

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# A name of its own: no host serves it, and an editor that was given the file needs none.
_ID = "urn:localai-gitops:schema:"
# What the models of the hub come with most; any other identifier is as good.
_LICENSES = (
    "AGPL-3.0-only", "Apache-2.0", "BSD-3-Clause", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0",
    "CC-BY-SA-4.0", "CC0-1.0", "GPL-3.0-only", "MIT", "LicenseRef-CreativeML-OpenRAIL-M",
    "LicenseRef-gemma", "LicenseRef-llama3.1", "LicenseRef-llama3.2", "LicenseRef-llama3.3",
    "LicenseRef-unknown",
)  # fmt: skip


def _whole(*forms: re.Pattern[str], first: str = "") -> str:
    """Return the forms that a reader matches, as an expression of JSON Schema."""
    plain = [form.pattern.removesuffix(r"\Z") for form in forms]
    known = plain[0] if len(plain) == 1 else f"({'|'.join(plain)})"
    return f"^{first}{known}$"


_LABEL = _whole(LABEL)
# Letters of every script are what is no mark of ASCII: JSON Schema has no word for them.
_ASCII_LETTERS, _BEYOND = "0-9A-Za-z", "\\u00a1-\U0010ffff"
_CLIENT_NAME = (
    rf"^(?!.*(\.\.|//))[{_ASCII_LETTERS}{_BEYOND}]"
    rf"([{_ASCII_LETTERS}{_BEYOND}{re.escape(MARKS)}]*[{_ASCII_LETTERS}{_BEYOND}])?$"
)
_SIZE = {"type": "string", "title": "size", "pattern": _whole(SIZE)}
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_TYPES = "|".join(ending.removeprefix(".") for ending in MAGIC)

Check = Callable[..., object]


def _check(metadata: Iterable[object]) -> Check:
    checks = [one for one in metadata if isinstance(one, AfterValidator | BeforeValidator)]
    return cast("Check", checks[0].func)


def _check_of(field: str) -> Check:
    return _check(Weights.model_fields[field].metadata)


_NETWORK = {
    "title": "network",
    # Of an address of version 6, only its signs.
    "pattern": rf"^({_OCTET}(\.{_OCTET}){{3}}(/0?(3[0-2]|[12]?[0-9])|/{_OCTET}(\.{_OCTET}){{3}})?"
    r"|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(%[^/%]+)?(/[0-9]{1,3})?)$",
}
# What a checking function admits, in the words of JSON Schema: pydantic cannot look into it.
_FORMS: Mapping[Check, JsonSchemaValue] = {
    _check(get_args(Label)): {"title": "DNS label", "pattern": _LABEL, "maxLength": 63},
    _check(get_args(PoolName)): {"title": "DNS label", "pattern": _LABEL, "maxLength": 32},
    _check(get_args(ClientName)): {
        "title": "name", "pattern": _CLIENT_NAME, "maxLength": LONGEST_NAME,
    },
    _check(get_args(Size)): _SIZE,
    _check(get_args(SmallSize)): _SIZE,
    _check(get_args(Network)): _NETWORK,
    _check(get_args(CallerNetwork)): _NETWORK,
    _check_of("url"): {
        "title": "address", "pattern": _whole(ADDRESS, IMAGE, first="(?!.*[?#])"),
    },
    _check_of("file"): {
        "title": "file name", "pattern": _whole(NAME, first=rf"(?=.*\.({_TYPES})$)"),
    },
    _check_of("sha256"): {"title": "sha256", "pattern": _whole(DIGEST)},
    _check(WaiverSettings.model_fields["until"].metadata): {
        "type": "string", "title": "date", "pattern": _whole(DAY),
    },
    _check_of("size"): {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": LARGEST},
            {"type": "string", "title": "estimate", "pattern": _whole(ABOUT)},
        ]
    },
}  # fmt: skip


def forms() -> Mapping[Check, JsonSchemaValue]:
    """Return what each function that checks a scalar admits, in the words of JSON Schema."""
    return _FORMS


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


def stack_schema(models: Iterable[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema of a whole Pulumi.<stack>.yaml; the names of models are proposed."""
    schema = _schema(StackSettings)
    classes = schema["$defs"]
    _or_name(schema["properties"]["cluster"])
    _proposed(classes["PoolSettings"]["properties"]["gpu"], PROFILES)
    _proposed(classes["StackScaling"]["properties"]["gpus"]["propertyNames"], PROFILES)
    _one_of(classes["ServerSettings"]["properties"]["version"], SERVERS)
    _one_of(classes["WaiverSettings"]["properties"]["rule"], sorted(WAIVABLE | IDS), "rule")
    pool = classes["PoolSettings"]["properties"]
    for name in (pool["models"]["items"], pool["aliases"]["additionalProperties"]):
        _proposed(name, models)
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
        "$id": f"{_ID}stack",
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
    _proposed(schema["properties"]["license"], _LICENSES)
    return {"$schema": _DIALECT, "$id": f"{_ID}model", **schema, "title": "models/<name>.yaml"}


def gpu_schema() -> dict[str, Any]:
    """Return the JSON Schema of gpus/<name>.yaml."""
    head = {"$schema": _DIALECT, "$id": f"{_ID}gpu"}
    return {**head, **_schema(GpuKeys), "title": "gpus/<name>.yaml"}


def cluster_schema() -> dict[str, Any]:
    """Return the JSON Schema of clusters/<name>/cluster.yaml."""
    head = {"$schema": _DIALECT, "$id": f"{_ID}cluster"}
    return {**head, **_schema(ClusterFile), "title": "clusters/<name>/cluster.yaml"}


def release_schema() -> dict[str, Any]:
    """Return the JSON Schema of releases/<stack>.yaml."""
    head = {"$schema": _DIALECT, "$id": f"{_ID}release"}
    return {**head, **_schema(ReleaseFile), "title": "releases/<stack>.yaml"}


def evaluation_schema() -> dict[str, Any]:
    """Return the JSON Schema of evaluations/<name>.yaml."""
    head = {"$schema": _DIALECT, "$id": f"{_ID}evaluation"}
    return {**head, **_schema(Suite), "title": "evaluations/<name>.yaml"}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(schema_generator=_Generator)


def _or_name(field: dict[str, Any]) -> None:
    """Admit a name beside the mapping that it stands for."""
    name = {"type": "string", **_FORMS[_check(get_args(Label))]}
    field["anyOf"] = [name, {"$ref": field.pop("$ref")}]


def _proposed(field: dict[str, Any], values: Iterable[str]) -> None:
    """Let an editor propose values, and take any other of the form."""
    if known := list(values):
        keys = ("type", "pattern", "maxLength")
        form = {key: field.pop(key) for key in keys if key in field}
        field["anyOf"] = [{"enum": known}, form]


def _one_of(field: dict[str, Any], values: Iterable[str], title: str = "") -> None:
    field["enum"] = list(values)
    for key in ("title", "pattern", "maxLength"):
        field.pop(key, None)
    if title:
        field["title"] = title
