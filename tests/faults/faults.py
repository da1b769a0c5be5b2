"""The faults: each breaks one update of a trial and says what came of it."""

import time
from collections.abc import Callable

from sandbox.cluster.programs import Program
from tests.e2e.interruption import begun, kill_after, recover, two_at_once
from tests.e2e.program import objects
from tests.faults.attempt import Attempt
from tests.faults.content import content, lasting
from tests.faults.supervisor import bring_back, renew_controllers
from tests.faults.trial import Declaration, Trial
from tests.support.crash import crash

LONGEST_OUTAGE = 3.0
"""Seconds; the engine's own requests give up after a longer time."""

Way = Callable[[], str]
Fault = Callable[[Trial], Attempt]


def killed(trial: Trial) -> Attempt:
    """Kill the engine at a random moment of an update, with SIGKILL."""
    wanted, before = trial.turn(), lasting(objects(trial.engine))
    while not kill_after(begun(trial.engine), trial.moment(wanted)):
        # It was over by then, so another change has to be broken.
        wanted = trial.turn()
    return _attempt(trial, wanted, lambda: _recovered(trial), before)


def killed_at_first(trial: Trial) -> Attempt:
    """Kill the engine at a random moment of the update that creates all."""
    wanted = trial.turn()
    while True:
        trial.empty()
        if kill_after(begun(trial.engine), trial.moment(wanted)):
            return _attempt(trial, wanted, lambda: _recovered(trial), None)


def crashed(program: Program) -> Fault:
    """Return the fault that ends a program of the control plane and starts it some time later."""

    def fault(trial: Trial) -> Attempt:
        sandbox = trial.engine.sandbox
        wanted, before = trial.turn(), lasting(objects(trial.engine))
        update = begun(trial.engine)
        time.sleep(trial.moment(wanted))
        over = update.poll() is not None
        crash(sandbox, program.name)
        time.sleep(trial.chance.uniform(0, LONGEST_OUTAGE))
        bring_back(sandbox, program)

        def way() -> str:
            update.communicate(timeout=300)
            if update.returncode:
                return _recovered(trial)
            return "over by then" if over else "the update went on"

        try:
            return _attempt(trial, wanted, way, before)
        finally:
            renew_controllers(sandbox)

    return fault


def met(trial: Trial) -> Attempt:
    """Start two updates at once."""
    wanted, before = trial.turn(), lasting(objects(trial.engine))

    def way() -> str:
        ended = two_at_once(trial.engine)
        refused = [told for code, told in ended if code]
        clean = all("currently locked" in told and "Traceback" not in told for told in refused)
        return f"{2 - len(refused)} won, {'refused by the lock' if clean else refused}"

    return _attempt(trial, wanted, way, before)


def _recovered(trial: Trial) -> str:
    return "recovered by adopting" if recover(trial.engine) else "recovered"


def _attempt(trial: Trial, wanted: Declaration, way: Way, before: dict[str, str] | None) -> Attempt:
    start = time.monotonic()
    seen = way()
    seconds = time.monotonic() - start
    wrong = _wrong(trial, wanted, before)
    return Attempt(recovered=not wrong, seconds=seconds, seen=wrong or seen)


def _wrong(trial: Trial, wanted: Declaration, before: dict[str, str] | None) -> str:
    """Return how the cluster differs from that of an unbroken run, or nothing."""
    there = objects(trial.engine)
    found = content(there)
    names = {name for name in found | wanted.made if found.get(name) != wanted.made.get(name)}
    if names:
        return f"other than declared: {', '.join(sorted(names))}"
    if before is not None and lasting(there) != before:
        return "made anew: " + ", ".join(
            sorted(
                name for name, identity in lasting(there).items() if before.get(name) != identity
            )
        )
    return "a further update has work" if trial.engine.steps() else ""
