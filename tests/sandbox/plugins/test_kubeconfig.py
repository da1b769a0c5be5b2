from pathlib import Path

import pytest

from sandbox.plugins.kubeconfig import KubeconfigError, active_cluster, loaded


def test_contents_and_a_path_are_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("clusters: []\nusers: []\n")
    assert loaded(str(file), {}) == ({"clusters": [], "users": []}, file)
    assert loaded('{"clusters": []}', {}) == ({"clusters": []}, None)
    assert loaded("", {"KUBECONFIG": str(file)})[1] == file


@pytest.mark.parametrize(
    ("text", "cause"),
    [("/nowhere", "no kubeconfig at /nowhere"), ("{", "not YAML"), ("{}", "names no clusters")],
)
def test_what_is_no_kubeconfig_is_refused(text: str, cause: str) -> None:
    with pytest.raises(KubeconfigError, match=cause):
        loaded(text, {})


def test_the_context_selects_the_cluster() -> None:
    document = {
        "current-context": "one",
        "contexts": [{"name": name, "context": {"cluster": name}} for name in ("one", "two")],
        "clusters": [{"name": name, "cluster": {"server": name}} for name in ("one", "two")],
    }
    assert active_cluster(document, "", "") == {"server": "one"}
    assert active_cluster(document, "two", "") == {"server": "two"}
    assert active_cluster(document, "", "two") == {"server": "two"}
    assert active_cluster(document, "absent", "") is None
