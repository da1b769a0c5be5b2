"""What a container says in Kubernetes means the same in Compose, run by a real shell."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gitops.export.folders import folders
from gitops.export.service import Folder, Found, Pod, service


def pod(spec: dict[str, Any], *, once: bool = False) -> Pod:
    return Pod(name="localai-chat", spec=spec, maps={}, once=once)


def container(**fields: Any) -> dict[str, Any]:
    return {"name": "server", "image": "registry.example.com/a:1", **fields}


def hidden(name: str, secret: str, key: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def composed(text: str) -> str:
    """Return what Compose makes of a text without a variable of its own."""
    return text.replace("$$", "$")


@pytest.mark.parametrize("key", ["abc123", "two words", 'a"b$c`d\\e'])
def test_a_secret_reaches_the_program_from_its_file_whatever_it_holds(tmp_path: Path, key: str):
    env = [hidden("FIRST", "keys", "api"), {"name": "API_KEY", "value": "$(FIRST),$(FIRST)"}]
    made = service(pod({"containers": []}), container(env=env, command=["env"]), Found())
    (tmp_path / "keys.api").write_text(f"{key}\n")
    words = [composed(one) for one in (*made["entrypoint"], *made["command"])]
    words = [one.replace("/run/secrets", str(tmp_path)) for one in words]

    done = subprocess.run(words, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)

    assert f"API_KEY={key},{key}\n" in done.stdout
    assert "environment" not in made
    assert made["secrets"] == ["keys.api"]


def test_an_engine_is_installed_once_and_again_after_a_failure(tmp_path: Path):
    env = [{"name": "LOCALAI_BACKENDS_PATH", "value": f"{tmp_path}/engines/abc"}]
    command = ["sh", "-c", f'echo run >> {tmp_path}/log; test -e {tmp_path}/ok # "$0"', "llama-cpp"]
    made = service(pod({"containers": []}, once=True), container(env=env, command=command), Found())
    words = [composed(one) for one in (*made["entrypoint"], *made["command"])]

    codes = [subprocess.run(words).returncode]
    (tmp_path / "ok").touch()
    codes += [subprocess.run(words).returncode for _ in range(2)]
    assert codes == [1, 0, 0]
    assert (tmp_path / "log").read_text() == "run\nrun\n"


def test_a_missing_secret_ends_the_container(tmp_path: Path):
    made = service(
        pod({"containers": []}), container(env=[hidden("A", "b", "c")], command=["env"]), Found()
    )
    words = [composed(one) for one in (*made["entrypoint"], *made["command"])]

    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode
    assert done.stdout == ""


def test_the_entry_point_of_the_server_is_kept_where_a_shell_comes_before_it():
    made = service(pod({"containers": []}), container(env=[hidden("A", "b", "c")]), Found())

    assert made["command"] == ["/entrypoint.sh"]


def test_a_dollar_sign_is_no_variable_of_compose():
    env = [{"name": "A", "value": "cost: $5 ${B}"}]
    made = service(pod({"containers": []}), container(env=env, args=["$HOME"]), Found())

    assert made["environment"] == {"A": "cost: $$5 $${B}"}
    assert made["command"] == ["$$HOME"]


def test_the_limit_of_memory_is_higher_by_what_is_a_folder_in_memory():
    spec = {
        "containers": [],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "10Gi"}}],
    }
    mounts = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 (in the container)
    limits = {"limits": {"cpu": "1500m", "memory": "6Gi"}}
    found = Found()
    made = service(pod(spec), container(volumeMounts=mounts, resources=limits), found)

    assert made["deploy"]["resources"]["limits"] == {"cpus": "1.5", "memory": "7168m"}
    assert made["volumes"][0]["tmpfs"]["size"] == 2**30
    assert [one.what for one in found.left_out] == ["folder /tmp of localai-chat"]


def test_scratch_of_a_download_is_a_folder_that_is_emptied_and_a_servers_is_not():
    spec: dict[str, Any] = {
        "initContainers": [container(volumeMounts=[{"name": "engines", "mountPath": "/engines"}])],
        "containers": [container(volumeMounts=[{"name": "engines", "mountPath": "/engines"}])],
        "volumes": [{"name": "engines", "emptyDir": {}}],
    }
    for once in (True, False):
        found = Found()
        service(pod(spec, once=once), spec["containers"][0], found)
        assert [one.scratch for one in found.folders] == [once]


def test_folders_are_made_for_their_owner_and_scratch_is_emptied(tmp_path: Path):
    user = os.getuid()
    made = folders("a", [
        Folder(path="claim/models", owner=user), Folder(path="scratch/a", owner=user, scratch=True)
    ])  # fmt: skip
    (tmp_path / "claim/models").mkdir(parents=True)
    (tmp_path / "claim/models/weights").write_text("kept")
    (tmp_path / "scratch/a/b").mkdir(parents=True)
    script = composed(made["command"][0]).replace("/data/", f"{tmp_path}/")

    for _ in range(2):
        subprocess.run([*made["entrypoint"], script], check=True)

    assert (tmp_path / "claim/models/weights").read_text() == "kept"
    assert list((tmp_path / "scratch/a").iterdir()) == []
    assert (tmp_path / "claim").stat().st_mode & 0o7777 == 0o2750
