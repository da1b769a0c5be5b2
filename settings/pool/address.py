"""A further Service of a pool, such as one that clients know from an earlier deployment."""

from typing import Annotated

from pydantic import Field

from documents.validation import form
from settings.base import Settings

ClusterAddress = Annotated[str, form(r"^[0-9a-fA-F.:]+$", "10.96.1.2", max_length=45)]


class AddressSettings(Settings):
    """One further Service: its port, and the cluster address it keeps."""

    port: int = Field(default=8080, ge=1, le=65535, description="Port at which clients call it.")
    cluster_ip: ClusterAddress | None = Field(
        default=None,
        alias="clusterIP",
        description="Address it has already; without it, a new Service gets one by itself.",
    )
