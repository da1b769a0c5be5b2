"""Who applies a stack."""

from enum import StrEnum


class Delivery(StrEnum):
    """Who applies the stack: the Pulumi operator, or Argo CD from rendered manifests."""

    OPERATOR = "operator"
    RENDERED = "rendered"
