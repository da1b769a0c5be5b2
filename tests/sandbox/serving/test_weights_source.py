from pathlib import Path

from sandbox.serving.weights_source import Source


def test_the_log_tells_which_files_were_asked_for(tmp_path: Path):
    log = tmp_path / "source.log"
    log.write_text("ready\nasked for a.gguf\n10.0.0.1 GET /a.gguf\nasked for b.gguf\n")
    made = Source(folder=tmp_path, authority=tmp_path / "ca.crt", log=log)

    assert made.requests() == ["a.gguf", "b.gguf"]
    assert made.url("a.gguf") == "https://weights.sandbox.test:8443/a.gguf"


def test_a_file_is_held_until_the_block_ends(tmp_path: Path):
    made = Source(folder=tmp_path, authority=tmp_path, log=tmp_path)

    with made.held("a.gguf"):
        assert [path.name for path in tmp_path.iterdir()] == ["a.gguf.held"]
    assert not list(tmp_path.iterdir())
