import subprocess
from pathlib import Path

from sandbox.cluster.holder import KERNEL_SETTINGS, command, script
from sandbox.cluster.layout import layout

PLACES = layout("a", Path("/tmp/a state"))  # noqa: S108 - a name only
SCRIPT = script(PLACES, [PLACES.root, Path("/root/.cache/bin")])


def test_the_script_is_valid_shell():
    subprocess.run(["sh", "-n", "-c", SCRIPT], check=True)


def test_kept_folders_are_saved_before_scratch_folders_cover_them_and_shown_after():
    saved = SCRIPT.index("mount --bind '/tmp/a state/a' /run/kept/0")
    covered = SCRIPT.index("mount -t tmpfs tmpfs /tmp")
    shown = SCRIPT.index("mount --bind /run/kept/0 '/tmp/a state/a'")
    assert saved < covered < shown


def test_the_machines_own_kernel_settings_are_only_covered_never_written():
    for name in KERNEL_SETTINGS:
        assert f"> /proc/sys/{name}" not in SCRIPT
        assert f" /proc/sys/{name}; }}" in SCRIPT


def test_the_holder_takes_its_processes_with_it():
    assert "--kill-child" in command(PLACES, [])
    assert "--pid" in command(PLACES, [])
