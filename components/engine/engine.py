"""The edge to the Pulumi engine: its configuration in, declarations out."""

import asyncio
import gc
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pulumi
from pulumi.runtime import config as runtime_config

from components.engine.component import Component, provider_part
from components.engine.declaration import Declaration, parts_of
from components.parts.part import Part
from documents.problem import Problem, RefusedError
from settings.config import HOLDS_SECRET, PROJECT, SettingsError, in_config, strangers
from settings.stack.delivery import Delivery
from settings.stack.stack import ClusterSettings, StackSettings


def engine_config() -> dict[str, str]:
    """Return the `localai:` configuration that the engine hands to the program.

    Raises:
        SettingsError: there is configuration that no plan shows, from wherever it came, or that
            the engine keeps encrypted.
    """
    everything = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    ours = {key: value for key, value in everything.items() if key.startswith(f"{PROJECT}:")}
    # The engine hands them over decrypted: nothing else shows what they are.
    hidden = [
        Problem(path=("config", key), cause=HOLDS_SECRET[0], cure=HOLDS_SECRET[1])
        for key in sorted(ours)
        if runtime_config.is_config_secret(key)
    ]
    if found := [*strangers(sorted(everything)), *hidden]:
        raise SettingsError(found)
    return ours


def hush() -> None:
    """Keep the SDK from telling the engine what it does itself, four calls for each registration.

    The program waits for the answer to each: of 183 objects they are a seventh of its time. Only
    `pulumi --debug` shows them.
    """
    pulumi.log.debug = _unsaid


def _unsaid(*words: Any, **more: Any) -> None:
    del words, more


# New objects between two runs of the garbage collector. The default of 700 cost a tenth of the
# program's processor time, and the program ends before garbage counts.
_OBJECTS = 50_000
# Up to six frames are the SDK's and the resource class's; the seventh is the line that declares it.
_FRAMES = 7


@contextmanager
def _short_traces() -> Generator[None]:
    """Limit the stack trace that the SDK records with each resource to the line that declares it.

    Whole traces end in the interpreter: they were a quarter of the state, with folders of the
    machine that ran the program.
    """
    before = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = _FRAMES
    try:
        yield
    finally:
        if before is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = before


@contextmanager
def stated() -> Generator[None]:
    """Turn a refusal into the engine's own plain error: words for people, and no traceback.

    Raises:
        RunError: the declaration was refused.
    """
    try:
        yield
    except RefusedError as error:
        raise pulumi.RunError(str(error)) from None


_APPLIED = {
    Delivery.RENDERED: "this stack is delivered as rendered manifests, which Argo CD applies",
    Delivery.COMPOSE: "this stack is delivered to one server, where Compose runs it",
}


def register(declarations: Iterable[Declaration], settings: StackSettings) -> None:
    """Register every declaration with the engine, on one explicit provider.

    Raises:
        SettingsError: another writer applies the stack, and two would fight; or
            two components or parts have one name.
    """
    if settings.delivery is not Delivery.OPERATOR:
        cause = _APPLIED[settings.delivery]
        cure = "remove localai:delivery to let the engine apply it"
        raise SettingsError(in_config([Problem(path=("delivery",), cause=cause, cure=cure)]))
    declarations = tuple(declarations)
    # The engine accepts one name for two types; a plan by names would mix them up.
    parts_of(declarations)
    gc.set_threshold(_OBJECTS)
    pulumi.run(lambda: _registered(declarations, settings))


async def _registered(declarations: Iterable[Declaration], settings: StackSettings) -> None:
    """Register every declaration, and let the engine begin with each while the next is made."""
    with _short_traces():
        provider = _provider(provider_part(settings))
    bound = _bound(provider, settings.cluster)
    registered: dict[str, Component[Any]] = {}
    for declaration in declarations:
        wait_for = [*bound, *(registered[name] for name in declaration.depends_on)]
        opts = pulumi.ResourceOptions(providers=[provider], depends_on=wait_for)
        registered[declaration.name] = _made(declaration, opts)
        await asyncio.sleep(0)
    await _answered(registered.values())


def _made(declaration: Declaration, opts: pulumi.ResourceOptions) -> Component[Any]:
    with _short_traces():
        return declaration.component(declaration.name, declaration.args, opts)


async def _answered(components: Iterable[Component[Any]]) -> None:
    """Return once the engine has answered every registration; a failure is the SDK's to raise.

    Where the program ends first, the SDK looks at every output anew with each answer: of 1,452
    registrations that made three quarters of the program's processor time.
    """
    every = [one for made in components for one in (made, *made.resources.values())]
    await asyncio.gather(*(one.urn.future() for one in every), return_exceptions=True)


def _provider(part: Part) -> pulumi.ProviderResource:
    provider_class = import_module("pulumi_kubernetes").Provider
    return provider_class(
        part.name,
        cluster_identifier=part.inputs["clusterIdentifier"],
        enable_patch_force=part.inputs["enablePatchForce"],
        upsert_existing_objects=part.inputs.get("upsertExistingObjects"),
    )


# The Namespace that every cluster has from its first minute to its last.
_HOME = "kube-system"


def _bound(
    provider: pulumi.ProviderResource, cluster: ClusterSettings
) -> list[pulumi.Output[pulumi.Resource]]:
    """Return what every component waits for: that the provider reaches the cluster that is bound.

    The provider itself is asked, since it alone knows which kubeconfig and context it uses. Nothing
    is registered before it has answered.
    """
    if cluster.uid is None:
        return []
    namespace = import_module("pulumi_kubernetes.core.v1").Namespace
    home = namespace.get(_HOME, _HOME, opts=pulumi.ResourceOptions(provider=provider))
    uid: pulumi.Output[str] = home.metadata.uid
    return [uid.apply(lambda found: _verified(home, found, cluster))]


def _verified(home: pulumi.Resource, found: str, cluster: ClusterSettings) -> pulumi.Resource:
    if found == cluster.uid:
        return home
    name, uid = cluster.name, cluster.uid
    raise pulumi.RunError(
        f"localai:cluster says {name} with uid '{uid}', but the kubeconfig leads to the cluster "
        f"with uid '{found}'; nothing was changed. Choose the context of {name}; or, if {name} "
        f"was built anew, write `uid: {found}` under localai:cluster"
    )
