"""An Ingress: requests for a name, with a certificate, at whatever controller its class names."""

from collections.abc import Mapping

from lightkube.models.meta_v1 import ObjectMeta
from lightkube.models.networking_v1 import (
    HTTPIngressPath,
    HTTPIngressRuleValue,
    Ingress,
    IngressBackend,
    IngressRule,
    IngressServiceBackend,
    IngressSpec,
    IngressTLS,
    ServiceBackendPort,
)

from components.network.http_route import Backend
from settings.exposure import NGINX, NGINX_ANNOTATION, ExposureSettings, IssuerKind, TlsSettings

# cert-manager writes the certificate into one of this ending where no Secret is named.
CERTIFICATE = "-tls"
_ISSUERS = {
    IssuerKind.CLUSTER: "cert-manager.io/cluster-issuer",
    IssuerKind.NAMESPACE: "cert-manager.io/issuer",
}
_MIB = 2**20


def ingress(metadata: ObjectMeta, exposure: ExposureSettings, to: Backend) -> Ingress:
    """Return the Ingress; `metadata` gets the annotations that its controller reads."""
    service = IngressServiceBackend(name=to.service, port=ServiceBackendPort(number=to.port))
    under = exposure.path != "/"
    path = HTTPIngressPath(
        backend=IngressBackend(service=service),
        path=f"{exposure.path}(/|$)(.*)" if under else "/",
        pathType="ImplementationSpecific" if under else "Prefix",
    )
    metadata.annotations = {**_annotations(exposure, to), **exposure.annotations} or None
    return Ingress(
        metadata=metadata,
        spec=IngressSpec(
            ingressClassName=exposure.ingress_class,
            rules=[IngressRule(host=exposure.host, http=HTTPIngressRuleValue(paths=[path]))],
            tls=_tls(exposure, f"{metadata.name}{CERTIFICATE}"),
        ),
    )


def _tls(exposure: ExposureSettings, made: str) -> list[IngressTLS] | None:
    if not exposure.tls or not exposure.host:
        return None
    return [IngressTLS(hosts=[exposure.host], secretName=exposure.tls.secret or made)]


def _annotations(exposure: ExposureSettings, to: Backend) -> Mapping[str, str]:
    issuer = _issuer(exposure.tls)
    return {**issuer, **_nginx(exposure, to)} if exposure.ingress_class == NGINX else issuer


def _issuer(tls: TlsSettings | None) -> Mapping[str, str]:
    return {_ISSUERS[tls.kind]: tls.issuer} if tls and tls.issuer else {}


def _nginx(exposure: ExposureSettings, to: Backend) -> Mapping[str, str]:
    """Return what nginx needs for long answers, streams and uploads; it allows 60 s and 1 MB."""
    values = {
        "proxy-body-size": f"{to.body_bytes // _MIB}m",
        "proxy-read-timeout": str(to.timeout),
        "proxy-send-timeout": str(to.timeout),
        # Else a streamed answer arrives in one piece.
        "proxy-buffering": "off",
        **({"use-regex": "true", "rewrite-target": "/$2"} if exposure.path != "/" else {}),
    }
    return {f"{NGINX_ANNOTATION}/{name}": value for name, value in values.items()}
