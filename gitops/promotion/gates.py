"""The gates of a promotion: each a question over facts, answered with a figure and a cure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from documents.quantity import dollars
from gitops.acceptance.evidence import SKEW
from gitops.promotion.facts import Facts, Proof
from gitops.promotion.served import lacking
from settings.promotion import GateName, GateWaiver, Seen, Weekday, span

_LONGEST_WAIVER = timedelta(days=366)
_SHORT = 19
_MOST_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Whether a gate holds, the figure it was judged by, and what to do where it does not."""

    holds: bool
    figure: str
    cure: str = ""


@dataclass(frozen=True)
class Gate:
    """One question; `judge` returns None where the stack does not ask it.

    One that is asked at the merge keeps no pull request from being opened.
    """

    name: GateName
    sentence: str
    judge: Callable[[Facts], Outcome | None]
    at_merge: bool = False


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A gate with its outcome, and the waiver in force where it does not hold."""

    gate: Gate
    outcome: Outcome
    waiver: GateWaiver | None = None

    @property
    def passes(self) -> bool:
        """Return whether it holds or is waived."""
        return self.outcome.holds or self.waiver is not None


def judged(facts: Facts) -> tuple[Judged, ...]:
    """Return every gate that the stack asks, in their order."""
    found = ((gate, gate.judge(facts)) for gate in GATES)
    return tuple(_waived(gate, outcome, facts) for gate, outcome in found if outcome)


def refusing(found: Iterable[Judged], *, merge: bool) -> tuple[Judged, ...]:
    """Return the gates that do not let a promotion be opened, or be merged."""
    return tuple(one for one in found if not one.passes and (merge or not one.gate.at_merge))


def _waived(gate: Gate, outcome: Outcome, facts: Facts) -> Judged:
    # Where it does not fit there is nothing that could be promoted.
    if outcome.holds or gate.name is GateName.FIT:
        return Judged(gate=gate, outcome=outcome)
    ours = [one for one in facts.settings.waivers if one.gate is gate.name]
    today = facts.now.date()
    valid = [one for one in ours if today <= one.until <= today + _LONGEST_WAIVER]
    if valid:
        return Judged(gate=gate, outcome=outcome, waiver=valid[0])
    if ours:
        figure = f"{outcome.figure}; its waiver {_why_invalid(ours[0].until, today)}"
        cure = f"{outcome.cure}, or set a later date for the waiver"
        outcome = Outcome(holds=False, figure=figure, cure=cure)
    return Judged(gate=gate, outcome=outcome)


def _why_invalid(until: date, today: date) -> str:
    return f"ran out on {until}" if until < today else f"ends on {until}, more than a year from now"


def _not_blocked(facts: Facts) -> Outcome | None:
    if facts.blocked is None:
        return None
    if facts.blocked:
        cure = f"give {facts.source} another release"
        return Outcome(holds=False, figure=f"it is blocked: {facts.blocked}", cure=cure)
    return Outcome(holds=True, figure=f"{facts.release[:_SHORT]} is not blocked")


def _same_server(facts: Facts) -> Outcome:
    proven, ours = facts.servers
    if proven == ours:
        return Outcome(holds=True, figure=f"both run {ours}")
    figure = f"it was proven on {proven}, and {facts.target} runs {ours}"
    return Outcome(holds=False, figure=figure, cure="promote the whole release, without --model")


def _healthy(seen: Seen, facts: Facts) -> Outcome | None:
    if seen not in facts.settings.health:
        return None
    found = facts.health.get(seen)
    if found is None:
        cure = f"give --context with a kubectl context of the cluster of {facts.source}"
        return Outcome(holds=False, figure="was not asked", cure=cure)
    return Outcome(holds=found.holds, figure=found.words, cure=found.cure)


def _evidence(kind: str, facts: Facts) -> Outcome | None:
    age: str | None = getattr(facts.settings.evidence, kind)
    if age is None:
        return None
    verb = "verify" if kind == "smoke" else f"accept {kind}"
    made = f"localai-gitops {verb} {facts.source} --url URL --evidence {kind}.json"
    again = f"make it with `{made}`, and give it with --evidence"
    ours = [one for one in facts.proofs if one.kind == kind]
    fitting = [one for one in ours if (one.stack, one.release) == (facts.source, facts.release)]
    if not fitting:
        figure = _foreign(ours[-1], facts) if ours else "there is none"
        return Outcome(holds=False, figure=figure, cure=again)
    # A clock that was wrong once hides nothing that another file shows.
    past = [one for one in fitting if one.time <= facts.now + SKEW]
    newest = max(past or fitting, key=lambda one: one.time)
    until = newest.time + span(age)
    figure = f"{newest.file} of {_when(newest.time)}"
    if not past:
        return Outcome(
            holds=False, figure=f"{figure}, which is in the future", cure="set the clock right"
        )
    if until < facts.now:
        return Outcome(holds=False, figure=f"{figure}, which is older than {age}", cure=again)
    if newest.lacks:
        return Outcome(holds=False, figure=f"{newest.file}: {_few(newest.lacks)}", cure=again)
    return Outcome(holds=True, figure=f"{figure}, which counts until {_when(until)}")


def _foreign(proof: Proof, facts: Facts) -> str:
    if proof.stack != facts.source:
        return f"{proof.file} is of stack {proof.stack}, not of {facts.source}"
    return (
        f"{proof.file} is of release {proof.release[:_SHORT]}, and {facts.source} has "
        f"{facts.release[:_SHORT]}"
    )


def _reached(metric: str, facts: Facts) -> Outcome | None:
    """Judge a metric that the release says of each served model; what it does not say is low."""
    if not facts.served:
        return None
    least = facts.least[metric]
    if low := lacking(facts.served, metric, least):
        cure = f"declare a version in {facts.source} that reaches it, measured on unseen data"
        return Outcome(holds=False, figure=f"{_few(low)}; it must reach {least}", cure=cure)
    said = [f"{name} has {one.metrics[metric]}" for name, one in sorted(facts.served.items())]
    return Outcome(holds=True, figure=f"{_few(said)}; it must reach {least}")


def _fits(facts: Facts) -> Outcome:
    if facts.problems:
        cure = f"fix it in Pulumi.{facts.target}.yaml, or promote fewer models with --model"
        return Outcome(holds=False, figure=_few(facts.problems), cure=cure)
    return Outcome(holds=True, figure=f"every model fits where {facts.target} puts it")


def _rules(facts: Facts) -> Outcome | None:
    if facts.problems:
        return None
    if facts.rules:
        cure = f"fix them in {facts.target}, or waive them there"
        return Outcome(holds=False, figure=_few(facts.rules), cure=cure)
    return Outcome(holds=True, figure="`check` passes")


def _budget(facts: Facts) -> Outcome | None:
    if facts.budget is None or facts.problems:
        return None
    figure = f"{dollars(facts.cost)}/h of {dollars(Decimal(facts.budget))}/h list"
    cure = f"raise `localai:budget` of {facts.target}, or promote less"
    return Outcome(holds=facts.cost <= facts.budget, figure=figure, cure=cure)


def _licenses(facts: Facts) -> Outcome | None:
    allowed = facts.settings.licenses
    if allowed is None:
        return None
    wrong = [f"{name} has {one}" for name, one in sorted(facts.licenses.items())
             if one.lower() not in {each.lower() for each in allowed}]  # fmt: skip
    if wrong:
        cure = "promote other models, or add the license once somebody has read it"
        return Outcome(holds=False, figure=_few(wrong), cure=cure)
    return Outcome(holds=True, figure=", ".join(sorted(set(facts.licenses.values()))) or "no model")


def _soaked(facts: Facts) -> Outcome | None:
    soak = facts.settings.soak
    if soak is None:
        return None
    if facts.since is None:
        cure = "`git fetch --unshallow`, so that its history is here"
        return Outcome(holds=False, figure="since when is not known", cure=cure)
    began, commit = facts.since
    over = began + span(soak)
    figure = f"{facts.source} has had it since {_when(began)} ({commit[:7]})"
    if facts.now < over:
        return Outcome(
            holds=False, figure=f"{figure}, less than {soak}", cure=f"wait until {_when(over)}"
        )
    return Outcome(holds=True, figure=f"{figure}, which is {soak} or more")


def _window(facts: Facts) -> Outcome | None:
    window = facts.settings.window
    if window is None:
        return None
    days = ", ".join(window.days)
    figure = f"{days}, {window.start} to {window.until} {window.time_zone}"
    try:
        here = facts.now.astimezone(ZoneInfo(window.time_zone))
    except (KeyError, ValueError, OSError):
        cure = "correct the name, or install tzdata"
        return Outcome(holds=False, figure=f"{window.time_zone} is not known here", cure=cure)
    start, until = (time.fromisoformat(one) for one in (window.start, window.until))
    holds = list(Weekday)[here.weekday()] in window.days and start <= here.time() < until
    return Outcome(holds=holds, figure=figure, cure="merge it then")


def _approved(facts: Facts) -> Outcome | None:
    wanted = facts.settings.approvals
    if not wanted:
        return None
    found = sorted(facts.approvals or ())
    figure = f"{len(found)} of {wanted}" + (f": {', '.join(found)}" if found else "")
    cure = "have somebody other than its author approve the pull request"
    return Outcome(holds=len(found) >= wanted, figure=figure, cure=cure)


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _few(found: Sequence[str]) -> str:
    rest = len(found) - _MOST_NAMED
    return "; ".join([*found[:_MOST_NAMED], *([f"and {rest} more"] if rest > 0 else [])])


GATES: tuple[Gate, ...] = (
    Gate(GateName.NOT_BLOCKED, "The release is not blocked.", _not_blocked),
    Gate(
        GateName.SAME_SERVER,
        "The stack runs the server that the release was proven on.",
        _same_server,
    ),
    Gate(
        GateName.OPERATOR,
        "The operator applied what the stack it comes from declares.",
        partial(_healthy, Seen.OPERATOR),
    ),
    Gate(
        GateName.ARGO,
        "Argo CD says that the stack it comes from is synced and healthy.",
        partial(_healthy, Seen.ARGO),
    ),
    Gate(
        GateName.VERIFIED,
        "The last check inside the cluster found that it serves what it declares.",
        partial(_healthy, Seen.VERIFY),
    ),
    Gate(
        GateName.SMOKE,
        "Every model of exactly this release was seen to answer, not too long ago.",
        partial(_evidence, "smoke"),
    ),
    Gate(
        GateName.LOAD,
        "Exactly this release held its load, not too long ago.",
        partial(_evidence, "load"),
    ),
    Gate(
        GateName.EVALUATION,
        "Exactly this release answered well enough, not too long ago.",
        partial(_evidence, "evaluate"),
    ),
    Gate(
        GateName.ACCURACY, "Served models reach the accuracy asked.", partial(_reached, "accuracy")
    ),
    Gate(GateName.F1, "Served models reach the F1 asked.", partial(_reached, "f1")),
    Gate(GateName.FIT, "What is promoted fits the GPUs, memory and claims of the stack.", _fits),
    Gate(GateName.RULES, "No rule of `check` refuses the stack with it.", _rules),
    Gate(GateName.BUDGET, "The list price of the stack's GPUs is within its budget.", _budget),
    Gate(GateName.LICENSES, "Every model has a license that the stack allows.", _licenses),
    Gate(GateName.SOAKED, "The stack it comes from has declared it long enough.", _soaked),
    Gate(GateName.WINDOW, "It is merged when the stack may change.", _window, at_merge=True),
    Gate(GateName.APPROVED, "Enough people approve the pull request.", _approved, at_merge=True),
)
