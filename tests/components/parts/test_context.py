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


def test_an_image_is_pulled_from_its_mirror_by_the_digest_of_the_original():
    registry = {"mirrors": {"quay.io": "corp.test/quay"}}
    mirrored = IMAGE.replace("quay.io", "corp.test/quay")

    assert context(registry=registry).image(IMAGE) == mirrored
    pinned = context(registry=registry, digests={IMAGE: DIGEST}).image(IMAGE)
    assert pinned == f"{mirrored}@{DIGEST}"
