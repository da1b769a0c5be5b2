import os
from pathlib import Path

from sandbox.cluster.processes import (
    Process,
    Stat,
    identify,
    is_running,
    kill,
    load,
    parse_stat,
    save,
    spawn,
)
from sandbox.cluster.waiting import wait_until


def test_a_process_name_may_hold_spaces_and_brackets():
    fields = " ".join(["S", "7", *(["0"] * 17), "4242", "0"])
    assert parse_stat(f"12 (a ) b) {fields}") == Stat(state="S", parent=7, started=4242)


def test_a_reused_id_is_not_taken_for_the_process():
    me = identify(os.getpid())
    assert me
    assert is_running(me)
    assert not is_running(Process(pid=me.pid, started=me.started + 1))


def test_a_record_cut_short_is_no_record(tmp_path: Path):
    path = tmp_path / "record"
    save(Process(pid=1, started=2), path)
    assert load(path) == Process(pid=1, started=2)
    path.write_text(path.read_text()[:-3])
    assert load(path) is None
    assert load(tmp_path / "missing") is None


def test_a_started_program_writes_to_its_log_and_can_be_ended(tmp_path: Path):
    log = tmp_path / "log"
    pid = spawn(["sh", "-c", "echo started; exec sleep 60"], log)
    process = identify(pid)
    assert process
    wait_until(lambda: log.read_text() == "started\n", "It did not start")
    kill(pid)
    wait_until(lambda: not is_running(process), "It did not end")
    assert log.stat().st_mode & 0o777 == 0o600
