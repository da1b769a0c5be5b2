from pathlib import Path

import pytest

from sandbox.localai_standin.loader import Loader, LoadError, order
from sandbox.localai_standin.model_list import Entry, parse_list


def test_an_engine_that_ends_is_told_and_not_waited_for(tmp_path: Path):
    program = tmp_path / "llama-cpp" / "run.sh"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    (tmp_path / "tiny.gguf").touch()
    entry = Entry(name="tiny", backend="llama-cpp", model="tiny.gguf")

    with pytest.raises(LoadError, match="ended with 3"):
        Loader(models=tmp_path, backends=tmp_path).address(entry)


def test_the_options_of_a_model_reach_its_engine(tmp_path: Path):
    entries, _ = parse_list("- {name: a, options: ['parallel:4', 'use_jinja:true']}")

    told = order(entries["a"], tmp_path)

    assert (told["slots"], told["jinja"], told["unified"]) == (4, True, False)
