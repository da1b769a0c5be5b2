"""Who applies a stack."""

from enum import StrEnum


class Delivery(StrEnum):
    """Who applies the stack: the operator, Argo CD from manifests, or Compose on one server."""

    OPERATOR = "operator"
    RENDERED = "rendered"
    COMPOSE = "compose"
