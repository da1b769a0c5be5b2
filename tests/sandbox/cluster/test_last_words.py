import pytest

from sandbox.cluster.processes import UNKNOWN, ending

FULL = (
    '{"level":"warn","msg":"failed to preallocate","error":"no space left on device"}\n'
    "panic: failed to create WAL\n"
    "goroutine 1 [running]:\n"
    "\tkubernetes/main.go:46 +0x65\n"
)
TOOLS = "`sandbox toolchain`"


@pytest.mark.parametrize(
    ("log", "cause", "cure"),
    [
        (FULL, "no space left", "XDG_STATE_HOME"),
        ("nsenter: failed to execute /c/bin/etcd: Exec format error\n", "/c/bin/etcd", TOOLS),
        ("nsenter: failed to execute /c/bin/kwok: No such file or directory", "kwok", TOOLS),
        ('/c/bin/etcd: 2: Syntax error: word unexpected (expecting ")")', "/c/bin/etcd", TOOLS),
        ("E1 listen tcp 10.200.0.1:6443: bind: address already in use", "6443", "`sandbox down`"),
    ],
)
def test_a_known_end_is_told_with_its_cure(log: str, cause: str, cure: str):
    told = ending(log)
    assert cause in told.cause
    assert cure in told.cure


def test_an_unknown_end_is_told_by_its_last_complaint_and_not_by_a_trace():
    told = ending("Error: unknown flag --x\n  main.go:46\n\n")
    assert (told.cause, told.cure) == ("Error: unknown flag --x", UNKNOWN)


@pytest.mark.parametrize(("log", "cause"), [("", "nothing"), ("\n", "nothing"), ("a\nb\n", "b")])
def test_without_a_complaint_the_last_line_is_told(log: str, cause: str):
    assert ending(log).cause == cause


def test_a_long_line_is_cut():
    assert len(ending("error " + "x" * 9999).cause) == 300
