"""What the components of a stack share."""

from tests.samples import context

IMAGE = "registry.test/server:v1"
DIGEST = "sha256:" + "0" * 64


def test_an_image_without_a_digest_is_used_by_its_tag():
    assert context().image(IMAGE) == IMAGE


def test_an_image_with_a_digest_is_pinned_to_it():
    assert context(digests={IMAGE: DIGEST}).image(IMAGE) == f"{IMAGE}@{DIGEST}"


def test_the_server_is_that_of_the_stack_file():
    assert context(server={"version": "v4.8.2"}).server.version == "v4.8.2"
