from pathlib import Path

import pytest

from sandbox.images.python import CERTIFICATES
from sandbox.serving.stand_in_image import ROOM, PackageError, package, weights_image


def test_the_job_trusts_only_the_authority_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sandbox.images.python.interpreter", dict[str, Path])
    made = weights_image("docker.io/library/python:3", tmp_path / "ca.crt")

    assert made.files[str(CERTIFICATES)] == tmp_path / "ca.crt"
    assert f"SSL_CERT_FILE={CERTIFICATES}" in made.environment
    assert "/usr/local/bin/python" in made.links


def test_a_package_that_is_not_installed_is_named_with_its_cure():
    with pytest.raises(PackageError, match=r"requirements-e2e\.txt"):
        package("no_such_package")


def test_the_stand_in_is_found_where_the_sandbox_has_it():
    assert (ROOM / "localai_standin" / "__main__.py").is_file()
    assert (ROOM / "__init__.py").is_file()
