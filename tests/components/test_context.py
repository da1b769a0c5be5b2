"""What the components of a stack share."""

import pytest

from settings.config import SettingsError
from tests.samples import context

IMAGE = "quay.io/go-skynet/local-ai:v4.9.0"
DIGEST = "sha256:" + "0" * 64


def test_an_image_without_a_digest_is_used_by_its_tag():
    assert context().image(IMAGE) == IMAGE


def test_an_image_with_a_digest_is_pinned_to_it():
    assert context(digests={IMAGE: DIGEST}).image(IMAGE) == f"{IMAGE}@{DIGEST}"


def test_the_server_is_that_of_the_stack_file():
    assert context(server={"version": "v4.8.2"}).server.version == "v4.8.2"


def test_a_digest_of_an_image_that_the_stack_does_not_run_is_refused():
    with pytest.raises(SettingsError, match="pins an image that this stack does not run"):
        context(digests={"quay.io/go-skynet/local-ai:v4.8.2": DIGEST})
