"""The provider arguments a stack may give, and those that the stand-in refuses by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.plugins.standin import PluginError

PREFIX: Final = "kubernetes:config:"

# How long the provider lets endpoints settle. Only the stand-in has the variable: tests that are
# not about waiting make it short.
SETTLE_SECONDS: Final = 10.0
SETTLE_VARIABLE: Final = "SANDBOX_SETTLE_SECONDS"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to reach the cluster and how to write to it.

    `kubeconfig` is the contents or a path; empty means `$KUBECONFIG`, then `~/.kube/config`.
    """

    kubeconfig: str = ""
    context: str = ""
    cluster: str = ""
    namespace: str = ""
    server_side_apply: bool = True
    upsert: bool = False
    patch_force: bool = False
    mutable_config_maps: bool = False
    mutable_secrets: bool = False
    delete_unreachable: bool = False
    skip_update_unreachable: bool = False
    settle_seconds: float = SETTLE_SECONDS


def settings(variables: Mapping[str, str], environment: Mapping[str, str]) -> Settings:
    """Return the settings of a Configure call; an argument wins over its environment variable."""

    def text(key: str, variable: str = "") -> str:
        return variables.get(PREFIX + key) or environment.get(variable, "")

    def switch(key: str, variable: str, default: str = "") -> bool:
        return (text(key, f"PULUMI_K8S_{variable}") or default) == "true"

    return Settings(
        kubeconfig=text("kubeconfig"),
        context=text("context"),
        cluster=text("cluster"),
        namespace=text("namespace"),
        server_side_apply=switch("enableServerSideApply", "ENABLE_SERVER_SIDE_APPLY", "true"),
        upsert=switch("upsertExistingObjects", "UPSERT_EXISTING_OBJECTS"),
        patch_force=switch("enablePatchForce", "ENABLE_PATCH_FORCE"),
        mutable_config_maps=switch("enableConfigMapMutable", "ENABLE_CONFIGMAP_MUTABLE"),
        mutable_secrets=switch("enableSecretMutable", "ENABLE_SECRET_MUTABLE"),
        delete_unreachable=switch("deleteUnreachable", "DELETE_UNREACHABLE"),
        skip_update_unreachable=switch("skipUpdateUnreachable", "SKIP_UPDATE_UNREACHABLE"),
        settle_seconds=float(environment.get(SETTLE_VARIABLE) or SETTLE_SECONDS),
    )


PACKAGED: Final = ("kubernetes:helm.sh/", "kubernetes:yaml", "kubernetes:kustomize")


class UnsupportedError(PluginError):
    """The program needs something that only the official plugin does."""


def refuse_unsupported(urn: str, settings: Settings) -> None:
    """Raise `UnsupportedError` for charts, patch resources and client-side apply."""
    token = urn.split("::")[2].rpartition("$")[2]
    if token.startswith(PACKAGED):
        raise UnsupportedError(f"the stand-in writes single objects, not {token}: declare those")
    if token.endswith("Patch"):
        raise UnsupportedError(f"the stand-in has no patch resources: declare all of {token[:-5]}")
    if not settings.server_side_apply:
        raise UnsupportedError("the stand-in writes by server-side apply only: leave it enabled")
