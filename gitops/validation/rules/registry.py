"""The registry of models: what it holds outlives its pods, its database and a mistake."""

from collections.abc import Iterator

from components.parts.roles import BACKUP_ROLE, DATABASE_ROLE, REGISTRY_ROLE, ROLE
from documents.problem import Problem
from gitops.validation.rules.pods import at, fields
from gitops.validation.rules.rule import Manifest, StackRule
from gitops.validation.rules.stack_objects import StackObjects, title


def _of_role(stack: StackObjects, kind: str, role: str) -> list[Manifest]:
    return [
        one
        for one in stack.of_kind(kind)
        if fields(at(one, "metadata", "labels")).get(ROLE) == role
    ]


def _without_backup(stack: StackObjects) -> Iterator[Problem]:
    if not _of_role(stack, "CronJob", BACKUP_ROLE):
        for one in _of_role(stack, "Deployment", REGISTRY_ROLE):
            yield Problem(object=title(one), cause="has no backup of its database and artifacts")


def _own_database(stack: StackObjects) -> Iterator[Problem]:
    for one in _of_role(stack, "StatefulSet", DATABASE_ROLE):
        yield Problem(object=title(one), cause="holds what is registered in one pod with one claim")


RULES = (
    StackRule(
        id="registry-is-backed-up",
        sentence="The registry of models is backed up.",
        reason="Versions, their metrics and who may use them are in no commit.",
        cure="add `backup: {to: {bucket: …}}` to localai:mlflow",
        judge=_without_backup,
        refuses=False,
        refuses_elsewhere=True,
        key="mlflow",
    ),
    StackRule(
        id="registry-database-is-kept",
        sentence="The registry of models uses an external database.",
        reason="The small one of the stack's own has no second pod, no upgrade of PostgreSQL and "
        "no recovery to a point in time.",
        cure="name a database with localai:mlflow.database in place of `ownDatabase`",
        judge=_own_database,
        refuses=False,
        refuses_elsewhere=True,
        key="mlflow.ownDatabase",
    ),
)
