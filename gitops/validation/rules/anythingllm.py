"""The chat application: what its users gave it outlives its pod, its claim and a mistake."""

from collections.abc import Iterator

from components.parts.roles import ANYTHINGLLM_BACKUP_ROLE, ANYTHINGLLM_ROLE, ROLE
from documents.problem import Problem
from gitops.validation.rules.pods import at, entries, pod_spec
from gitops.validation.rules.rule import StackRule
from gitops.validation.rules.stack_objects import StackObjects, title


def _without_backup(stack: StackObjects) -> Iterator[Problem]:
    jobs = {at(one, "metadata", "labels", ROLE) for one in stack.of_kind("CronJob")}
    for one in stack.of_kind("Deployment"):
        is_one = at(one, "metadata", "labels", ROLE) == ANYTHINGLLM_ROLE
        if is_one and ANYTHINGLLM_BACKUP_ROLE not in jobs:
            yield Problem(object=title(one), cause="has no backup of its documents and chats")


def _made_up_keys(stack: StackObjects) -> Iterator[Problem]:
    made = {at(one, "metadata", "name") for one in stack.of_kind("Secret")}
    for one in stack.of_kind("Deployment"):
        for container in entries(pod_spec(one).get("containers")):
            for variable in entries(at(container, "env")):
                source = at(variable, "valueFrom", "secretKeyRef", "name")
                if at(variable, "name") == "SIG_KEY" and source in made:
                    cause = "encrypts credentials with keys that only the engine's state holds"
                    yield Problem(object=title(one), cause=cause)


RULES = (
    StackRule(
        id="anythingllm-is-backed-up",
        sentence="The data of AnythingLLM is backed up.",
        reason="Documents, chats and users are in no commit, and another release migrates them.",
        cure="add `backup: {to: {bucket: …}, key: …}` to localai:anythingllm",
        judge=_without_backup,
        refuses=False,
        refuses_elsewhere=True,
        key="anythingllm",
    ),
    StackRule(
        id="anythingllm-keys-are-kept",
        sentence="The keys of AnythingLLM are in a Secret of yours.",
        reason="Without them, credentials in a restored copy cannot be read.",
        cure="add `keys: {secret: …}` to localai:anythingllm, and keep a copy of that Secret",
        judge=_made_up_keys,
        refuses=False,
        refuses_elsewhere=True,
        key="anythingllm.keys",
    ),
)
