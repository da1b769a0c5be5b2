"""Where copies go, and when: a bucket that speaks S3, and a schedule of cron."""

import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from documents.names import Label
from documents.validation import contradiction, form
from settings.access.network import Place, asked_host
from settings.names import SecretReference

_ENDPOINT = r"^https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?$"
_PORTS = {"http": 80, "https": 443}


def _endpoint(text: str) -> str:
    if not re.fullmatch(_ENDPOINT, text) or not 0 < _port(text) < 2**16:
        # Not quoted: what stands before an @ may be a password.
        raise contradiction(
            "is not the address of an object store", "write https://host or http://host:port"
        )
    return asked_host(text)


def _port(endpoint: str) -> int:
    found = urlsplit(endpoint)
    port = found.netloc.rpartition(":")[2]
    return int(port) if port.isdecimal() else _PORTS[found.scheme]


# The lowest and the highest number of each field of a schedule.
_FIELDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}
_STEP = re.compile(r"(\*|([0-9]{1,2})(-([0-9]{1,2}))?)(/([1-9][0-9]?))?")


def _schedule(text: str) -> str:
    fields = text.split(" ")
    if len(fields) != len(_FIELDS):
        raise contradiction(f"{text!r:.60} is not a schedule", _DAILY)
    for field, (name, bounds) in zip(fields, _FIELDS.items(), strict=True):
        for one in field.split(","):
            if not _is_within(one, *bounds):
                raise contradiction(f"{text!r:.60} has {one!r:.20} for the {name}", _DAILY)
    return text


_DAILY = 'write minute, hour, day, month and weekday, such as "15 2 * * *"'


def _is_within(text: str, low: int, high: int) -> bool:
    found = _STEP.fullmatch(text)
    numbers = [int(one) for one in found.group(2, 4) if one] if found else [high + 1]
    return all(low <= one <= high for one in numbers) and numbers == sorted(numbers)


Schedule = Annotated[str, AfterValidator(_schedule), Field(max_length=100)]
Bucket = Annotated[
    str,
    form(
        r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        "models",
        "the name of a bucket, which has 3 to 63 small letters, digits, dots and hyphens",
    ),
]


class BucketSettings(Place):
    """A bucket of an object store that speaks S3, and the keys that open it."""

    bucket: Bucket = Field(description="Name of the bucket; it exists already.")
    endpoint: Annotated[str, AfterValidator(_endpoint)] = Field(
        description="Address of the object store.", json_schema_extra={"pattern": _ENDPOINT}
    )
    region: Label = Field(default="us-east-1", description="Region by which requests are signed.")
    access_key: SecretReference = Field(description="Secret with the access key's id.")
    secret_key: SecretReference = Field(description="Secret with the access key itself.")

    @model_validator(mode="after")
    def _is_encrypted_outside(self) -> Self:
        if self.networks and self.endpoint.startswith("http://"):
            raise contradiction(
                "sends models over networks outside of the cluster in plain text",
                "use an https endpoint, or `namespace` in place of `networks`",
            )
        return self

    @property
    def port(self) -> int:
        return _port(self.endpoint)
