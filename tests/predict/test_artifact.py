from collections.abc import Generator
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from predict.artifact import Registry, fetch, model_bytes
from predict.declared import PredictError
from tests.predict.registry import LOGIN, Kept, declared, registry

MODEL = b"an ONNX model, as far as a registry knows"
ARTIFACT = "/api/2.0/mlflow-artifacts/artifacts/"


@pytest.fixture
def kept() -> Generator[Kept]:
    with registry(Kept(model=MODEL)) as found:
        yield found


def refused(folder: Path, kept: Kept, content: bytes = MODEL, **fields: Any) -> str:
    with pytest.raises(PredictError) as found:
        fetch(declared(folder, content, **fields), Registry(url=kept.url))
    assert list(folder.iterdir()) == []
    return str(found.value)


def test_the_declared_bytes_get_the_models_name(tmp_path: Path, kept: Kept):
    wanted = declared(tmp_path, MODEL)

    assert fetch(wanted, Registry(url=f"{kept.url}/"))
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    assert model_bytes(wanted) == MODEL


def test_a_pod_that_starts_again_asks_nobody_for_what_it_has(tmp_path: Path, kept: Kept):
    wanted = declared(tmp_path, MODEL)
    fetch(wanted, Registry(url=kept.url))
    asked = len(kept.seen)

    assert not fetch(wanted, Registry(url=kept.url))
    assert len(kept.seen) == asked


def test_a_file_that_rotted_is_fetched_again(tmp_path: Path, kept: Kept):
    (tmp_path / "model.onnx").write_bytes(b"x" * len(MODEL))

    assert fetch(declared(tmp_path, MODEL), Registry(url=kept.url))
    assert (tmp_path / "model.onnx").read_bytes() == MODEL


def test_bytes_of_another_digest_are_refused_whatever_their_size(tmp_path: Path, kept: Kept):
    kept.model = MODEL[::-1]

    said = refused(tmp_path, kept)

    assert "models:/digits/2 is sha256:" in said
    assert "nothing of it is served; find out who changed it" in said


def test_a_longer_artifact_is_refused_before_a_byte_of_it_is_fetched(tmp_path: Path, kept: Kept):
    kept.model = MODEL + b"!"

    said = refused(tmp_path, kept)

    assert f"is {len(MODEL) + 1} bytes, and declared is {len(MODEL)} bytes" in said
    assert not [path for path, _ in kept.seen if path.startswith(ARTIFACT)]


@pytest.mark.parametrize("content", [MODEL + b"!" * 9, MODEL[:-1]])
def test_a_registry_that_lies_about_a_size_is_caught(tmp_path: Path, kept: Kept, content: bytes):
    kept.model, kept.files = content, {"model.onnx": len(MODEL)}

    assert "models:/digits/2 is " in refused(tmp_path, kept)


def test_an_unknown_version_is_told_with_what_the_registry_says(tmp_path: Path, kept: Kept):
    said = refused(tmp_path, kept, version="3")

    assert "does not have it (404): Model Version (name=digits) not found" in said
    assert "declare a version that it has" in said


def test_an_artifact_that_is_gone_is_told(tmp_path: Path, kept: Kept):
    kept.failing = {ARTIFACT: 404}

    assert "does not have it (404): told to" in refused(tmp_path, kept)


def test_an_artifact_without_an_onnx_file_says_what_it_holds(tmp_path: Path, kept: Kept):
    kept.files = {"MLmodel": 1, "model.pkl": 2}

    assert "holds no model.onnx, but MLmodel, model.pkl" in refused(tmp_path, kept)


def test_a_version_that_is_not_ready_is_refused(tmp_path: Path, kept: Kept):
    kept.status = "FAILED_REGISTRATION"

    assert "models:/digits/2 is FAILED_REGISTRATION" in refused(tmp_path, kept)


def test_an_artifact_that_the_registry_does_not_hand_out_is_told(tmp_path: Path, kept: Kept):
    kept.uri = "s3://bucket/1/models/m-0123/artifacts"

    assert "is kept at s3://, which this pod cannot read" in refused(tmp_path, kept)


@pytest.mark.parametrize("place", ["", "/", "/../secrets", "/1//artifacts", "/1/./artifacts"])
def test_a_place_that_is_none_is_refused(tmp_path: Path, kept: Kept, place: str):
    kept.uri = f"mlflow-artifacts:{place}"

    assert "has no place in the registry" in refused(tmp_path, kept)


def test_a_registry_that_is_down_is_told_with_a_cure(tmp_path: Path):
    with registry(Kept(model=MODEL)) as kept:
        pass

    said = refused(tmp_path, kept)

    assert f"{kept.url} cannot be reached: Connection refused; see that it runs" in said


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_login_says_what_to_grant(tmp_path: Path, kept: Kept, status: int):
    kept.failing = {"/": status}

    assert f"refuses the login ({status}); give its user READ" in refused(tmp_path, kept)


def test_a_name_that_mlflow_does_not_allow_is_told_from_a_login(tmp_path: Path, kept: Kept):
    kept.failing = {"/": 403}
    kept.told = b"Invalid Host header - possible DNS rebinding attack detected"

    said = refused(tmp_path, kept)

    assert "refuses its own name (403); call it by one of its allowed hosts" in said


def test_the_login_goes_to_the_registry_and_into_no_message(tmp_path: Path, kept: Kept):
    kept.login = LOGIN
    known = Registry(url=kept.url, user="ada", password="word")

    assert fetch(declared(tmp_path, MODEL), known)
    assert {sent for _, sent in kept.seen} == {LOGIN}
    assert "word" not in repr(known)


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_not_followed(tmp_path: Path, kept: Kept, status: int):
    with registry(Kept(model=MODEL)) as elsewhere:
        kept.failing, kept.elsewhere = {ARTIFACT: status}, elsewhere.url

        assert f"answers {status}" in refused(tmp_path, kept)
        assert elsewhere.seen == []


def test_a_proxy_of_the_environment_is_not_asked(
    tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert fetch(declared(tmp_path, MODEL), Registry(url=kept.url))


@pytest.mark.parametrize("url", ["file:///etc", "mlflow:5000", ""])
def test_what_is_no_address_is_asked_for_nothing(tmp_path: Path, url: str):
    with pytest.raises(PredictError, match="is not a valid URL"):
        fetch(declared(tmp_path, MODEL), Registry(url=url))


def test_a_server_that_is_not_mlflow_is_told(tmp_path: Path, kept: Kept):
    kept.failing = {"/api/2.0/mlflow/": 200}

    # It answers, with an object that has nothing of a version.
    assert "has no place" in refused(tmp_path, kept) or "is kept at no://" in refused(
        tmp_path, kept
    )


def test_a_model_that_changed_on_the_volume_is_not_loaded(tmp_path: Path, kept: Kept):
    wanted = declared(tmp_path, MODEL)
    fetch(wanted, Registry(url=kept.url))
    wanted.path.write_bytes(MODEL[::-1])

    with pytest.raises(PredictError, match="nothing of it is served"):
        model_bytes(wanted)
    wanted.path.unlink()
    with pytest.raises(PredictError, match="cannot be read: No such file"):
        model_bytes(wanted)


class Drip:
    """An answer whose server sends a byte now and then, and never ends."""

    def read1(self, most: int) -> bytes:
        return b"x"[:most]


def test_a_registry_that_sends_a_byte_now_and_then_is_too_slow(monkeypatch: pytest.MonkeyPatch):
    seconds = count(0, 20)
    monkeypatch.setattr("predict.artifact.time.monotonic", lambda: float(next(seconds)))

    with pytest.raises(PredictError, match="is too slow: 6 bytes so far"):
        list(Registry(url="http://registry.test").chunks(cast("Any", Drip()), 100))
