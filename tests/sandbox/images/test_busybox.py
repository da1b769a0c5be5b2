from pathlib import Path

import pytest

from sandbox.images.archive import BusyboxError, pause, pause_image


def test_the_pause_image_does_nothing_for_ever():
    image = pause(Path("/bin/busybox"))
    assert image.entrypoint[:2] == ("/bin/busybox", "sleep")


def test_a_machine_without_busybox_is_told_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BusyboxError, match="busybox-static"):
        pause_image(tmp_path / "pause.tar")
