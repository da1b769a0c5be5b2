"""Looks up what is known of a LocalAI version, and names its images."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from localai import versions
from localai.release import Accelerator, Engine, Health, KnownIssue, Metrics, Paths, Server, parse

__all__ = [
    "SERVERS",
    "Engine",
    "Health",
    "KnownIssue",
    "Metrics",
    "Paths",
    "Server",
    "UnknownAcceleratorError",
    "UnknownEngineError",
    "UnknownServerVersionError",
    "engine_image",
    "read",
    "server",
    "server_image",
]


class UnknownServerVersionError(LookupError):
    """A LocalAI version without a table; the text lists those that have one."""


class UnknownEngineError(LookupError):
    """An engine that a version does not have, or not for this accelerator; the text lists both."""


class UnknownAcceleratorError(LookupError):
    """An accelerator that a version has no server image for; the text lists those it has."""


def read() -> Mapping[str, Server]:
    """Return every version that has a file, oldest first."""
    modules = (
        import_module(f"{versions.__name__}.{m.name}") for m in iter_modules(versions.__path__)
    )
    found: list[Server] = [module.SERVER for module in modules]
    found.sort(key=lambda one: parse(one.version))
    return MappingProxyType({one.version: one for one in found})


SERVERS: Mapping[str, Server] = read()


def server(version: str) -> Server:
    """Return what is known of a version.

    Raises:
        UnknownServerVersionError: no table describes it.
    """
    if version in SERVERS:
        return SERVERS[version]
    known = ", ".join(SERVERS)
    raise UnknownServerVersionError(f"LocalAI {version} is not known; use one of {known}")


def server_image(release: Server, accelerator: Accelerator) -> str:
    """Return the server's image for an accelerator, as `repository:tag`.

    Raises:
        UnknownAcceleratorError: the version has no image for it.
    """
    if accelerator not in release.image_suffixes:
        known = ", ".join(release.image_suffixes)
        raise UnknownAcceleratorError(
            f"LocalAI {release.version} has no image for {accelerator}; it has {known}"
        )
    return f"{release.repository}:{release.version}{release.image_suffixes[accelerator]}"


def engine_image(release: Server, engine_name: str, accelerator: Accelerator) -> str:
    """Return the image of an engine for an accelerator, of the server's own release.

    Raises:
        UnknownEngineError: the version has no such engine, or not for this accelerator.
    """
    engine = release.engines.get(engine_name)
    if engine is None:
        known = ", ".join(sorted(release.engines))
        raise UnknownEngineError(
            f"LocalAI {release.version} has no engine {engine_name}; use one of {known}"
        )
    if accelerator not in engine.variants:
        built = ", ".join(engine.variants)
        raise UnknownEngineError(
            f"the engine {engine_name} is not built for {accelerator}; it is built for {built}"
        )
    parts = (release.version, engine.variants[accelerator], engine.name)
    return f"{release.engine_repository}:{'-'.join(part for part in parts if part)}"
