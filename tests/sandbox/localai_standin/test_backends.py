import json
from pathlib import Path

from sandbox.localai_standin.engine import find, install, installed

URI = "oci://quay.io/go-skynet/local-ai-backends:v4.9.0-cpu-llama-cpp"


def test_an_installed_engine_can_be_run_and_says_where_it_is_from(tmp_path: Path):
    program = install(tmp_path, URI, "llama-cpp")

    assert program == tmp_path / "llama-cpp" / "run.sh" == find(tmp_path, "llama-cpp")
    assert program.stat().st_mode & 0o111
    assert json.loads((program.parent / "metadata.json").read_text())["uri"] == URI
    assert installed(tmp_path) == ["llama-cpp"]


def test_an_engine_that_is_not_installed_is_not_found(tmp_path: Path):
    assert find(tmp_path, "whisper") is find(tmp_path, "") is None
    assert installed(tmp_path) == []
