import pytest
from typer.testing import CliRunner

from sandbox.cli import app

RUNNER = CliRunner()


@pytest.mark.parametrize("verb", ["toolchain", "up", "run", "down", "status", "logs", "kubectl"])
def test_every_verb_has_help_with_an_example(verb: str):
    shown = RUNNER.invoke(app, [verb, "--help"])
    assert shown.exit_code == 0
    assert "Example" in shown.output


def test_a_refusal_is_one_sentence_and_exit_code_1():
    shown = RUNNER.invoke(app, ["toolchain", "nothing"])
    assert shown.exit_code == 1
    assert "There is no tool 'nothing'" in shown.output
    assert "Traceback" not in shown.output
