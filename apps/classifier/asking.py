"""Asks an address that serves the classifier about digits it never saw, and notes who answered."""

import json
import random
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any, cast
from urllib.error import HTTPError
from urllib.request import Request, build_opener

from apps.classifier.data import ClassifierError, Data

_SECONDS = 10.0


def asked(address: str, data: Data, number: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield a line of answers and one of truths for each of `number` pictures, drawn by a seed.

    Raises:
        ClassifierError: the address does not answer as predict/ does.
    """
    drawn = random.Random(seed)  # noqa: S311 (a sample, not a secret)
    for index in range(number):
        place = drawn.randrange(len(data.labels))
        body = json.dumps({"rows": [data.pictures[place].tolist()]}).encode()
        found = _answer(f"{address.rstrip('/')}/predict", body)
        name = f"{seed}-{index}"
        answer = {"id": name, "version": found["version"], "label": found["label"]}
        truth = {"id": name, "label": int(data.labels[place])}
        yield json.dumps(answer), json.dumps(truth)


def _answer(address: str, body: bytes) -> dict[str, Any]:
    if not address.startswith(("http://", "https://")):
        raise ClassifierError(f"{address!r:.80} is not a URL", "write it as http://host:8080")
    sent = Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 (seen above)
    try:
        with build_opener().open(sent, timeout=_SECONDS) as answer:
            found: Any = json.load(answer)
            known = cast("dict[str, Any]", found)
            return {"version": known["version"], "label": known["outputs"]["label"][0]}
    except HTTPError as error:
        raise ClassifierError(
            f"{address} answers {error.code}: {error.read(300).decode(errors='replace')}",
            "see that it serves this classifier",
        ) from None
    except (OSError, HTTPException, ValueError, KeyError, TypeError, IndexError) as error:
        raise ClassifierError(
            f"{address} does not answer as the classifier does: {error!s:.200}",
            "see that it serves this classifier",
        ) from None
