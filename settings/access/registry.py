"""Where images are pulled from: mirrors, and the Secret that opens them."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from documents.names import Label
from documents.validation import contradiction
from settings.base import Settings

# A host, or a host and folders, or a repository; without tag and digest.
_PLACE = r"^[a-z0-9]+([.-][a-z0-9]+)*(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"


def _place(text: str) -> str:
    if not re.fullmatch(_PLACE, text):
        # Not quoted: what stands before an @ may be a password.
        raise contradiction(
            "is not a host with folders, or carries a scheme, a user name or a tag",
            "write it as registry.example.com/folder",
        )
    return text


ImagePlace = Annotated[
    str,
    AfterValidator(_place),
    Field(max_length=253, json_schema_extra={"pattern": _PLACE}),
]


class RegistrySettings(Settings):
    """Mirrors of images, and how to log in there."""

    mirrors: dict[ImagePlace, ImagePlace] = Field(
        default_factory=dict[str, str],
        max_length=100,
        description="Registries, folders or repositories, each with where to pull from instead.",
    )
    pull_secret: Label | None = Field(
        default=None,
        description="Secret of type kubernetes.io/dockerconfigjson with which images are pulled.",
    )

    def mirrored(self, reference: str) -> str:
        """Return an image reference in its mirror; the longest place that matches wins."""
        for place in sorted(self.mirrors, key=len, reverse=True):
            for written in (reference, whole(reference)):
                if _is_in(written, place):
                    return self.mirrors[place] + written[len(place) :]
        return reference


def _is_in(reference: str, place: str) -> bool:
    return reference.startswith(place) and reference[len(place) :][:1] in ("/", ":", "@")


def whole(reference: str) -> str:
    """Return a reference with the registry that a container runtime adds."""
    first, _, rest = reference.partition("/")
    named = rest and ("." in first or ":" in first or first == "localhost")
    return reference if named else f"docker.io/{reference}"
