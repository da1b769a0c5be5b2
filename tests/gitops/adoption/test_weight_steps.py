from gitops.adoption.adoption import adoption
from tests.gitops.adoption.namespaces import (
    DIGEST,
    SIZES,
    found,
    hand_made,
    request,
)


def commands(facts: str, **container: object) -> str:
    made = adoption(found(hand_made(**container)), request(facts))
    return "\n".join(command for step in made.steps for command in step.commands)


def test_missing_facts_are_asked_for_in_one_command():
    told = commands("")

    assert "sha256sum ./assistant-7b.Q4_K_M.gguf ./words.gguf" in told
    assert "localai-gitops adopt --facts facts.txt --force" in told


def test_known_facts_are_not_asked_for_again():
    assert "sha256sum" not in commands(SIZES)


def test_weights_that_are_there_get_the_name_a_pool_looks_for():
    folder = f"/models/models/weights/{DIGEST}"
    told = commands(SIZES)

    assert f"mkdir -p {folder} && ln -f /models/assistant-7b.Q4_K_M.gguf {folder}/" in told


def test_where_only_a_folder_of_the_claim_is_mounted_weights_are_fetched():
    mounts = [
        {"name": "models", "mountPath": "/models", "subPath": "ai"},
        {"name": "config", "mountPath": "/config"},
    ]

    assert "ln -f" not in commands(SIZES, volumeMounts=mounts)
