"""One promotion from the command line: made, judged, printed, pushed and proposed."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from documents.files import given_bytes
from documents.problem import refusal
from gitops.acceptance.evidence import MOST_BYTES
from gitops.acceptance.suite import digests
from gitops.adapters.branch import Branches, Tip
from gitops.adapters.forge.hosts import forge
from gitops.adapters.forge.place import Kind, place_of
from gitops.adapters.forge.pulls import Done, Forge, Pull, Wanted, put
from gitops.adapters.git import Git
from gitops.adapters.kubectl import Kubectl
from gitops.adapters.process import run
from gitops.cli.notices import tell
from gitops.cli.output import Output
from gitops.cli.root import checkout
from gitops.cli.terminal import (
    busy,
    print_json,
    print_lines,
    print_table,
    print_text,
    print_with,
    say,
)
from gitops.cluster.file import engine_namespace, read_clusters
from gitops.planning.output.text import print_text as print_plan
from gitops.planning.plan import Plan
from gitops.promotion.body import body, document, title
from gitops.promotion.evidence import EVIDENCE, carried, kept, proofs
from gitops.promotion.facts import Health
from gitops.promotion.gates import Judged, judged, refusing
from gitops.promotion.health import health, verified
from gitops.promotion.notice import Notice
from gitops.promotion.promote import (
    Base,
    Change,
    Checkout,
    base,
    branch_of,
    declaring,
    facts,
    followed,
    is_ours,
    plan,
    pushed,
    refuse_diverged,
    refuse_held,
    refuse_other_branch,
    same_at,
    unlike,
)
from gitops.promotion.target import Asked, Side, Target, made, refuse_unasked, side
from gitops.promotion.token import token
from models.catalog import read_catalog
from proof.expected import Place as Address
from settings.promotion import NoticeEvent, Seen
from settings.release import blocked_reason


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a person says of a promotion beside the two stacks."""

    evidence: Sequence[Path]
    context: str | None
    remote: str
    forge: Kind | None
    forge_url: str
    token_file: Path | None
    dry_run: bool
    at_merge: bool
    output: Output

    @property
    def asks_forge(self) -> bool:
        """Return whether the forge is asked at all."""
        return self.at_merge or not self.dry_run


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """One run of the verb: what was asked, with which options, and when."""

    asked: Asked
    options: Options
    now: datetime

    def run(self) -> bool:
        """Print what a promotion does, do it unless it is to be tried only; false if refused."""
        root = checkout()
        place = Checkout(
            root=root, git=Git(folder=root, run=run),
            branches=Branches(folder=root, run=run, remote=self.options.remote),
        )  # fmt: skip
        found = base(place)
        sides, target = self._made(root)
        tip, forge = self._outside(place, found)
        pull = self._pull(forge, found)
        judged, files = self._judged(place, found, (sides, target), (tip, forge, pull))
        shown = plan(place.git.subject(found.commit), sides[1], target)
        if self.options.output is not Output.JSON:
            self._print(sides, target, judged, shown)
        refused = self._refused(target, judged)
        if self.options.at_merge and not target.problems:
            merging = pull.commit if pull else None
            refused += map(str, unlike(place, found, (self.asked, files), tip, merging))
        done: Mapping[str, str] | None = None
        for one in refused:
            say(one)
        if not refused and not files:
            say(f"{self.asked.target} has this release already")
        elif not refused and not self.options.dry_run and target.release and shown:
            done = self._propose(place, found, (sides, target, judged, shown), (files, tip, forge))
        if self.options.output is Output.JSON:
            releases = sides[1].release, target.release
            print_json(document(self.asked, judged, shown, releases, done))
        return not refused

    def _refused(self, target: Target, judged: Sequence[Judged]) -> list[str]:
        """Return why nothing is proposed, or may be merged; nothing where all is well."""
        gates = refusing(judged, merge=self.options.at_merge)
        said = [f"{one.gate.name}: {one.outcome.figure}; {one.outcome.cure}" for one in gates]
        return [*map(str, target.problems)] or said

    def _made(self, root: Path) -> tuple[tuple[Side, Side], Target]:
        asked = self.asked
        if asked.source == asked.target:
            raise refusal(asked.target, "is both FROM and TO", "name two stacks")
        with busy("Making the promotion"):
            catalog = read_catalog(root)
            sides = side(root, asked.source, catalog), side(root, asked.target, catalog)
            refuse_unasked(*sides, asked)
            refuse_held(read_clusters(root), asked)
            return sides, made(root, asked, sides, catalog, self.now.date())

    def _outside(self, place: Checkout, found: Base) -> tuple[Tip | None, Forge | None]:
        """Return the branch of the promotion as it is, and the forge; nothing for a dry run."""
        wanted = followed(read_clusters(place.root), self.asked.target)
        refuse_other_branch(found, wanted)
        if not self.options.asks_forge:
            return None, None
        with busy(f"Asking {self.options.remote}"):
            heads, main = place.branches.heads()
            refuse_other_branch(found, wanted or main)
            refuse_diverged(place.git, found, heads)
            branch = branch_of(self.asked.target)
            tip = place.branches.tip(branch, heads[branch]) if branch in heads else None
        address = place.branches.address()
        there = place_of(address, os.environ, self.options.forge, self.options.forge_url)
        if there.kind is Kind.NONE:
            return tip, None
        secret = token(there, os.environ, self.options.token_file)
        if Address(url=there.api, pools=(), version="").is_open:
            say(f"note: {there.api} is not https: anyone on the network path can read the token")
        return tip, forge(there, secret)

    def _pull(self, forge: Forge | None, found: Base) -> Pull | None:
        pulls = forge.pulls(branch_of(self.asked.target), found.branch) if forge else []
        return pulls[0] if pulls else None

    def _judged(
        self,
        place: Checkout,
        found: Base,
        made: tuple[tuple[Side, Side], Target],
        outside: tuple[Tip | None, Forge | None, Pull | None],
    ) -> tuple[tuple[Judged, ...], dict[str, bytes | None]]:
        """Return the gates, and the files of the promotion with the evidence that it carries."""
        (sides, target), (tip, forge, pull) = made, outside
        source = sides[0]
        before = self._carried(place, tip)
        evidence = self._evidence(place, before)
        suites = digests(place.root, source.file)
        shown = proofs(evidence, source, read_catalog(place.root), suites)
        paths = declaring(self.asked.source, source.file.release, source.release.models)
        changed = place.branches.last_change(paths)
        known = replace(
            facts(place.root, self.asked, sides, target, self.now),
            proofs=tuple(proof for proof, _ in shown),
            since=(datetime.fromtimestamp(changed[0], UTC), changed[1]) if changed else None,
            approvals=forge.approvals(pull) if forge and pull else None,
            blocked=blocked_reason(place.root, (source.release, target.release)) or None,
        )
        known = replace(known, health=self._health(place, found, source, known.settings.health))
        files = dict(target.files)
        if files:
            files |= carried(known, shown, before)
        return judged(known), files

    def _carried(self, place: Checkout, tip: Tip | None) -> Mapping[str, bytes]:
        """Return the files of evidence that the branch of the promotion has already.

        What somebody else committed there shows nothing.
        """
        folder = f"{EVIDENCE}/{self.asked.target}/"
        entries = place.git.tree(tip.commit) if tip and is_ours(tip) else ()
        there = {one.path: one.id for one in entries if one.path.startswith(folder)}
        contents = place.git.contents(there.values())
        return {path: contents[blob] for path, blob in there.items()}

    def _evidence(self, place: Checkout, before: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
        """Return the files of evidence: of the checkout, of the promotion's branch, those given."""
        found, wrong = kept(place.root, self.asked.target, before)
        for one in wrong:
            say(f"note: this counts as no evidence: {one}")
        return [*found, *((str(one), given_bytes(one, most=MOST_BYTES))
                          for one in self.options.evidence)]  # fmt: skip

    def _health(
        self, place: Checkout, found: Base, source: Side, wanted: Sequence[str]
    ) -> "Mapping[Seen, Health]":
        if not (wanted and self.options.context):
            return {}
        stack, release = source.file.stack, source.file.release
        paths = (f"Pulumi.{stack}.yaml", *declaring(stack, release, source.release.models))
        kubectl = Kubectl(run=run, folder=place.root, context=self.options.context)
        with busy(f"Asking the cluster of {stack}"):
            settings = source.file.settings
            seen = health(
                kubectl, stack, engine_namespace(place.root, settings), map(Seen, wanted),
                lambda commit: same_at(place.git, found.commit, paths, commit),
            )  # fmt: skip
            if Seen.VERIFY not in wanted:
                return seen
            objects = (part.object for part in source.rendering.parts if part.object)
            return {**seen, Seen.VERIFY: verified(kubectl, settings.namespace, objects)}

    def _print(
        self,
        sides: tuple[Side, Side],
        target: Target,
        judged: Sequence[Judged],
        shown: Plan | None,
    ) -> None:
        if self.options.output is Output.MARKDOWN and shown and target.release:
            print_text(body(self.asked, judged, shown, (sides[1].release, target.release)))
        else:
            print_table(("gate", "", "figure"), map(_row, judged), self.options.output)
            if shown:
                print_lines([""])
                print_with(lambda place: print_plan(shown, place))

    def _propose(
        self,
        place: Checkout,
        found: Base,
        made: tuple[tuple[Side, Side], Target, Sequence[Judged], Plan],
        outside: tuple[dict[str, bytes | None], Tip | None, Forge | None],
    ) -> Mapping[str, str] | None:
        """Push the branch, and return the address of its pull request and what was done to it."""
        (sides, target, judged, shown), (files, tip, forge) = made, outside
        release = target.release
        if release is None:
            return None
        branch = branch_of(self.asked.target)
        change = Change(asked=self.asked, release=release, files=files)
        with busy(f"Pushing {branch}"):
            commit = pushed(place, found, change, tip)
        held = tip is not None and tip.commit == commit
        say(f"{branch} is up to date" if held else f"pushed {branch} at {commit[:7]}")
        if forge is None:
            say(f"next: open a pull request from {branch} into {found.branch}")
            return None
        said = body(self.asked, judged, shown, (sides[1].release, release))
        wanted = Wanted(branch=branch, commit=commit, base=found.branch,
                        title=title(self.asked, release), body=said)  # fmt: skip
        with busy("Opening the pull request"):
            pull, done = put(forge, wanted)
        if self.options.output is not Output.JSON:
            print_lines([f"pull request {done}: {pull.url}"])
        if done is Done.OPENED:
            notice = Notice(event=NoticeEvent.OPENED, stack=self.asked.target,
                            before=sides[1].release, after=release, pull=pull.url)  # fmt: skip
            tell(sides[1].file.settings.promotion, notice)
        return {"done": done.value, "url": pull.url}


def _row(one: Judged) -> tuple[str, ...]:
    verdict = "holds" if one.outcome.holds else "waived" if one.waiver else "does not hold"
    if one.gate.at_merge and not one.passes:
        verdict = "at the merge"
    who = f"; {one.waiver.name} waives it until {one.waiver.until}" if one.waiver else ""
    return one.gate.name.value, verdict, f"{one.outcome.figure}{who}"
