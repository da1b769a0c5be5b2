"""`check --sources`: asks every source of weights for size and digest, and for no byte of them."""

import os
import ssl
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from documents.problem import Problem, refusal
from documents.reader import read_file
from gitops.planning.checkout import Declared
from gitops.sources.rules import SourceRules
from gitops.sources.sources import Source, is_cut_off, source_problems, sources, unreachable
from models.catalog import FOLDER
from settings.access.downloads import HUB, HubSettings
from settings.release import release_name


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """How sources are asked: networks beside the public ones, and a further authority."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    ca_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was found, and how many files and images there are."""

    found: tuple[Problem, ...]
    files: int
    images: int


def source_options(networks: Sequence[str], ca_file: Path | None) -> SourceOptions:
    """Return the options of a command line.

    Raises:
        RefusedError: one of them is no network.
    """
    try:
        return SourceOptions(networks=tuple(map(ip_network, networks)), ca_file=ca_file)
    except ValueError as error:
        raise refusal("--allow-network", str(error), "write it as 10.1.0.0/16") from None


def ask(root: Path, declared: Declared, options: SourceOptions, *, whole: bool) -> Asked:
    """Return what the sources of the models say; those of every model where `whole` is set.

    Raises:
        RefusedError: the file of an authority cannot be read.
    """
    # Only this verb needs it, and it takes a while to import.
    from gitops.adapters.head import Reach, heads

    wanted = _wanted(root, declared, whole=whole)
    reach = Reach(tls=authority(options.ca_file))
    with progress("asking sources", len({one.url for one in wanted})) as told:
        answers = heads((one.url for one in wanted), _rules(declared, options), reach, told)
    images = {
        file.url for model in declared.catalog.definitions.values() for file in model.files
        if file.image
    }  # fmt: skip
    told = [unreachable(answers)] if is_cut_off(answers) else source_problems(wanted, answers)
    found = {str(one): one for one in told}
    return Asked(found=tuple(found.values()), files=len(answers), images=len(images))


def _wanted(root: Path, declared: Declared, *, whole: bool) -> list[Source]:
    """Return the sources of each model as its stacks fetch it, through a mirror where they do."""
    uses: dict[tuple[str, str, HubSettings | None], None] = {}
    for file in declared.files:
        name = release_name(file.stack) if file.release else ""
        for pool in file.settings.pools.values():
            uses |= dict.fromkeys((one, name, file.settings.hub) for one in pool.models)
    definitions = {"": declared.catalog.definitions} | {
        release_name(file.stack): file.release.models for file in declared.files if file.release
    }
    if whole:
        used = {name for name, release, _ in uses if not release}
        uses |= dict.fromkeys(
            (name, "", None) for name in declared.catalog.definitions.keys() - used
        )
    read = {name: read_file(root, name, floats=True) for name in definitions if name}
    return [
        source
        for name, release, hub in sorted(uses, key=lambda use: use[:2])
        for source in sources(
            definitions[release][name],
            read[release].within(("models", name))
            if release
            else read_file(root, f"{FOLDER}/{name}.yaml", floats=True),
            hub,
        )
    ]


def _rules(declared: Declared, options: SourceOptions) -> SourceRules:
    mirrors = [file.settings.hub.endpoint for file in declared.files if file.settings.hub]
    ports = {urlsplit(mirror).port or 443 for mirror in mirrors}
    return replace(hub_rules(options), ports=frozenset(ports))


def hub_endpoint() -> str:
    """Return the address that stands for the hub on this machine."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or HUB


def hub_rules(options: SourceOptions) -> SourceRules:
    """Return what may be asked where no stack is looked at: the hub, or what stands for it here.

    Raises:
        RefusedError: what the environment says of it is not valid.
    """
    said = hub_endpoint()
    try:
        port = urlsplit(said).port or 443
    except ValueError:
        raise refusal("HF_ENDPOINT", "is not an address", "use https://host/path") from None
    # A mirror that a stack file names gets no token: whoever changes that file would get it.
    return SourceRules(
        networks=options.networks,
        ports=frozenset({port}),
        token=_token(),
        origins=tuple("/".join(hub.split("/")[:3]) for hub in (HUB, said)),
    )


def _token() -> str:
    token = os.environ.get("HF_TOKEN", "").strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise refusal("HF_TOKEN", "holds a blank or a control character", "correct it")
    return token


def authority(ca_file: Path | None) -> ssl.SSLContext:
    """Return whom to trust: the public authorities, and those of a file.

    Raises:
        RefusedError: it cannot be read.
    """
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            cause = f"cannot be read: {error.strerror or error}"
            raise refusal(str(ca_file), cause, "name a file of certificates in PEM form") from None
    return context


@contextmanager
def progress(words: str, total: int) -> Generator[Callable[[], None]]:
    """Give what is called after each step; a bar where somebody looks."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=total)
        yield lambda: bar.advance(task)
