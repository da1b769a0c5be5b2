"""Many slow answers at once, asked for inside of a sandbox, and how many of them were cut."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.cluster.netns import enter
from tests.e2e.serving import RELEASE, Served

STREAMS, SECONDS = 20, 45
WORDS = 10 * SECONDS
_CLIENT = """\
import json, sys, threading, urllib.request
address, headers, body, streams = json.load(sys.stdin)
began, counts = threading.Barrier(streams + 1), [0] * streams
def ask(number):
    request = urllib.request.Request(address, json.dumps(body).encode(), headers)
    answer = urllib.request.urlopen(request, timeout=120)
    counts[number] += answer.readline().startswith(b"data: {")
    began.wait(60)
    try:
        for line in answer:
            counts[number] += line.startswith(b"data: {")
    except OSError as problem:
        print(problem, file=sys.stderr)
threads = [threading.Thread(target=ask, args=(number,)) for number in range(streams)]
for one in threads: one.start()
began.wait(60)
print("began", flush=True)
for one in threads: one.join()
print(json.dumps(counts), flush=True)
"""


@dataclass(frozen=True, kw_only=True)
class Streams:
    """Answers under way."""

    process: subprocess.Popen[str]

    def cut(self) -> int:
        """Wait for the end of all of them, and return how many ended before their last word."""
        out, errors = self.process.communicate(timeout=180)
        assert self.process.returncode == 0, errors
        counts: list[int] = json.loads(out)
        assert len(counts) == STREAMS
        return sum(words < WORDS for words in counts)


@contextmanager
def streams(served: Served) -> Generator[Streams]:
    """Give answers of 45 seconds each, once every one of them has begun."""
    # Its model is in memory first: how a cold server answers many at once is another matter.
    status, text = served.chat("tiny-v1", "ping")
    assert status == 200, text
    service = json.loads(served.kubectl("get", "service", "localai-chat", "--output=json"))
    address = f"http://{service['spec']['clusterIP']}:{RELEASE.port}/v1/chat/completions"
    headers = {"Authorization": f"Bearer {served.key()}", "Content-Type": "application/json"}
    messages = [{"role": "user", "content": "slow"}]
    body = {"model": "tiny-v1", "stream": True, "max_tokens": SECONDS, "messages": messages}
    question = json.dumps([address, headers, body, STREAMS])
    words = [*enter(served.engine.sandbox.netns), sys.executable, "-c", _CLIENT]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(question)
        process.stdin.close()
        process.stdin = None
        try:
            said = process.stdout.readline()
            assert said == "began\n", process.stderr and process.stderr.read()
            yield Streams(process=process)
        finally:
            process.kill()
