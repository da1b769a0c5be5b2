"""Probes: nobody is sent to a server that does not answer."""

from collections.abc import Callable, Iterator

from gitops.validation.rules.pods import named, servers
from gitops.validation.rules.rule import Manifest, ObjectRule
from gitops.validation.rules.values import fields

_ACTIONS = ("httpGet", "tcpSocket", "exec", "grpc")


def _without(probe: str) -> Callable[[Manifest], Iterator[str]]:
    def judge(manifest: Manifest) -> Iterator[str]:
        for container in servers(manifest):
            if not any(fields(container.get(probe)).get(action) for action in _ACTIONS):
                yield f"{named(container)} has no {probe}"

    return judge


RULES = (
    ObjectRule(
        id="readiness-probe",
        sentence="A server says when it is ready; a Job does not have to.",
        reason="Without it, requests reach a server that is still loading its models.",
        cure="add a readinessProbe on `/readyz`",
        judge=_without("readinessProbe"),
    ),
    ObjectRule(
        id="liveness-probe",
        sentence="A server says that it is alive; a Job does not have to.",
        reason="Without it, a server that hangs keeps its GPU until somebody notices.",
        cure="add a livenessProbe on `/healthz`",
        judge=_without("livenessProbe"),
    ),
)
