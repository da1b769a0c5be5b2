"""The identity of pods; it can do nothing. A pool's Jobs and servers share one."""

from collections.abc import Mapping

from lightkube.models.core_v1 import LocalObjectReference, ServiceAccount

from components.engine.component import Component
from components.parts.context import Context
from components.parts.labels import POOL, metadata
from components.parts.part import Part, object_part
from components.pool.pool import Pool


def service_account(pool: Pool) -> ServiceAccount:
    """Return the identity of a pool's pods."""
    return idle_account(pool.context, pool.object_name, {POOL: pool.name})


def idle_account(context: Context, name: str, labels: Mapping[str, str]) -> ServiceAccount:
    """Return an account that pulls images and can do nothing else; it carries no token."""
    return ServiceAccount(
        metadata=metadata(context, name, labels),
        automountServiceAccountToken=False,
        imagePullSecrets=pull_secrets(context) or None,
    )


def pull_secrets(context: Context) -> list[LocalObjectReference]:
    """Return the login that every account of a stack pulls images with."""
    name = context.settings.registry.pull_secret
    return [LocalObjectReference(name=name)] if name else []


class Identity(Component[Pool]):
    """The service account of a pool."""

    token = "localai:components:Identity"

    @staticmethod
    def parts(name: str, pool: Pool) -> tuple[Part, ...]:
        """Return the service account."""
        return (object_part(f"{name}-account", service_account(pool)),)
