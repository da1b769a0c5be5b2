"""A lock is taken away only where no engine can still hold it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.cluster.locks import Lock, Place, Seen, hindrances, locks, running

AT = datetime(2026, 11, 29, 6, 30, tzinfo=UTC)
LOCK = Lock(user="ana", host="laptop", pid=4711, at=AT)
WORDS = (
    "error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to "
    "end or delete the lock file with `pulumi cancel`.\n"
    "  file:///s/.pulumi/locks/organization/localai/dev/a.json: created by ana@laptop (pid 4711) "
    "at 2026-11-29T06:30:00Z\n"
    "  file:///s/.pulumi/locks/organization/localai/dev/b.json: created by @dev-workspace-0 "
    "(pid 7) at 2026-11-29T08:30:00+02:00\n"
)


def reasons(seen: Seen) -> list[str]:
    return [cause for cause, _ in hindrances([LOCK], seen)]


def test_the_engine_names_who_holds_a_stack():
    pod = Lock(user="", host="dev-workspace-0", pid=7, at=AT)

    assert locks(WORDS) == (LOCK, pod)


@given(st.text() | st.from_regex(r"created by \S*@\S+ \(pid [0-9]+\) at \S+", fullmatch=True))
def test_other_words_are_no_lock_or_one_with_a_moment(words: str):
    assert all(one.at.tzinfo for one in locks(words))


def test_a_process_that_runs_keeps_its_lock():
    assert "still runs" in reasons(Seen(places={"laptop": Place(engines={4711})}))[0]


@pytest.mark.parametrize(
    "seen",
    [
        Seen(places={"laptop": Place(engines={4712})}),
        # Another process has the number now: the host began after the lock was taken.
        Seen(places={"laptop": Place(engines={4711}, since=AT + timedelta(minutes=1))}),
        Seen(places={}, gone={"laptop"}),
        Seen(places={}, stopped={"laptop"}),
    ],
    ids=["it ended", "a later pod", "the pod is gone", "a person says so"],
)
def test_a_lock_without_an_engine_is_taken_away(seen: Seen):
    assert reasons(seen) == []


def test_a_host_that_cannot_be_looked_at_is_named_with_the_option():
    ((cause, cure),) = hindrances([LOCK], Seen(places={"other": Place(engines=set())}))

    assert "cannot be looked at" in cause
    assert "--stopped laptop" in cure


def test_an_update_of_the_operator_keeps_every_lock():
    seen = Seen(places={}, stopped={"laptop"}, updates=("dev-1",))

    assert reasons(seen) == ["the operator runs the stack: Update dev-1 is not complete"]


def test_an_update_runs_until_it_is_complete():
    def update(name: str, workspace: str, *conditions: tuple[str, str]) -> dict[str, object]:
        told = [{"type": kind, "status": status} for kind, status in conditions]
        status = {"status": {"conditions": told}} if told else {}
        return {"metadata": {"name": name}, "spec": {"workspaceName": workspace}, **status}

    found = [
        update("new", "dev"),
        update("going", "dev", ("Progressing", "True"), ("Complete", "False")),
        update("done", "dev", ("Complete", "True")),
        update("other", "staging"),
    ]

    assert running(found, "dev") == ("new", "going")
