from sandbox.plugins.diff import changes, deletes_first, pruned
from sandbox.plugins.manifests import AUTONAMED
from sandbox.plugins.properties import UNKNOWN, Properties


def kinds(old: Properties, new: Properties, *replacing: str) -> dict[str, str]:
    return {change.key: change.kind for change in changes(old, new, replacing)}


def test_equal_manifests_do_not_differ() -> None:
    assert kinds({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}) == {}


def test_each_change_is_named_at_its_field() -> None:
    old: Properties = {"same": 1, "gone": 1, "deep": {"list": [{"x": 1}, 2, 3]}}
    new: Properties = {"same": 1, "new": {"y": 1}, "deep": {"list": [{"x": 2}, 2]}}
    assert kinds(old, new) == {
        "deep.list[0].x": "UPDATE",
        "deep.list[2]": "DELETE",
        "gone": "DELETE",
        "new": "ADD",
    }


def test_a_key_with_a_dot_is_quoted() -> None:
    assert kinds({"data": {}}, {"data": {"a.yaml": "x"}}) == {'data["a.yaml"]': "ADD"}


def test_a_change_below_a_replacing_field_replaces() -> None:
    old: Properties = {"spec": {"selector": {"app": "a"}, "replicas": 1}}
    new: Properties = {"spec": {"selector": {"app": "b"}, "replicas": 2}}
    assert kinds(old, new, "spec.selector") == {
        "spec.replicas": "UPDATE",
        "spec.selector.app": "UPDATE_REPLACE",
    }


def test_an_added_parent_that_holds_a_replacing_field_replaces() -> None:
    assert kinds({}, {"spec": {"volumeName": "a"}}, "spec.volumeName") == {"spec": "ADD_REPLACE"}
    assert kinds({}, {"spec": {"other": "a"}}, "spec.volumeName") == {"spec": "ADD"}


def test_a_star_stands_for_any_list_position() -> None:
    old: Properties = {"containers": [{"image": "a"}, {"image": "b", "name": "x"}]}
    new: Properties = {"containers": [{"image": "a"}, {"image": "c", "name": "y"}]}
    assert kinds(old, new, "containers.*.image") == {
        "containers[1].image": "UPDATE_REPLACE",
        "containers[1].name": "UPDATE",
    }


def test_an_unknown_value_is_a_change() -> None:
    assert kinds({"a": 1}, {"a": UNKNOWN, "b": UNKNOWN}) == {"a": "UPDATE", "b": "ADD"}


def test_what_the_server_filled_in_is_pruned() -> None:
    live: Properties = {"spec": {"ports": [{"port": 80, "protocol": "TCP"}], "type": "ClusterIP"}}
    shape: Properties = {"spec": {"ports": [{"port": 81}]}, "absent": 1}
    assert pruned(live, shape) == {"spec": {"ports": [{"port": 80}]}}


def named(name: str, namespace: str, **annotations: str) -> Properties:
    return {"metadata": {"name": name, "namespace": namespace, "annotations": annotations}}


def test_only_an_explicit_unchanged_name_deletes_first() -> None:
    assert deletes_first(named("a", "x"), named("a", "x"))
    assert not deletes_first(named("b", "x"), named("a", "x"))
    assert not deletes_first(named("a", "y"), named("a", "x"))
    assert not deletes_first(named("a", "x", **{AUTONAMED: "true"}), named("a", "x"))
