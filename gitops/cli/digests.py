"""`digests lock`: writes the digests of a stack's images into its file."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from components.checks.models import images_of
from documents.files import declared_bytes
from documents.problem import RefusedError
from documents.reader import LARGEST_BYTES
from gitops.adapters.head import Reach
from gitops.cli.new_files import write_new
from gitops.cli.root import checkout
from gitops.cli.terminal import busy
from gitops.planning.checkout import resolved
from gitops.planning.printable import counted
from gitops.sources.command import SourceOptions, authority
from gitops.sources.digests import ask_digests, manifest_url, with_digests
from gitops.sources.rules import SourceRules
from models.catalog import Catalog, read_catalog
from settings.file import StackFile, read_stack_file, stack_names


def lock(stacks: Sequence[str], options: SourceOptions) -> Iterator[str]:
    """Write the digests of some stacks, or of all, and yield what was written, a line each.

    Raises:
        RefusedError: a file is not valid, or a registry does not say; nothing is written then.
    """
    root = checkout()
    catalog = read_catalog(root)
    files = [read_stack_file(root, stack) for stack in stacks or stack_names(root)]
    wanted = {file.stack: _places(file, catalog) for file in files}
    places = {place: place for one in wanted.values() for place in one.values()}
    ports = frozenset(urlsplit(manifest_url(place)).port or 443 for place in places)
    rules = SourceRules(networks=options.networks, ports=ports)
    with busy("Asking registries"):
        digests, problems = ask_digests(places, rules, Reach(tls=authority(options.ca_file)))
    if problems:
        raise RefusedError(problems)
    texts: dict[str, str] = {}
    for file in files:
        found = {name: digests[place] for name, place in wanted[file.stack].items()}
        name = f"Pulumi.{file.stack}.yaml"
        texts[name] = with_digests(
            file.document, declared_bytes(root, name, most=LARGEST_BYTES).decode(), found
        )
    write_new(root, texts, force=True)
    return (
        f"{name}: {counted(len(wanted[file.stack]), 'digest')}"
        for file, name in zip(files, texts, strict=True)
    )


def _places(file: StackFile, catalog: Catalog) -> dict[str, str]:
    """Return the images of a stack by name, with where each is pulled from."""
    # What its digests say now is what is to be replaced, so none of them may refuse.
    settings = file.settings.model_copy(update={"digests": {}, "release": None})
    context, pools = resolved(replace(file, settings=settings, release=None), file.served(catalog))
    return {name: context.image(name) for pool in pools for name in images_of(pool)}
