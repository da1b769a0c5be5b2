"""What the engine reads and where it goes, which no object shows."""

from collections.abc import Iterator

from gitops.validation.rules.rule import Breach, Finding, Rule, finding
from settings.file import StackFile
from settings.stack.delivery import Delivery

_BOUND = Rule(
    id="cluster-bound",
    sentence="A stack is bound to the UID of its cluster.",
    reason="A kubeconfig that leads elsewhere would apply the stack to whatever cluster that is.",
    cure=(
        "write it under localai:cluster as `name` and `uid`; `kubectl get namespace kube-system "
        "--output=jsonpath={.metadata.uid}` prints it"
    ),
    refuses=False,
    key="cluster",
)
RULES = (_BOUND,)


def engine_findings(file: StackFile) -> Iterator[Finding]:
    """Yield what the engine would do for a stack that no plan of it shows."""
    cluster = file.settings.cluster
    if cluster.uid is None and file.settings.delivery is Delivery.OPERATOR:
        detail = "is bound to no UID: any cluster that the kubeconfig leads to is changed"
        yield finding(_BOUND, Breach(place=f"cluster {cluster.name}", detail=detail), file.stack)
