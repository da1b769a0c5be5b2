from typing import Any

from gitops.planning.notes.anythingllm import application_notes, application_refusals
from gitops.planning.rendering.rendering import Rendering
from models.catalog import Catalog
from tests.components.addons.anythingllm.stacks import BACKUP
from tests.gitops.stacks import Config, catalog, said, stack_file
from tests.gitops.stacks import rendered as rendering

FIELDS: dict[str, Any] = {"chat": "small", "embeddings": "embedder", "backup": BACKUP}
NEWER = "docker.io/mintplexlabs/anythingllm:1.17.0"

_KNOWN = catalog().definitions
TWO = Catalog(
    definitions={
        **_KNOWN,
        "embedder-again": _KNOWN["embedder"].model_copy(update={"name": "embedder-again"}),
    }
)


def rendered(config: Config) -> Rendering:
    return rendering(config, TWO)


def without() -> Config:
    found = stack_file()
    pool = {"models": ["embedder"], "storage": {"size": "10Gi"}}
    return {**found, "pools": {**found["pools"], "documents": pool}}


def with_it(models: tuple[str, ...] = ("embedder",), **fields: Any) -> Config:
    found = without()
    found["pools"]["documents"] = {"models": [*models], "storage": {"size": "10Gi"}}
    more = {key: fields.pop(key) for key in ("delivery", "apiKey") if key in fields}
    return {**found, "anythingllm": {**FIELDS, **fields}, **more}


def notes(before: Config, after: Config) -> list[str]:
    return said(application_notes(rendered(before), rendered(after)))


def refusals(before: Config, after: Config) -> list[str]:
    return said(application_refusals(rendered(before), rendered(after)))


def test_one_that_stays_as_it_is_is_not_mentioned():
    assert notes(without(), without()) == []
    assert notes(with_it(), with_it()) == []


def test_a_new_one_is_an_address_and_one_that_goes_leaves_its_data():
    assert notes(without(), with_it()) == [
        "AnythingLLM added: http://localai-anythingllm.localai-dev.svc:3001"
    ]
    assert notes(with_it(), without()) == [
        "AnythingLLM removed: claim localai-anythingllm-storage stays with its documents, chats "
        "and vectors"
    ]


def test_a_restart_says_who_is_away_and_who_stays():
    (found,) = notes(with_it(), with_it(memory="4Gi"))

    assert "is away for about half a minute" in found
    assert "models stay" in found


def test_another_release_has_no_way_back_but_a_restore():
    _, found = notes(with_it(), with_it(image=NEWER))
    assert "migrates the data of 1.16.0: the way back is a restore of the copy" in found
    assert found.endswith("1.16.0_before-1.17.0")

    _, unsaved = notes(with_it(backup=None), with_it(image=NEWER, backup=None))
    assert unsaved.endswith("no copy is taken: add `backup` to localai:anythingllm first")


def test_an_older_release_is_said_not_to_start():
    _, found = notes(with_it(image=NEWER), with_it())

    assert "cannot read the data of 1.17.0: its pod will not start on it" in found


def test_another_model_for_documents_embeds_every_workspace_again():
    both = ("embedder", "embedder-again")
    _, found = notes(with_it(both), with_it(both, embeddings="embedder-again"))

    assert found.startswith("every workspace of AnythingLLM is embedded again, with embedder-again")
    assert "answers lack the documents that are not embedded yet" in found


def test_where_argo_cd_applies_the_model_has_to_be_served_before():
    both = ("embedder", "embedder-again")
    key: dict[str, Any] = {"delivery": "rendered", "apiKey": {"secret": "keys", "key": "localai"}}
    keys: dict[str, Any] = {"keys": {"secret": "anythingllm"}}

    (found,) = refusals(
        with_it(**key, **keys), with_it(both, embeddings="embedder-again", **key, **keys)
    )
    assert found.endswith("serve embedder-again in a change before this one")
    after = with_it(both, embeddings="embedder-again", **key, **keys)
    assert refusals(with_it(both, **key, **keys), after) == []
    # The engine starts servers before the Job.
    assert refusals(with_it(), with_it(both, embeddings="embedder-again")) == []
