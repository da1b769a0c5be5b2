"""What the engine reads and where it goes, which no object shows."""

from collections.abc import Iterator

from documents.problem import Problem
from documents.reader import Document
from gitops.planning.project import FILE, unplanned
from gitops.validation.rules.rule import Rule
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
_PLANNED = Rule(
    id="engine-as-planned",
    sentence="The engine runs as every plan assumes.",
    reason="Pulumi.yaml may say where state and its secrets are kept, and which Python runs.",
    cure="delete it, or waive this in each stack that needs it",
)
RULES = (_BOUND, _PLANNED)


def engine_problems(file: StackFile, project: Document) -> Iterator[Problem]:
    """Yield what the engine would do for a stack that no plan of it shows."""
    if file.settings.delivery is not Delivery.OPERATOR:
        return
    cluster = file.settings.cluster
    if cluster.uid is None:
        detail = "is bound to no UID: any cluster that the kubeconfig leads to is changed"
        yield _BOUND.problem(Problem(object=f"cluster {cluster.name}", cause=detail), file.stack)
    for path in unplanned(project):
        place = f"{FILE} {'.'.join(map(str, path))}"
        cause = "is followed by the engine and by no plan"
        found = Problem(
            object=place, file=FILE, line=project.line(path), path=tuple(path), cause=cause
        )
        yield _PLANNED.problem(found, file.stack)
