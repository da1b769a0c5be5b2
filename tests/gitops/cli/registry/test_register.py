import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.gitops.commands import CommandLine, Ended
from tests.gitops.mlflow import PASSWORD, USER, Service
from tests.gitops.onnx_files import graph, model, node, weights

DATA = "sha256:" + "3d" * 32
METRICS = {"accuracy": 0.99, "f1": 0.98}


def register(
    command_line: CommandLine, content: bytes = model(), *words: str, metrics: object = METRICS
) -> Ended:
    Path("model.onnx").write_bytes(content)
    Path("metrics.json").write_text(json.dumps(metrics))
    return command_line("registry", "register", "model.onnx", "--name", "digits",
                        "--metrics", "metrics.json", *words)  # fmt: skip


def tags(there: Service, place: int = -1) -> dict[str, str]:
    return {one["key"]: one["value"] for one in there.versions["digits"][place]["tags"]}


def test_a_file_becomes_the_first_version_with_its_tags(command_line: CommandLine, there: Service):
    found = register(command_line, model(), "--data-digest", DATA, "--revision", "1f2e3d4")

    assert (found.code, found.out.splitlines()) == (0, [
        "registered: models:/digits/1, 1.0.0: the first version",
        "next: localai-gitops registry declare digits 1 --stack STACK",
    ])  # fmt: skip
    written = tags(there)
    assert (written["semver"], written["accuracy"], written["f1"]) == ("1.0.0", "0.99", "0.98")
    assert (written["data_digest"], written["revision"]) == (DATA, "1f2e3d4")
    assert written["size"] == str(len(model()))
    assert [*there.files.values()] == [model()]


def test_the_same_bytes_are_registered_once(command_line: CommandLine, there: Service):
    register(command_line)
    again = register(command_line)

    assert (again.code, "is there: models:/digits/1, 1.0.0" in again.out) == (0, True)
    assert len(there.versions["digits"]) == 1
    assert len(there.files) == 1


@pytest.mark.parametrize(
    ("words", "metrics", "said"),
    [
        ((), {"accuracy": 0.5, "f1": 0.98}, "with accuracy 0.99, not 0.5; leave it as it is"),
        (("--semver", "2.0.0"), METRICS, "version 1 has these bytes, as 1.0.0; leave it"),
    ],
)
def test_the_same_bytes_with_other_words_are_refused(
    command_line: CommandLine, there: Service, words: tuple[str, ...], metrics: object, said: str
):
    register(command_line)
    again = register(command_line, model(), *words, metrics=metrics)

    assert again.code == 1
    assert said in again.err
    assert len(there.versions["digits"]) == 1


@pytest.mark.parametrize(
    ("content", "words", "wanted"),
    [
        (model(weight=b"fixed"), ("--data-digest", DATA), "1.0.1"),
        (model(weight=b"more"), ("--data-digest", "sha256:" + "4c" * 32), "1.1.0"),
        (model(operator="Gemm"), ("--data-digest", DATA), "2.0.0"),
        (model(weight=b"fixed"), ("--data-digest", DATA, "--semver", "7.0.0"), "7.0.0"),
    ],
)
def test_the_next_version_has_the_number_that_differs_or_is_given(
    command_line: CommandLine, there: Service, content: bytes, words: tuple[str, ...], wanted: str
):
    register(command_line, model(), "--data-digest", DATA)
    found = register(command_line, content, *words)

    assert found.code == 0, found.err
    assert tags(there)["semver"] == wanted


def test_other_parameters_are_a_retraining_and_another_layout_of_them_is_none(
    command_line: CommandLine, there: Service
):
    given = Path("parameters.json")
    for content, text in ((b"1", '{"C": 10, "seed": 7}'), (b"2", '{"seed": 7,\n"C": 10}'),
                          (b"3", '{"C": 1, "seed": 7}')):  # fmt: skip
        given.write_text(text)
        found = register(command_line, model(weight=content), "--parameters", "parameters.json")
        assert found.code == 0, found.err

    assert [tags(there, place)["semver"] for place in range(3)] == ["1.0.0", "1.0.1", "1.1.0"]


def test_a_dry_run_says_the_number_and_registers_nothing(command_line: CommandLine, there: Service):
    found = register(command_line, model(), "--dry-run")

    assert (found.code, found.out) == (
        0, "digits would be 1.0.0: the first version\nnothing was registered\n",
    )  # fmt: skip
    assert {one.partition(" ")[0] for one in there.requests} == {"GET"}


@pytest.mark.parametrize(
    ("content", "words", "metrics", "said"),
    [
        (b"PK\x03\x04", (), METRICS, "model.onnx: is not an ONNX model"),
        (model(graph(node("MatMul"), weights(outside=True))), (), METRICS,
         "model.onnx: keeps weights in another file"),
        (model(), (), {"accuracy": 0.9}, "metrics.json: f1 is missing"),
        (model(), (), {"accuracy": 1.5, "f1": 1}, "metrics.json: accuracy is 1.5, not a number"),
        (model(), ("--semver", "1.0"), METRICS, "--semver: is '1.0', not a semantic version"),
        (model(), ("--data-digest", "md5:1"), METRICS, "--data-digest: is 'md5:1', not a digest"),
        (model(), ("--revision", "main"), METRICS, "--revision: is 'main', not a commit"),
        (model(), ("--name", "a/b"), METRICS, "'a/b': is no name of a model"),
        (model(), ("--url", "mlflow:5000"), METRICS, "is not a valid URL; write it like https://"),
    ],
)  # fmt: skip
def test_what_no_version_can_be_made_of_is_refused_before_anything_is_written(
    command_line: CommandLine, there: Service, content: bytes, words: tuple[str, ...],
    metrics: object, said: str,
):  # fmt: skip
    found = register(command_line, content, *words, metrics=metrics)

    assert found.code == 1
    assert said in found.err
    assert {one.partition(" ")[0] for one in there.requests} <= {"GET"}


def test_metrics_that_nothing_judges_are_named(command_line: CommandLine, there: Service):
    found = register(command_line, metrics={**METRICS, "recall": 0.9})

    assert "metrics.json: not registered, since nothing judges it: recall" in found.err
    assert "recall" not in tags(there)


def test_of_two_runs_with_the_same_bytes_one_version_stays(
    command_line: CommandLine, there: Service
):
    rival = {"semver": "1.0.0", "digest": f"sha256:{sha256(model()).hexdigest()}"}
    there.rivals.append(rival)
    found = register(command_line)

    assert (found.code, len(there.versions["digits"])) == (0, 1)
    assert "is there: models:/digits/1, 1.0.0: another run registered these bytes" in found.out


def test_of_two_runs_with_the_same_number_the_later_one_is_told(
    command_line: CommandLine, there: Service
):
    there.rivals.append({"semver": "1.0.0", "digest": DATA})
    first, second = register(command_line), register(command_line)

    assert (first.code, second.code) == (1, 0)
    assert "another run registered 1.0.0 meanwhile, as version 1; run it again" in first.err
    assert [tags(there, place)["semver"] for place in (0, 1)] == ["1.0.0", "2.0.0"]


def test_an_upload_that_is_cut_off_is_told_and_leaves_no_version(
    command_line: CommandLine, there: Service
):
    there.loses = True
    found = register(command_line)

    assert (found.code, there.versions["digits"]) == (1, [])
    assert f"has 1 bytes there, and {len(model())} were sent, so version 1 was del" in found.err
    there.loses = False
    assert "registered: models:/digits/1, 1.0.0" in register(command_line).out


@pytest.mark.parametrize("refuses", [
    "GET /api/2.0/mlflow/model-versions/get-download-uri",
    "GET /api/2.0/mlflow/model-versions/search",
])  # fmt: skip
def test_a_version_that_cannot_be_looked_at_is_taken_back(
    command_line: CommandLine, there: Service, refuses: str
):
    there.refuses, there.until = refuses, "POST /api/2.0/mlflow/model-versions/create"
    found = register(command_line)

    assert (found.code, there.versions["digits"]) == (1, [])
    assert "403" in found.err


def test_a_version_that_cannot_be_taken_back_is_named(command_line: CommandLine, there: Service):
    there.loses, there.refuses = True, "DELETE"
    found = register(command_line)

    assert (found.code, len(there.versions["digits"])) == (1, 1)
    assert "but version 1 of digits could not be deleted: " in found.err
    assert "delete it with `localai-gitops registry delete digits 1`" in found.err


def test_a_version_with_the_same_bytes_whose_file_is_gone_is_not_taken_for_them(
    command_line: CommandLine, there: Service
):
    register(command_line)
    there.files.clear()
    found = register(command_line)

    assert (found.code, found.out) == (1, "")
    assert "version 1 of digits has these bytes, but its file is not in the artifact" in found.err
    assert "or delete it with `localai-gitops registry delete digits 1`" in found.err


def test_a_wrong_password_is_told_and_never_shown(
    command_line: CommandLine, there: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "another-secret")
    found = register(command_line)

    assert (found.code, there.versions) == (1, {})
    assert "answered 401" in found.err
    assert "another-secret" not in found.err


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("MLFLOW_TRACKING_URI", "--url: is not given; give it, or set MLFLOW_TRACKING_URI"),
        ("MLFLOW_TRACKING_PASSWORD", "is not set, and MLFLOW_TRACKING_USERNAME is"),
        ("MLFLOW_TRACKING_USERNAME", "is not set, and MLFLOW_TRACKING_PASSWORD is"),
    ],
)
def test_what_is_missing_to_ask_is_named(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch, variable: str, said: str
):
    monkeypatch.delenv(variable)
    found = register(command_line)

    assert (found.code, said in found.err) == (1, True)


def test_variables_of_other_names_may_be_given(
    command_line: CommandLine, there: Service, monkeypatch: pytest.MonkeyPatch
):
    for name in ("USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}")
    monkeypatch.setenv("OUR_USER", USER)
    monkeypatch.setenv("OUR_PASSWORD", PASSWORD)
    found = register(command_line, model(), "--user-variable", "OUR_USER",
                     "--password-variable", "OUR_PASSWORD")  # fmt: skip

    assert (found.code, len(there.files)) == (0, 1), found.err


def test_what_came_of_it_is_there_for_programs(command_line: CommandLine, there: Service):
    found = json.loads(register(command_line, model(), "--output", "json").out)

    assert (found["new"], found["semver"], found["registered"]["version"]) == (True, "1.0.0", 1)
    assert found["registered"]["accuracy"] == 0.99
    assert there.requests
