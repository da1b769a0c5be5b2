"""What helps where the engine could not preview: told by its own words."""

import re

_CLUSTER = "see that the kubeconfig leads to the cluster of this stack, and that it answers"
_OBJECT = (
    "the cluster refuses an object of this change, and an update would meet the same; "
    "docs/troubleshooting.md says what to do"
)
# The first pattern that is found counts: words of the API server may hold those of a connection.
_CURES = (
    (r"currently locked|pending operations|already exists", "recover the stack as `The stack is "
     "locked` in docs/troubleshooting.md says"),
    (r"passphrase|decrypt", "set PULUMI_CONFIG_PASSPHRASE, or log in to the secrets provider"),
    (r"no stack named|stack .* not found", "select the backend that holds the stack (`pulumi "
     "login`, `pulumi stack ls`), or create it (`pulumi stack init`)"),
    (r"PULUMI_ACCESS_TOKEN|pulumi login|not logged in|getting stack|could not get cloud url",
     "log in to the backend (`pulumi login`)"),
    (r"unreachable|connection refused|no such host|i/o timeout|kubeconfig|Unauthorized", _CLUSTER),
    (r"is invalid|Forbidden|forbidden|denied|conflict|exceeded quota|admission webhook", _OBJECT),
)  # fmt: skip


def cure(words: str) -> str:
    """Return what helps, judged by what the engine said, or where to look."""
    for pattern, found in _CURES:
        if re.search(pattern, words):
            return found
    return "docs/troubleshooting.md lists what is known to stop an update"
