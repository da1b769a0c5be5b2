"""Models of a registry, each served by the generic model server."""

import re
from decimal import Decimal
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from documents.names import Label, Size
from documents.quantity import whole_bytes
from documents.validation import contradiction, form
from settings.access.network import Place, asked_host
from settings.base import Settings
from settings.names import Digest, ImageReference, SecretKey
from settings.pool.scaling import Address
from settings.rollout import RolloutSettings

# What MLflow takes for a name, without what a path, a URL or a terminal might read otherwise.
RegisteredName = Annotated[str, form(r"^[A-Za-z0-9][A-Za-z0-9._-]*$", "digits", max_length=100)]
SemanticVersion = Annotated[
    str,
    form(r"^(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2}$", "1.1.0"),
]
MetricKey = Annotated[str, form(r"^[a-z][a-z0-9_]*$", "accuracy", max_length=63)]
# These are shares; any other metric may be any number.
SHARES = ("accuracy", "f1", "precision", "recall")
_FIGURE = re.compile(r"[-+]?[0-9]{1,20}(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})?")
_NO_NUMBER = re.compile(r"[-+]?(s?nan|inf(inity)?)", re.IGNORECASE)
# The server without a model, which takes 75 MB.
_IDLE = 96 * 2**20
_PORTS = {"http": 80, "https": 443}
# A model is one protocol buffer, which holds no more (onnx, docs/ExternalData.md).
_LARGEST = 2 * 2**30


def _figure(value: Any) -> Any:
    """Return a figure as the registry's tag has it: text, since no float is the same everywhere."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return value
    if _NO_NUMBER.fullmatch(value):
        raise contradiction(
            f"is {value}, which no threshold can be held against",
            "measure the version again and register it with a figure",
        )
    if not _FIGURE.fullmatch(value):
        raise contradiction(f"is {value!r:.40}, not a figure", 'write it as "0.985"')
    return value


Figure = Annotated[str, BeforeValidator(_figure), Field(examples=["0.985"])]


class RegistryLogin(Settings):
    """A Secret with a user and a password, as the type kubernetes.io/basic-auth has them."""

    secret: Label = Field(description="Name of the Secret.")
    user: SecretKey = Field(default="username", description="Key of the user in it.")
    password: SecretKey = Field(default="password", description="Key of the password in it.")


class ModelRegistry(Place):
    """Where an MLflow tracking server answers that hands out artifacts itself."""

    url: Annotated[Address, AfterValidator(asked_host)] = Field(description="Its address.")
    login: RegistryLogin | None = Field(
        default=None, description="Secret with a user that may read the model; no login if absent."
    )

    @model_validator(mode="after")
    def _is_encrypted_outside(self) -> Self:
        if self.networks and self.url.startswith("http://"):
            raise contradiction(
                "is called over networks outside of the cluster in plain text",
                "use an https address, or `namespace` in place of `networks`",
            )
        return self

    @property
    def port(self) -> int:
        """Return the port that its address names."""
        parts = urlsplit(self.url)
        return parts.port or _PORTS[parts.scheme]


class ServedReplicas(Settings):
    """How many pods serve a model; an autoscaler moves between the two."""

    min: int = Field(default=1, ge=1, le=100, description="Pods that always run.")
    max: int = Field(default=1, ge=1, le=100, description="Pods that ever run.")

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if self.min > self.max:
            raise contradiction(
                f"goes from {self.min} to {self.max}, which is less", "raise max or lower min"
            )
        return self


class ServedVersion(Settings):
    """One version of one registered model, and the image that serves it; a release holds it."""

    model: RegisteredName | None = Field(
        default=None, description="Name in the registry; that of this entry if absent."
    )
    version: int = Field(ge=1, le=1_000_000, description="Its number in the registry.")
    semver: SemanticVersion = Field(description="Its semantic version, as its tag says.")
    digest: Digest = Field(description="SHA-256 of the ONNX file; any other is refused.")
    size: int = Field(ge=1, le=_LARGEST, description="Exact bytes of the ONNX file.")
    file: Annotated[
        str, form(r"^[A-Za-z0-9][A-Za-z0-9_-]*\.onnx$", "model.onnx", max_length=100)
    ] = Field(default="model.onnx", description="Name of the ONNX file in the artifact.")
    metrics: dict[MetricKey, Figure] = Field(
        default_factory=dict[str, str],
        max_length=50,
        description="Metrics as the version's tags say them, quoted; plans show them.",
    )
    image: ImageReference = Field(
        description="Image made from package/predict/Dockerfile; `digests` can pin it."
    )

    @model_validator(mode="after")
    def _metrics_are_shares(self) -> Self:
        for name in SHARES:
            if (said := self.metrics.get(name)) and not 0 <= Decimal(said) <= 1:
                raise contradiction(f"has {name} {said}, which is a share", "use 0 to 1")
        return self


class ServedModel(ServedVersion):
    """One version of one registered model; what is not these bytes is never served."""

    replicas: ServedReplicas = Field(
        default_factory=ServedReplicas, description="How many pods serve it; one if absent."
    )
    cpu: int = Field(default=1, ge=1, le=64, description="Whole cores of a pod.")
    memory: Size = Field(default="512Mi", description="Memory of a pod.")
    registry: ModelRegistry | None = Field(
        default=None, description="Where the registry answers; the stack's own if absent."
    )
    rollout: RolloutSettings | None = Field(
        default=None,
        description="How a new version takes over; pod by pod, and not judged, if absent.",
    )

    @model_validator(mode="after")
    def _is_rolled_out(self) -> Self:
        if self.rollout is None:
            return self
        self.rollout.held(self.replicas.min)
        if "accuracy" in self.metrics and self.rollout.accuracy is None:
            raise contradiction(
                f"says that its accuracy is {self.metrics['accuracy']}, and its rollout measures "
                "none",
                "add `accuracy: {samples: {configMap: …}}` to its rollout",
            )
        return self

    @model_validator(mode="after")
    def _fits_in_memory(self) -> Self:
        least = 2 * self.size + _IDLE
        if whole_bytes(self.memory) < least:
            raise contradiction(
                f"has {self.memory} of memory for {self.size} bytes, which are there at least "
                "twice while they are loaded",
                f"use {-(-least // 2**20)}Mi or more",
            )
        return self

    def proven(self, name: str) -> ServedVersion:
        """Return what a release holds of it, under the name that it has in its stack."""
        fields = self.model_dump(include=set(ServedVersion.model_fields))
        return ServedVersion.model_validate({**fields, "model": self.model or name})
