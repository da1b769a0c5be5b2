"""One line of a contract: a request, and what is right or wrong with its answer."""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, cast
from urllib.parse import urlsplit

Line = Mapping[str, Any]
SERIES = re.compile(r"^(\w+)(?:\{(.*)\})? ([\d.e+-]+)$")
LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server has answered."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        zipped = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.content) if zipped else self.content).decode()


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server to ask, and its key."""

    url: str
    key: str

    def ask(self, request: Mapping[str, Any]) -> Answer:
        """Return the answer to the request of a line."""
        parts = urlsplit(self.url)
        connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = connect(parts.hostname or "", parts.port, timeout=120)
        body = body_of(request)
        headers = {**self.keys(request.get("key", "bearer")), **request.get("headers", {})}
        if body is not None or "length" in request:
            headers = {"Content-Type": "application/json", **headers}
        posted = "POST" if body is not None or "length" in request else "GET"
        connection.putrequest(
            request.get("method", posted), request["path"], skip_accept_encoding=True
        )
        length = request.get("length", len(body or b""))
        for name, value in {**headers, "Content-Length": str(length)}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answered = connection.getresponse()
        made = Answer(
            status=answered.status, headers=dict(answered.getheaders()), content=answered.read()
        )
        connection.close()
        return made

    def keys(self, how: str) -> dict[str, str]:
        """Return the header that carries the key."""
        return {
            "none": {},
            "wrong": {"Authorization": "Bearer wrong"},
            "bare": {"Authorization": self.key},
            "bearer": {"Authorization": f"Bearer {self.key}"},
        }.get(how, {how: self.key})

    def counted(self, name: str, labels: Mapping[str, str]) -> float:
        """Return the sum of the series of a metric that have these labels."""
        text = self.ask({"path": "/metrics"}).text
        found = [match for line in text.splitlines() if (match := SERIES.match(line))]
        return sum(
            float(one[3])
            for one in found
            if one[1] == name and labels.items() <= dict(LABEL.findall(one[2] or "")).items()
        )


def body_of(request: Mapping[str, Any]) -> bytes | None:
    """Return the body of a request, or None where it has none."""
    if "json" in request:
        return json.dumps(request["json"]).encode()
    return request["text"].encode() if "text" in request else None


def problems(answer: Answer, expected: Mapping[str, Any]) -> Iterator[str]:
    """Return what is not as expected in an answer."""
    if answer.status != expected["status"]:
        yield f"status {answer.status} instead of {expected['status']}: {answer.text[:300]}"
        return
    for name, part in expected.get("headers", {}).items():
        value = answer.headers.get(name)
        if (value is None) != (part is None) or (part and part not in (value or "")):
            yield f"header {name} is {value!r} instead of {part!r}"
    if "body" in expected and answer.text != expected["body"]:
        yield f"body {answer.text!r} instead of {expected['body']!r}"
    if not answer.text.endswith(expected.get("ends", "")):
        yield f"ends with {answer.text[-20:]!r} instead of {expected['ends']!r}"
    if expected.get("contains", "") not in answer.text:
        yield f"{expected['contains']!r} is not in {answer.text[:300]!r}"
    yield from differences(answer, expected)


def differences(answer: Answer, expected: Mapping[str, Any]) -> Iterator[str]:
    """Return what is not as expected in a JSON answer."""
    if not expected.keys() & {"json", "absent", "names"}:
        return
    document = json.loads(answer.text)
    if not is_part(expected.get("json", {}), document):
        yield f"{expected['json']} is not part of {document}"
    for key in expected.get("absent", ()):
        if key in document:
            yield f"{key} is there: {document[key]}"
    if "names" in expected:
        names = sorted(one["id"] for one in document["data"])
        if names != sorted(expected["names"]):
            yield f"names {names} instead of {expected['names']}"


def is_part(wanted: object, found: object) -> bool:
    """Tell whether every key and value that is wanted is found, with a version's end left open."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        pairs, there = cast("dict[str, object]", wanted), cast("dict[str, object]", found)
        return all(key in there and is_part(value, there[key]) for key, value in pairs.items())
    if isinstance(wanted, str) and isinstance(found, str) and wanted.startswith("v"):
        return found.startswith(wanted)
    return wanted == found


def fails(server: Server, line: Line) -> list[str]:
    """Ask what a line asks, and return what is not as it says."""
    watched: list[dict[str, Any]] = line.get("metrics", [])
    before = [server.counted(one["name"], one["labels"]) for one in watched]
    try:
        found = list(problems(server.ask(line["request"]), line["expect"]))
    except (OSError, HTTPException) as problem:
        found = [f"no answer: {problem!r}"]
    for one, count in zip(watched, before, strict=True):
        grown = server.counted(one["name"], one["labels"]) - count
        right = grown > 0 if one["grows"] == "some" else grown == one["grows"]
        if not right:
            found.append(f"{one['name']}{one['labels']} grew by {grown}, not by {one['grows']}")
    return [f"{line['says']}: {problem}" for problem in found]
