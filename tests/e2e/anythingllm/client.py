"""Whoever asks AnythingLLM, from where it can be reached."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

PASSWORD = "not-a-real-password"
_ASK = (
    "import json, sys, urllib.request as u, urllib.error as e\n"
    "address, headers, body = json.load(sys.stdin)\n"
    "data = json.dumps(body).encode() if body is not None else None\n"
    "try: answer = u.urlopen(u.Request(address, data, headers), timeout=60)\n"
    "except e.HTTPError as refusal: answer = refusal\n"
    "print(json.dumps([answer.status, json.load(answer)]))\n"
)


@dataclass(frozen=True, kw_only=True)
class Client:
    """Asks at an address; `run` runs a program there, given some text, and returns its words."""

    address: str
    run: Callable[[Sequence[str], str], str]

    def ask(self, path: str, body: object = None, key: str = "") -> tuple[int, Any]:
        """Return status and answer."""
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {key}"} if key else {}
        question = json.dumps([f"{self.address}{path}", headers, body])
        status, answer = json.loads(self.run(["python3", "-c", _ASK], question))
        return status, answer

    def key(self) -> str:
        """Return a new key of its API."""
        _, login = self.ask("/api/request-token", {"password": PASSWORD})
        _, made = self.ask("/api/system/generate-api-key", {}, login["token"])
        return made["apiKey"]["secret"]

    def fill(self, count: int) -> None:
        """Make a workspace with so many documents."""
        key = self.key()
        self.ask("/api/v1/workspace/new", {"name": "docs"}, key)
        for number in range(count):
            body = {"textContent": f"fact {number}", "metadata": {"title": f"d{number}"}}
            _, found = self.ask("/api/v1/document/raw-text", body, key)
            place = found["documents"][0]["location"]
            self.ask("/api/v1/workspace/docs/update-embeddings", {"adds": [place]}, key)

    def answer(self) -> tuple[str, int]:
        """Return what is answered, and from how many documents."""
        status, found = self.ask("/api/v1/workspace/docs/chat", {"message": "what?"}, self.key())
        assert status == 200, found
        return found["textResponse"], len(found["sources"])
