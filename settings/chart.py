"""A third-party chart of one stack, which Argo CD applies."""

from typing import Annotated

from pydantic import Field, JsonValue

from settings.names import Label
from settings.settings import Settings

# Moving targets would deploy what nobody reviewed.
ChartVersion = Annotated[str, Field(pattern=r"^v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$")]


class ChartSettings(Settings):
    """One Helm chart, pinned to one version."""

    repository: Annotated[str, Field(pattern=r"^(https|oci)://[^\s@]+$", max_length=2048)] = Field(
        description="Helm repository; https or oci, without user name."
    )
    chart: Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._/-]*$", max_length=253)] = Field(
        description="Name of the chart in it."
    )
    version: ChartVersion = Field(description="Exact version.")
    namespace: Label | None = Field(
        default=None, description="Where it goes; the stack's namespace if absent."
    )
    project: Label = Field(default="default", description="Argo CD project it belongs to.")
    values: dict[str, JsonValue] = Field(
        default_factory=dict[str, JsonValue], description="Helm values."
    )
