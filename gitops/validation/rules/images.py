"""Images: what is reviewed is what runs."""

import re
from collections.abc import Iterator

from documents.problem import Problem
from gitops.planning.printable import listed
from gitops.validation.rules.pods import at, containers, entries, named, pod_spec, words
from gitops.validation.rules.rule import Manifest, ObjectRule, StackRule
from gitops.validation.rules.stack_objects import StackObjects

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}\Z")
# A registry's port is followed by a slash, a tag is not.
_TAG = re.compile(r":([^/:@]+)(?:@|\Z)")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_ARTIFACT = "oci://"
_PLACE = "the stack"


def images(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield who uses an image, and its reference: containers, volumes, and commands that fetch."""
    for container in containers(manifest):
        name = named(container)
        yield name, str(container.get("image") or "")
        for word in words(container.get("command")) + words(container.get("args")):
            if word.startswith(_ARTIFACT):
                yield name, word.removeprefix(_ARTIFACT)
    for volume in entries(pod_spec(manifest).get("volumes")):
        reference = at(volume, "image", "reference")
        if reference is not None:
            yield f"volume {at(volume, 'name')}", str(reference)


def tag(reference: str) -> str:
    """Return the tag of an image reference, empty where it has none."""
    found = _TAG.search(reference)
    return found[1] if found else ""


def pinned(reference: str) -> bool:
    """Return whether an image reference names its content by digest."""
    return _DIGEST.search(reference) is not None


def _latest(manifest: Manifest) -> Iterator[str]:
    for user, reference in images(manifest):
        if tag(reference) == "latest" or not (tag(reference) or pinned(reference)):
            why = "latest" if tag(reference) else "untagged"
            yield f"{user} runs {reference or 'no image'}, which is {why}"


def _unversioned(manifest: Manifest) -> Iterator[str]:
    for user, reference in images(manifest):
        found = tag(reference)
        if found not in ("", "latest") and not (pinned(reference) or _VERSION.search(found)):
            yield f"{user} runs {reference}, whose tag is not a whole version"


def _by_tag(stack: StackObjects) -> Iterator[Problem]:
    used = {reference for one in stack.objects for _, reference in images(one.manifest)}
    loose = sorted(reference for reference in used if tag(reference) and not pinned(reference))
    if loose:
        yield Problem(object=_PLACE, cause=f"pins by tag alone: {listed(loose, 'image', 1)}")


RULES = (
    ObjectRule(
        id="image-not-latest",
        sentence="An image has a tag or a digest, and its tag is not `latest`.",
        reason="What `latest` means changes without a commit: a restart can run another program.",
        cure="name a version, such as `v4.9.0`, or a digest",
        judge=_latest,
    ),
    ObjectRule(
        id="image-version-tag",
        sentence="The tag of an image holds a whole version, or the image has a digest.",
        reason="Tags such as `main`, `stable` or `v4` move with every release.",
        cure="name a version of three numbers, or a digest",
        judge=_unversioned,
    ),
    StackRule(
        id="image-by-digest",
        sentence="An image is pinned by digest.",
        reason="Who can push to the registry can move any tag, a version included.",
        cure="list its digest under `localai:digests`, as `localai-gitops digests lock` does",
        judge=_by_tag,
        refuses=False,
        refuses_elsewhere=True,
    ),
)
