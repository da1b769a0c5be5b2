"""The steps about weights: their digests, and how the new pods find those that are there."""

import shlex
from collections.abc import Iterator

from gitops.adoption.facts import measuring
from gitops.adoption.journey import Journey, Step
from gitops.adoption.pool import PoolDraft


def measure(way: Journey) -> Iterator[Step]:
    """Yield the step that asks running servers for digests and sizes nobody has written down."""
    commands = [
        measuring(files, kubectl=way.kubectl, workload=pool.workload.title,
                  folder=pool.workload.models_folder).replace(" > ", " >> ")
        for pool in way.pools
        if (files := sorted(_unmeasured(pool)))
    ]  # fmt: skip
    if commands:
        yield Step(
            title="Ask the running server for the facts that only it knows",
            why="digest and size of each file; nothing is changed there",
            commands=(*commands, f"{way.adopt} --facts facts.txt --force"),
        )


def _unmeasured(pool: PoolDraft) -> Iterator[str]:
    for model in pool.models:
        for file in model.files:
            if {"sha256", "size"} & set(file.missing):
                yield file.path


def keep_weights(way: Journey) -> Iterator[Step]:
    """Yield the step that gives files on a claim the names under which a pool looks for them."""
    commands = [command for pool in way.pools for command in _links(way, pool)]
    if commands:
        yield Step(
            title="Let the new pods find the weights that are there (saves fetching them)",
            why="a second name for each file, where a pool looks for it; it takes no space",
            commands=tuple(commands),
        )


def _links(way: Journey, pool: PoolDraft) -> Iterator[str]:
    if not pool.claim.below_root:
        return
    links: list[str] = []
    for file in (file for model in pool.models for file in model.files):
        if not file.missing:
            folder = f"{pool.claim.mount}/models/weights/{file.keys['sha256']}"
            old = shlex.quote(f"{pool.workload.models_folder}/{file.path}")
            new = shlex.quote(f"{folder}/{file.keys['file']}")
            links.append(f"mkdir -p {folder} && ln -f {old} {new}")
    if links:
        script = shlex.quote(" && ".join(links))
        yield f"{way.kubectl} exec {pool.workload.title} -- sh -c {script}"
