"""Who applies a stack."""

from enum import StrEnum

# The name in the ServiceAccount of the operator's pod, `localai-engine`.
ENGINE_NAME = "engine"


class Delivery(StrEnum):
    """Who applies the stack: the operator, Argo CD from manifests, or Compose on one server."""

    OPERATOR = "operator"
    RENDERED = "rendered"
    COMPOSE = "compose"
