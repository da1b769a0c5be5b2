"""The one place that registers parts with the Pulumi engine, and the one provider of a stack."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, Generic, TypeVar

import pulumi
from pulumi import Output

from components.parts.delivery import delivered
from components.parts.kinds import class_of
from components.parts.part import Part, ordered
from settings.stack.delivery import Delivery
from settings.stack.stack import StackSettings

TOKEN = "pulumi:providers:kubernetes"


def provider_part(settings: StackSettings) -> Part:
    """Return the provider; another cluster identity replaces it and everything on it.

    It writes over what others have set in a field that is declared, since every object has one
    writer. A conflict would stop every later change of the object, and drift would never be healed.
    """
    adopt = {"upsertExistingObjects": True} if settings.claims.adopt else {}
    inputs = {"clusterIdentifier": settings.cluster.name, "enablePatchForce": True, **adopt}
    return Part(name="cluster", token=TOKEN, inputs=inputs)


__all__ = ["Component", "Output", "resource_class"]

Args = TypeVar("Args")


class Component(pulumi.ComponentResource, Generic[Args]):
    """A typed component: `parts` says what it is made of, the constructor registers just that.

    Its args are one subject, such as a pool, or a class of its own where it needs more.
    """

    token: ClassVar[str]

    @staticmethod
    def parts(name: str, args: Args, /) -> tuple[Part, ...]:
        """Return the parts of a component, without an engine."""
        raise NotImplementedError

    @staticmethod
    def outputs(args: Args, /) -> Mapping[str, str | None]:
        """Return the outputs of a component, by the attributes that hold them; never a secret."""
        del args
        return {}

    def __init__(self, name: str, args: Args, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the component and its parts; they wait for what `opts` depends on."""
        super().__init__(self.token, name, {}, opts)
        wait_for: Any = (opts.depends_on if opts else None) or []
        self.resources: dict[str, pulumi.Resource] = {}
        for part in delivered(ordered(self.parts(name, args)), Delivery.OPERATOR):
            taken = [self.resources[one] for one in part.depends_on]
            self.resources[part.name] = self._register(part, [*wait_for, *taken])
        outputs = {key: Output.from_input(value) for key, value in self.outputs(args).items()}
        for key, value in outputs.items():
            setattr(self, key, value)
        # The engine would write its whole state once more for a new component, even for none.
        if outputs:
            self.register_outputs(dict(outputs))

    def _register(self, part: Part, wait_for: Any) -> pulumi.Resource:
        timeout = f"{part.options.timeout}s" if part.options.timeout else None
        opts = pulumi.ResourceOptions(
            parent=self,
            depends_on=wait_for,
            retain_on_delete=part.options.retain or None,
            aliases=list(part.options.aliases) or None,
            ignore_changes=list(part.options.ignored) or None,
            custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout, delete=timeout)
            if timeout
            else None,
        )
        return resource_class(part.token)(part.name, opts=opts, **self._inputs(part))

    def _inputs(self, part: Part) -> dict[str, Any]:
        inputs = {_snake(field): value for field, value in part.inputs.items()}
        for field, value in (part.manifest or {}).items():
            inputs[_snake(field)] = value
        if class_of(part.token):
            # The class of a known kind sets these two by itself.
            inputs.pop("api_version", None)
            inputs.pop("kind", None)
        if part.options.secret:
            source: Any = self.resources[part.options.secret.part]
            inputs["string_data"] = {part.options.secret.key: source.result}
        return inputs


def resource_class(token: str) -> type[Any]:
    """Return the class that registers a type token; a kind without one is a custom resource."""
    module, name = class_of(token) or ("pulumi_kubernetes.apiextensions", "CustomResource")
    return getattr(import_module(module), name)


def _snake(field: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in field)
