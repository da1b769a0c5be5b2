"""The page that lists every rule of `check`: what holds, why, and what to do where it does not."""

from collections.abc import Iterable, Iterator
from typing import Any

from components.checks.rulebook import CONTEXT_CHECKS, POOL_CHECKS, POOLS_CHECKS
from gitops.planning.checkout import FIRST
from gitops.planning.neighbors import NEIGHBOR_RULES
from gitops.validation.rules.rule import Rule
from gitops.validation.rules.rulebook import CHAPTERS, WAIVABLE
from gitops.validation.rules.waivers import LONGEST
from settings.pool.rules import POOL_RULES
from settings.stack.rules.rulebook import STACK_RULES

_TITLE = f"""\
# Rules

Written by `python -m gitops.validation.reference`. `localai-gitops check` holds every stack against
these rules, offline; the policy pack in `policy/` holds what the Pulumi engine registers against
them. A rule that is broken refuses; a note says so and lets pass.

What the schemas refuse is not repeated here: an unknown key, a name that is given twice, a digest
in upper case, weights without a digest or from a place that is neither https nor an image by
digest, an alias of an alias; see [settings](settings.md).

## Waive a rule

Where a rule cannot hold yet, the stack file says which, why and until when, {LONGEST.days} days
ahead at most:

```yaml
config:
  localai:waivers:
    - rule: root-file-system-read-only
      object: Deployment localai-chat
      reason: The vendor's image writes to /opt; it is fixed in their next release.
      until: "2027-03-31"
```

`object` is what `check` prints, with `*` for anything; without it, the whole stack is meant. After
its last day a waiver refuses, and so does one of a rule that no stack can waive.

## As a policy pack

`pulumi install --cwd policy` once, then `pulumi preview --policy-pack policy`: the engine asks
about every resource it registers, and stops where a rule is broken. Waivers of the stack count
there too. What the engine tells no policy stays with `check`: the catalog, values of Secrets, and
whether a claim is retained."""


_SETTINGS = """\
## Keys of a stack file

What keys may not say together is refused before anything is rendered, by `pulumi up` too, and
cannot be waived. Each rule names the key to change, with `*` for any name."""


def rules_page() -> str:
    chapters = (_chapter(name, rules) for name, rules in CHAPTERS.items())
    return "\n\n".join([_TITLE, *chapters, _SETTINGS, *_settings_rules()]) + "\n"


def _chapter(name: str, rules: Iterable[Rule]) -> str:
    return "\n\n".join([f"## {name}", *map(_rule, rules)])


def _settings_rules() -> Iterator[str]:
    for before, rules in (
        ("pools.*.", POOL_RULES),
        ("", STACK_RULES),
        ("", (*CONTEXT_CHECKS, *POOLS_CHECKS)),
        ("pools.*.", POOL_CHECKS),
        ("", NEIGHBOR_RULES),
    ):
        for rule in rules:
            yield f"### {rule.id}\n\n`{before}{rule.key}`: {rule.sentence}\n\nCure: {rule.cure}."


def _rule(rule: Rule) -> str:
    return f"### {rule.id}\n\n{rule.sentence} {rule.reason}\n\nCure: {rule.cure}.{_how(rule)}"


def _how(rule: Rule) -> str:
    if rule.id not in WAIVABLE:
        return " A note; nothing to waive." if not rule.refuses else " It cannot be waived."
    if rule.refuses_elsewhere:
        return f" A note in `{FIRST}` and in the only stack of a checkout; others are refused."
    return " A note." if not rule.refuses else ""


def sentences(error: Any) -> Iterator[str]:
    """Yield `field: cause` for an error; for several fields that are unknown, one each."""
    unknown = getattr(error.kind, "unexpected", ())
    for field in unknown:
        yield f"{_place([*error.instance_path, field])}: unknown field"
    if not unknown:
        yield f"{_place(error.instance_path)}: {error.message}"


def _place(path: list[str | int]) -> str:
    return ".".join(str(step) for step in path) or "the object"
