from typing import Any

import pytest

from gitops.validation.rules.rule import CatalogUses, PoolUse, catalog_problems
from gitops.validation.rules.rulebook import RULES
from tests.gitops.stacks import catalog, weights


def uses(
    *names: str, aliases: dict[str, str] | None = None, **edited: dict[str, Any]
) -> CatalogUses:
    """Return two models of which all are served, with some of their fields replaced."""
    known = catalog(**edited).definitions
    served = PoolUse(
        stack="dev", pool="talk", models=names or ("small", "large"), aliases=aliases or {}
    )
    return CatalogUses(
        definitions={name: known[name] for name in ("small", "large")}, uses=(served,)
    )


def of(name: str, **changes: Any) -> dict[str, Any]:
    """Return a model whose weights have some of their fields replaced."""
    size = {"small": 100_000_000, "large": 900_000_000}[name]
    return {"weights": {**weights(name, size), **changes}}


ADDRESS, DIGEST = weights("small", 1)["url"], weights("small", 1)["sha256"]
BROKEN = {
    "one address, two digests": ("address-has-one-digest", uses(large=of("large", url=ADDRESS))),
    "one digest, two sizes": ("digest-has-one-size", uses(large=of("large", sha256=DIGEST))),
    "two owners who look alike": (
        "owner-is-no-look-alike",
        uses(
            small=of("small", url="https://huggingface.co/MirrorLab/a/resolve/main/small.gguf"),
            large=of("large", url="https://huggingface.co/Mirror-1ab/a/resolve/main/large.gguf"),
        ),
    ),
    "an owner who gates": (
        "gated-is-said",
        uses(large=of("large", url="https://huggingface.co/meta-llama/a/resolve/main/large.gguf")),
    ),
    "an alias of another model's name": ("alias-is-no-model", uses(aliases={"large": "small"})),
}
WHOLE = {
    "files of their own": uses(),
    "one file for two models": uses(large=of("small")),
    "one file with an estimated size": uses(large=of("small", size="about 0.90 GB")),
    "two files of one owner": uses(
        small=of("small", url="https://huggingface.co/MirrorLab/a/resolve/main/small.gguf"),
        large=of("large", url="https://huggingface.co/MirrorLab/b/resolve/main/large.gguf"),
    ),
    "an owner who gates, and a file that says so": uses(
        large=of(
            "large",
            url="https://huggingface.co/meta-llama/a/resolve/main/large.gguf",
            gated=False,
        )
    ),
    "an alias of a new name": uses(aliases={"assistant": "small"}),
}


@pytest.mark.parametrize(("rule", "case"), BROKEN.values(), ids=BROKEN)
def test_a_trap_between_files_is_found(rule: str, case: CatalogUses):
    assert [one.rule for one in catalog_problems(RULES, case)] == [rule]


@pytest.mark.parametrize("case", WHOLE.values(), ids=WHOLE)
def test_files_that_agree_are_admitted(case: CatalogUses):
    assert list(catalog_problems(RULES, case)) == []


def test_a_finding_names_the_file():
    (one,) = catalog_problems(RULES, uses(large=of("large", url=ADDRESS)))

    assert str(one).startswith(f"models/large.yaml: gives {ADDRESS} another sha256 than models/s")
