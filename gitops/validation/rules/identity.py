"""Identity: a pod that does not talk to the API server has nothing to talk with."""

from collections.abc import Iterator

from gitops.validation.rules.pods import pod_spec
from gitops.validation.rules.rule import Manifest, ObjectRule

_KEY = "automountServiceAccountToken"


def _mounted(manifest: Manifest) -> Iterator[str]:
    spec = manifest if manifest.get("kind") == "ServiceAccount" else pod_spec(manifest)
    if spec and spec.get(_KEY) is not False:
        yield f"leaves {_KEY} on"


def _shared(manifest: Manifest) -> Iterator[str]:
    spec = pod_spec(manifest)
    if spec and spec.get("serviceAccountName", "default") == "default":
        yield "runs as the namespace's default service account"


RULES = (
    ObjectRule(
        id="token-not-mounted",
        sentence="Neither a pod nor its service account mounts a token of the API server.",
        reason="A server that is broken into would hand out the cluster as well.",
        cure="set `automountServiceAccountToken: false`",
        judge=_mounted,
    ),
    ObjectRule(
        id="own-service-account",
        sentence="A pod runs as a service account of its own.",
        reason="What somebody grants to the default account, every pod of the namespace may do.",
        cure="name one with `serviceAccountName`",
        judge=_shared,
    ),
)
