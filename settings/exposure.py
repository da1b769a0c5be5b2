"""How a stack is reached from outside of the cluster, if at all."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from documents.names import Label, LabelKey, label
from documents.validation import Moved, Said, contradiction, contradictions, form
from settings.access.network import CallerNetwork
from settings.base import FOLLOWS_THE_ANSWER, FOLLOWS_THE_SERVER, Settings
from settings.names import PoolName

_LONGEST_HOST = 253


def _host(text: str) -> str:
    # A wildcard would take requests for names of other owners.
    if len(text) > _LONGEST_HOST or "." not in text:
        raise contradiction(f"{text!r:.80} is not a host name", "write it as ai.example.com")
    for part in text.split("."):
        label(part)
    return text


Host = Annotated[str, AfterValidator(_host), Field(examples=["ai.example.com"])]
Path = Annotated[str, form(r"^/([a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*)?$", "/ai")]
_Annotation = Annotated[str, Field(max_length=4096)]


class ExposureKind(StrEnum):
    """Through what a stack is reached."""

    CLUSTER = "cluster"
    LOAD_BALANCER = "loadBalancer"
    INGRESS = "ingress"
    GATEWAY = "gateway"


class IssuerKind(StrEnum):
    """Whose issuer of cert-manager it is: the namespace's, or the cluster's."""

    NAMESPACE = "Issuer"
    CLUSTER = "ClusterIssuer"


class TlsSettings(Settings):
    """Where the certificate comes from: a Secret, or an issuer of cert-manager."""

    secret: Label | None = Field(
        default=None, description="Secret of type kubernetes.io/tls in the stack's namespace."
    )
    issuer: Label | None = Field(default=None, description="Issuer of cert-manager.")
    kind: IssuerKind = Field(
        default=IssuerKind.CLUSTER, strict=False, description="Kind of the issuer."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.secret is None) == (self.issuer is None):
            raise contradiction("needs exactly one source", "use `secret` or `issuer`")
        return self


class GatewaySettings(Settings):
    """A Gateway that exists already, outside of the stack."""

    name: Label = Field(description="Name of the Gateway.")
    namespace: Label = Field(description="Its namespace.")
    section: Label | None = Field(default=None, description="Its listener; every one if absent.")


class ExposureSettings(Settings):
    """Through what, under which name, and from where clients outside reach the stack."""

    kind: ExposureKind = Field(
        default=ExposureKind.CLUSTER,
        strict=False,
        description="Through what; cluster is not at all.",
    )
    host: Host | None = Field(default=None, description="Name that clients call.")
    path: Path = Field(default="/", description="Path before /v1, if the name is shared.")
    pool: PoolName | None = Field(
        default=None,
        description="The pool that is reached, in a stack without a router; `check` refuses that.",
    )
    tls: TlsSettings | None = Field(default=None, description="Certificate of an ingress.")
    plaintext: bool = Field(
        default=False, description="Something in front ends TLS; keys cross the rest as they are."
    )
    ingress_class: Label | None = Field(default=None, description="IngressClass, such as nginx.")
    gateway: GatewaySettings | None = Field(default=None, description="Gateway of kind gateway.")
    from_: Annotated[tuple[Label, ...], Field(strict=False, max_length=20)] = Field(
        default=(),
        alias="from",
        description="Namespaces whose pods pass requests on, such as ingress-nginx; for a gateway "
        "its own if absent.",
    )
    networks: Annotated[tuple[CallerNetwork, ...], Field(strict=False, max_length=100)] = Field(
        default=(), description="Networks that may call a load balancer."
    )
    annotations: dict[LabelKey, _Annotation] = Field(
        default_factory=dict[str, str],
        max_length=50,
        description="Annotations that a cloud or another ingress controller reads.",
    )

    moved: ClassVar[Moved] = {"timeout": FOLLOWS_THE_ANSWER, "bodySize": FOLLOWS_THE_SERVER}

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        contradictions(
            (
                *self._suits_its_kind(),
                *self._is_read_on_the_way(),
                *self._path_stays(),
                *self._says_twice(),
            )
        )
        return self

    def _suits_its_kind(self) -> Iterator[Said]:
        for name in sorted(self.model_fields_set - {"kind"} - set(_TAKES[self.kind])):
            cause = f"is of kind {self.kind} and sets {_key(name)}"
            yield "", cause, _CURES.get(name, _OTHER_KIND)
        for name in _NEEDS[self.kind]:
            if not getattr(self, name):
                cause = f"is of kind {self.kind} but sets no {_key(name)}"
                yield "", cause, _ADDED.get(name, f"add `{_key(name)}`")

    def _says_twice(self) -> Iterator[Said]:
        for name, key in _FOLLOWING.items():
            if name in self.annotations:
                yield (
                    "",
                    f"sets the annotation {name} to {self.annotations[name]!r:.40}, but every wait "
                    "and every limit follows the server",
                    f"delete it, and set `{key}` under localai:server",
                )

    def _is_read_on_the_way(self) -> Iterator[Said]:
        if self.kind not in (ExposureKind.LOAD_BALANCER, ExposureKind.INGRESS):
            return
        if self.tls and self.plaintext:
            yield "", "has tls and plaintext", "delete one of the two"
        if not self.tls and not self.plaintext:
            secure = self.kind is ExposureKind.INGRESS
            yield (
                "",
                "would carry keys and answers unencrypted",
                ("add `tls`, or " if secure else "use kind ingress or gateway, or ")
                + "`plaintext: true` where something in front ends TLS",
            )

    def _path_stays(self) -> Iterator[Said]:
        ingress = self.kind is ExposureKind.INGRESS
        if ingress and self.path != "/" and self.ingress_class != NGINX:
            yield (
                "",
                f"has the path {self.path}, which only an nginx ingress or a gateway takes off",
                "give it a host of its own and delete `path`",
            )


NGINX = "nginx"
NGINX_ANNOTATION = "nginx.ingress.kubernetes.io"
# Annotations of nginx that follow a setting of the server.
_FOLLOWING = {
    f"{NGINX_ANNOTATION}/proxy-body-size": "bodySize",
    f"{NGINX_ANNOTATION}/proxy-read-timeout": "longestAnswer",
    f"{NGINX_ANNOTATION}/proxy-send-timeout": "longestAnswer",
}
_ANYWHERE = ("pool", "plaintext")
_BY_NAME = ("pool", "host", "path", "from_")
_TAKES: dict[ExposureKind, tuple[str, ...]] = {
    ExposureKind.CLUSTER: (),
    ExposureKind.LOAD_BALANCER: (*_ANYWHERE, "networks", "annotations"),
    ExposureKind.INGRESS: (*_ANYWHERE, *_BY_NAME, "tls", "ingress_class", "annotations"),
    ExposureKind.GATEWAY: (*_BY_NAME, "gateway"),
}  # fmt: skip
_NEEDS: dict[ExposureKind, tuple[str, ...]] = {
    ExposureKind.CLUSTER: (),
    ExposureKind.LOAD_BALANCER: ("networks",),
    ExposureKind.INGRESS: ("host", "ingress_class", "from_"),
    ExposureKind.GATEWAY: ("host", "gateway"),
}
_ADDED = {"from_": "name the namespace of the ingress controller under `from`"}
_OTHER_KIND = "delete it, or use a kind that reads it"
_CURES = {
    "host": "use kind ingress or gateway, or delete `host`",
    "tls": "use kind ingress; the listener of a Gateway holds its certificate",
}


def _key(name: str) -> str:
    return ExposureSettings.model_fields[name].alias or name
