"""Somebody who goes on writing while copies are taken, and whether such a copy is whole."""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

from components.addons.anythingllm.scripts import keep
from tests.support.anythingllm import Application

# Of each five writes before this one, one adds a document.
_MOST = 1000


class Writer:
    """Writes at a rate, chats and documents; `slowest` is the longest write, in seconds."""

    def __init__(self, running: Application, per_second: int = 50) -> None:
        self.running, self.period = running, 1 / per_second
        self.slowest, self.written, self.errors = 0.0, 0, list[str]()
        self.stop, self.thread = threading.Event(), threading.Thread(target=self._write)

    def __enter__(self) -> "Writer":
        self.begun = time.monotonic()
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()

    @property
    def rate(self) -> float:
        """Return how many writes a second there were since the first."""
        return self.written / (time.monotonic() - self.begun)

    def _write(self) -> None:
        due = self.begun
        while not self.stop.wait(max(0, due - time.monotonic())):
            begun = time.monotonic()
            try:
                self._one(self.written)
            except sqlite3.Error as error:
                self.errors.append(str(error))
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.written += 1
            # What a slow write holds up is made good: the rate is that of the whole time.
            due += self.period

    def _one(self, number: int) -> None:
        if number % 5 or number > _MOST:
            self.running.rows("insert into workspace_chats (prompt) values (?)", "x" * 200)
        else:
            self.running.add("docs", f"custom/w{number}.json", f"w {number}")


def is_whole(archive: Path, out: Path) -> bool:
    """Return whether every document of a copy has its file, and its vector a file that is there."""
    keep.unpacked(archive, out)
    with closing(sqlite3.connect(out / keep.DATABASE)) as database:
        named = {row[0] for row in database.execute("select docpath from workspace_documents")}
    vectors = {row["docpath"] for row in Application(out, {}, one_vector).table("docs")}
    return named <= vectors and all((out / "documents" / one).is_file() for one in named)


def one_vector(model: str, text: str) -> list[float]:
    """Embed a text as nothing."""
    del model, text
    return [1.0]
