"""What a change does to the chat application: who is away, what is embedded again, the way back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.network.chat_application import PORT
from components.parts.labels import CLAIM
from components.parts.roles import ANYTHINGLLM_BACKUP_ROLE, ANYTHINGLLM_ROLE, ROLE
from gitops.planning.note import Kind, Note
from gitops.planning.objects import ObjectChange
from gitops.planning.rendering.rendering import Rendering
from settings.stack.delivery import Delivery

_CHAT, _EMBEDDINGS = "LOCAL_AI_MODEL_PREF", "EMBEDDING_MODEL_PREF"

Object = Mapping[str, Any]


def application_notes(
    base: Rendering | None, head: Rendering, _: Sequence[ObjectChange] = ()
) -> Iterator[Note]:
    """Yield that AnythingLLM is added, removed or away, and what becomes of its documents."""
    old, new = _one(_here(base, head), "Deployment"), _one(head, "Deployment")
    if new and not old:
        url = f"http://{new['metadata']['name']}.{head.namespace}.svc:{PORT}"
        yield Note(Kind.ADDRESS_CHANGES, (url,), f"AnythingLLM added: {url}")
    elif old and not new:
        claim = old["spec"]["template"]["metadata"]["labels"][CLAIM]
        text = f"AnythingLLM removed: claim {claim} stays with its documents, chats and vectors"
        yield Note(Kind.ADDRESS_CHANGES, (old["metadata"]["name"],), text)
    elif old and new and old["spec"]["template"] != new["spec"]["template"]:
        yield from _changed(head, old, new)


def _changed(head: Rendering, old: Object, new: Object) -> Iterator[Note]:
    yield Note(
        Kind.APPLICATION_RESTARTS,
        (ANYTHINGLLM_ROLE,),
        "AnythingLLM is away for about half a minute: its one pod ends before the next one starts; "
        "models stay, and so does what is stored",
    )
    chats = _variable(old, _CHAT), _variable(new, _CHAT)
    if chats[0] != chats[1]:
        text = f"AnythingLLM asks {chats[1]} in place of {chats[0]}"
        yield Note(Kind.APPLICATION_RESTARTS, chats, text)
    versions = _version(old), _version(new)
    if versions[0] != versions[1]:
        yield _migrated(head, *versions)
    models = _variable(old, _EMBEDDINGS), _variable(new, _EMBEDDINGS)
    if models[0] != models[1]:
        yield Note(
            Kind.APPLICATION_EMBEDS,
            models,
            f"every workspace of AnythingLLM is embedded again, with {models[1]} in place of "
            f"{models[0]}: a Job has the running pod do it before that restarts; until it has "
            "ended, answers lack the documents that are not embedded yet",
            _saved(head, "what the Job finds wrong keeps the old pod as it is"),
        )


def _migrated(head: Rendering, old: str, new: str) -> Note:
    older = _numbers(new) < _numbers(old)
    if older:
        text = f"AnythingLLM {new} cannot read the data of {old}: its pod will not start on it"
        cure = f"first restore a copy from before {old}, as docs/anythingllm.md says"
        return Note(Kind.APPLICATION_MIGRATES, (old, new), text, cure)
    text = (
        f"AnythingLLM {new} migrates the data of {old}: the way back is a restore of the copy that "
        f"is taken before, {old}_before-{new}"
    )
    return Note(Kind.APPLICATION_MIGRATES, (old, new), text, _saved(head, ""))


def _saved(head: Rendering, otherwise: str) -> str:
    if _one(head, "CronJob", ANYTHINGLLM_BACKUP_ROLE):
        return otherwise
    return "no copy is taken: add `backup` to localai:anythingllm first"


def application_refusals(
    base: Rendering | None, head: Rendering, _: Sequence[ObjectChange] = ()
) -> Iterator[Note]:
    """Yield that documents would be embedded with a model which is not there when the Job runs."""
    before = _here(base, head)
    old, new = _one(before, "Deployment"), _one(head, "Deployment")
    if before is None or old is None or new is None or head.delivery != Delivery.RENDERED:
        return
    name = _variable(new, _EMBEDDINGS)
    served = {model.name for pool in before.pools for model in pool.models}
    if name != _variable(old, _EMBEDDINGS) and name not in served:
        yield Note(
            Kind.APPLICATION_WAITS,
            (name,),
            f"Argo CD runs the Job that embeds documents with {name} before it starts servers, and "
            "no server has that model yet",
            f"serve {name} in a change before this one",
        )


def _here(base: Rendering | None, head: Rendering) -> Rendering | None:
    same = base is not None and (base.cluster, base.namespace) == (head.cluster, head.namespace)
    return base if same else None


def _one(rendering: Rendering | None, kind: str, role: str = ANYTHINGLLM_ROLE) -> Object | None:
    for part in rendering.parts if rendering else ():
        found = part.object
        if found and found["kind"] == kind and found["metadata"]["labels"].get(ROLE) == role:
            return found
    return None


def _container(deployment: Object) -> Object:
    return deployment["spec"]["template"]["spec"]["containers"][0]


def _variable(deployment: Object, name: str) -> str:
    known = {one["name"]: one.get("value", "") for one in _container(deployment)["env"]}
    return str(known.get(name, ""))


def _version(deployment: Object) -> str:
    return str(_container(deployment)["image"]).partition("@")[0].rpartition(":")[2]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(one) for one in version.split("."))
