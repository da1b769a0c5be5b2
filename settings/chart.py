"""Third-party charts, which Argo CD applies."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, JsonValue

from documents.names import Label
from documents.validation import contradiction, form
from settings.access.network import asked_host
from settings.base import Settings

# Moving targets would deploy what was never reviewed.
ChartVersion = Annotated[
    str,
    form(
        r"^v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$",
        "1.2.3",
        "one whole version, which has three numbers",
    ),
]


_ADDRESS = r"^(https|oci)://[^\s@]+$"


def _repository(text: str) -> str:
    if not re.fullmatch(_ADDRESS, text):
        # Not quoted: what stands before an @ may be a password.
        raise contradiction(
            "is not an https or oci address, or carries a user name", "use https://host/path"
        )
    return asked_host(text)


class HelmChart(Settings):
    """One Helm chart, pinned to one version."""

    repository: Annotated[str, Field(max_length=2048), AfterValidator(_repository)] = Field(
        description="Helm repository; https or oci, without user name.",
        json_schema_extra={"pattern": _ADDRESS},
    )
    chart: Annotated[str, form(r"^[a-zA-Z0-9][a-zA-Z0-9._/-]*$", "metrics", max_length=253)] = (
        Field(description="Name of the chart in it.")
    )
    version: ChartVersion = Field(description="Exact version.")
    values: dict[str, JsonValue] = Field(
        default_factory=dict[str, JsonValue], description="Helm values."
    )


class ChartSettings(HelmChart):
    """One Helm chart of a stack, pinned to one version."""

    namespace: Label | None = Field(
        default=None, description="Where it goes; the stack's namespace if absent."
    )
    project: Label = Field(default="default", description="Argo CD project it belongs to.")
