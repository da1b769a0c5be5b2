import pytest

from predict.__main__ import main
from predict.declared import (
    DIGEST,
    FILE,
    FOLDER,
    MODEL,
    SEMVER,
    SIZE,
    VERSION,
    PredictError,
    declared_of,
)

SAID = {
    MODEL: "digits", VERSION: "2", SEMVER: "1.1.0", DIGEST: f"sha256:{'a' * 64}", SIZE: "9",
    FILE: "model.onnx", FOLDER: "/model",
}  # fmt: skip


def test_a_declaration_is_a_version_its_bytes_and_where_they_go():
    found = declared_of(SAID)

    assert (found.uri, found.size, str(found.path)) == ("models:/digits/2", 9, "/model/model.onnx")


@pytest.mark.parametrize("name", SAID)
def test_a_variable_that_is_missing_is_named(name: str):
    with pytest.raises(PredictError, match=f"{name} is not set"):
        declared_of({**SAID, name: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (DIGEST, "sha256:aa"), (DIGEST, f"sha256:{'A' * 64}"), (SIZE, "0"), (SIZE, "1e3"),
        (SIZE, "9" * 20), (VERSION, "latest"), (FILE, "model.pkl"), (FILE, "../m.onnx"),
        (DIGEST, f"sha256:{'a' * 64}\n"), (FILE, "m.onnx\n"),
    ],
)  # fmt: skip
def test_a_value_of_another_form_is_refused(name: str, value: str):
    with pytest.raises(PredictError, match=name):
        declared_of({**SAID, name: value})


def test_a_refusal_is_one_line_and_an_exit_code(capsys: pytest.CaptureFixture[str]):
    assert main(["fetch"], {**SAID, MODEL: ""}) == 1
    assert main(["shell"], SAID) == 2

    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"{MODEL} is not set; the pod of a served model has it; set it"
    assert said[1] == "'shell' is not a verb; use fetch or serve"


def test_what_a_registry_says_steers_no_terminal():
    assert str(PredictError("a\x1b[31m\nb", "c")) == "a\\u001b[31m\\u000ab; c"
