"""How Jobs reach what they download: a proxy, further certificate authorities, a registry's login.

Only Jobs that fetch have any of it; servers make no calls.
"""

from lightkube.models.core_v1 import (
    ConfigMapVolumeSource,
    EnvVar,
    KeyToPath,
    SecretVolumeSource,
    Volume,
    VolumeMount,
)

from components.parts.context import Context

_TRUST, _LOGIN = "trust", "registry-login"
_TRUST_FOLDER, _LOGIN_FOLDER = "/etc/localai-trust", "/etc/localai-registry"
_BUNDLE = "ca.crt"
# As the type kubernetes.io/dockerconfigjson has it, and as programs look for it.
_LOGIN_KEY, _LOGIN_FILE = ".dockerconfigjson", "config.json"


def trust_environment(context: Context) -> list[EnvVar]:
    """Return the variable by which Python and Go find a bundle; public authorities stay trusted.

    Both read the system's folder of certificates in addition to the file (OpenSSL's default paths,
    crypto/x509/root_unix.go).
    """
    if context.settings.trust is None:
        return []
    return [EnvVar(name="SSL_CERT_FILE", value=f"{_TRUST_FOLDER}/{_BUNDLE}")]


def proxy_environment(context: Context) -> list[EnvVar]:
    """Return the variables by which LocalAI finds a proxy (Go, net/http ProxyFromEnvironment)."""
    proxy = context.settings.proxy
    if proxy is None:
        return []
    direct = [EnvVar(name="NO_PROXY", value=",".join(proxy.direct))] if proxy.direct else []
    return [EnvVar(name="HTTPS_PROXY", value=proxy.url), *direct]


def source_arguments(context: Context) -> list[str]:
    """Return how the fetch script is told of a proxy and of sources that are not public.

    It never looks into its environment.
    """
    proxy, sources = context.settings.proxy, context.settings.network.sources
    networks = [word for network in sources for word in ("--network", network)]
    if proxy is None:
        return networks
    direct = [word for host in proxy.direct for word in ("--direct", host)]
    return ["--proxy", proxy.url, *direct, *networks]


def login_environment(context: Context) -> list[EnvVar]:
    """Return the variable by which LocalAI finds a registry's login (go-containerregistry)."""
    if context.settings.registry.pull_secret is None:
        return []
    return [EnvVar(name="DOCKER_CONFIG", value=_LOGIN_FOLDER)]


def trust_volumes(context: Context) -> list[Volume]:
    """Return the volume of the bundle, where a stack names one."""
    trust = context.settings.trust
    if trust is None:
        return []
    items = [KeyToPath(key=trust.key, path=_BUNDLE)]
    source = ConfigMapVolumeSource(name=trust.config_map, items=items)
    return [Volume(name=_TRUST, configMap=source)]


def trust_mounts(context: Context) -> list[VolumeMount]:
    """Return where the bundle is."""
    if context.settings.trust is None:
        return []
    return [VolumeMount(name=_TRUST, mountPath=_TRUST_FOLDER, readOnly=True)]


def login_volumes(context: Context) -> list[Volume]:
    """Return the volume of a registry's login, where a stack names one."""
    name = context.settings.registry.pull_secret
    if name is None:
        return []
    items = [KeyToPath(key=_LOGIN_KEY, path=_LOGIN_FILE)]
    return [Volume(name=_LOGIN, secret=SecretVolumeSource(secretName=name, items=items))]


def login_mounts(context: Context) -> list[VolumeMount]:
    """Return where a registry's login is."""
    if context.settings.registry.pull_secret is None:
        return []
    return [VolumeMount(name=_LOGIN, mountPath=_LOGIN_FOLDER, readOnly=True)]
