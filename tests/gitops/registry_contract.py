"""What the tool relies on of a registry: asked of the stand-in, and by tests/e2e of MLflow."""

from gitops.adapters.mlflow.registry import FILE, Mlflow, Registered

TAGS = {"semver": "1.0.0", "digest": "sha256:" + "1f" * 32, "accuracy": "0.99"}


def uploaded(registry: Mlflow, name: str, content: bytes, **tags: str) -> int:
    """Register bytes as the next version of a model, and return its number."""
    registry.create_model(name)
    source = registry.upload(registry.experiment(name), name, content)
    return registry.create_version(name, source, {**TAGS, **tags}, "as it was made").number


def a_file_becomes_a_version(registry: Mlflow, name: str) -> None:
    assert uploaded(registry, name, b"the bytes") == 1

    found = registry.version(name, 1)
    assert found is not None
    assert (found.status, found.description) == ("READY", "as it was made")
    assert dict(found.tags) == TAGS
    assert found.created > 1_700_000_000_000
    assert registry.files(name, 1) == {FILE: len(b"the bytes")}


def what_is_not_there_is_none(registry: Mlflow, name: str) -> None:
    assert registry.model(name) is None
    assert registry.versions(name) == ()
    assert registry.version(name, 1) is None


def what_is_made_twice_is_made_once(registry: Mlflow, name: str) -> None:
    registry.create_model(name)
    registry.create_model(name)

    assert registry.experiment(name) == registry.experiment(name)
    assert registry.model(name) == Registered(name=name, description="", aliases={})


def versions_are_listed_newest_first(registry: Mlflow, name: str) -> None:
    for number in range(3):
        uploaded(registry, name, b"x", number=str(number))
    # A name that begins alike is another model.
    uploaded(registry, f"{name}-2", b"x")

    found = registry.versions(name)
    assert [one.number for one in found] == [3, 2, 1]
    assert found[0].tags["number"] == "2"
    assert {name, f"{name}-2"} <= {one.name for one in registry.models()}


def an_alias_moves_and_goes(registry: Mlflow, name: str) -> None:
    uploaded(registry, name, b"1")
    uploaded(registry, name, b"2")
    seen = list[dict[str, int]]()
    for number in (1, 2, 2, None, None):
        registry.point(name, "staging", number)
        model = registry.model(name)
        assert model is not None
        seen.append(dict(model.aliases))

    assert seen == [{"staging": 1}, {"staging": 2}, {"staging": 2}, {}, {}]


def descriptions_are_replaced(registry: Mlflow, name: str) -> None:
    uploaded(registry, name, b"1")
    registry.describe(name, 1, "fixed: one")
    registry.describe(name, None, "digits")

    version, model = registry.version(name, 1), registry.model(name)
    assert version is not None
    assert model is not None
    assert (version.description, model.description) == ("fixed: one", "digits")


def a_deleted_version_is_gone_with_its_alias_and_its_number(registry: Mlflow, name: str) -> None:
    uploaded(registry, name, b"1")
    uploaded(registry, name, b"2")
    registry.point(name, "staging", 2)
    registry.delete(name, 2)

    model = registry.model(name)
    assert model is not None
    assert (registry.version(name, 2), dict(model.aliases)) == (None, {})
    assert [one.number for one in registry.versions(name)] == [1]


CONTRACT = (
    a_deleted_version_is_gone_with_its_alias_and_its_number,
    a_file_becomes_a_version,
    what_is_not_there_is_none,
    what_is_made_twice_is_made_once,
    versions_are_listed_newest_first,
    an_alias_moves_and_goes,
    descriptions_are_replaced,
)
