"""Asks the models of a stack over its OpenAI-compatible address: which there are, and questions."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

from apps.chat.declared import Declared
from apps.chat.metrics import Metrics
from apps.chat.words import (
    CUT_OFF,
    ENDLESS,
    NO_MODEL,
    SLOW,
    TOO_LONG,
    UNREACHABLE,
    AnswerError,
    messages,
    names,
    part,
    plain,
    refusal,
)

_CONNECT_SECONDS = 5.0
# A list of models that is younger is not asked for again.
_FRESH_SECONDS = 3.0
_LONGEST_ERROR = 4096
# Parts of an answer go to the page together where they follow each other faster than this.
_TOGETHER_SECONDS = 0.05


class Models:
    """The models behind one address, asked with one key and no proxy of the environment."""

    def __init__(self, declared: Declared, metrics: Metrics, transport: Any = None) -> None:
        httpx: Any = import_module("httpx")
        self.declared, self.metrics, self._http = declared, metrics, httpx
        headers = {"Authorization": f"Bearer {declared.key}"} if declared.key else {}
        timeout = httpx.Timeout(declared.wait_seconds, connect=_CONNECT_SECONDS)
        limits = httpx.Limits(max_connections=2 * declared.answers + 8)
        self._client = httpx.AsyncClient(
            headers=headers, timeout=timeout, limits=limits, transport=transport, trust_env=False
        )
        self._listed: tuple[float, list[str]] = (float("-inf"), [])
        # What is wrong with the models, in words; nothing where they answered last.
        self.wrong = "The models were not asked yet."
        # Whether they ever answered.
        self.answered = False

    async def listed(self) -> list[str]:
        """Return the models that are offered; none where they cannot be reached, which is noted."""
        at, known = self._listed
        if time.monotonic() - at < _FRESH_SECONDS:
            return known
        try:
            answer = await self._client.get(f"{self.declared.address}/models", timeout=10.0)
        except self._http.HTTPError:
            return self._note(UNREACHABLE, [])
        if answer.status_code != 200:
            return self._note(
                refusal(answer.status_code, answer.text[:_LONGEST_ERROR], "").text, []
            )
        found = names(answer.text, self.declared.models)
        return self._note("" if found else NO_MODEL, found)

    def _note(self, wrong: str, found: list[str]) -> list[str]:
        self.wrong, self._listed = wrong, (time.monotonic(), found)
        self.metrics.reachable = not wrong
        self.answered = self.answered or not wrong
        return found

    async def answer(self, question: str, history: list[Any], model: str) -> AsyncIterator[str]:
        """Yield the answer so far, again and again; whoever stops listening ends it.

        Raises:
            AnswerError: there is none, or it ended too early.
        """
        self.metrics.in_progress += 1
        result = "stopped"
        try:
            async with asyncio.timeout(self.declared.answer_seconds):
                async for text in self._streamed(question, history, model):
                    yield text
            result = "whole"
        except TimeoutError:
            result = "endless"
            words = ENDLESS.format(seconds=self.declared.answer_seconds)
            raise AnswerError(result, words) from None
        except AnswerError as problem:
            result = problem.kind
            raise
        finally:
            self.metrics.in_progress -= 1
            self.metrics.answers[result] += 1

    async def _streamed(self, question: str, history: list[Any], model: str) -> AsyncIterator[str]:
        body = {"model": model, "stream": True, "messages": messages(history, question)}
        content = json.dumps(body).encode()
        if len(content) > self.declared.request_bytes:
            raise AnswerError("too long", TOO_LONG)
        began, shown, text, sent = time.perf_counter(), 0.0, "", ""
        try:
            async for found in self._parts(content, model):
                if not text and found:
                    self.metrics.began(time.perf_counter() - began)
                text += found
                if text != sent and time.perf_counter() - shown >= _TOGETHER_SECONDS:
                    shown, sent = time.perf_counter(), text
                    yield text
        except self._http.TimeoutException:
            words = SLOW.format(seconds=self.declared.wait_seconds)
            raise AnswerError("slow", words) from None
        except self._http.HTTPError:
            kind, words = ("cut off", CUT_OFF) if text else ("unreachable", UNREACHABLE)
            raise AnswerError(kind, words) from None
        if text != sent:
            yield text

    async def _parts(self, content: bytes, model: str) -> AsyncIterator[str]:
        address = f"{self.declared.address}/chat/completions"
        headers = {"Content-Type": "application/json"}
        async with self._client.stream("POST", address, content=content, headers=headers) as answer:
            if answer.status_code != 200:
                said = ""
                async for text in answer.aiter_text():
                    said += text
                    if len(said) > _LONGEST_ERROR:
                        break
                raise refusal(answer.status_code, said, model)
            async for line in _lines(answer.aiter_text()):
                found = part(line, model)
                if found is None:
                    return
                yield plain(found)
        raise AnswerError("cut off", CUT_OFF)

    async def end(self) -> None:
        """Close every connection."""
        await self._client.aclose()


async def _lines(texts: AsyncIterator[str]) -> AsyncIterator[str]:
    """Yield the lines of an event stream; what else Python takes for the end of one is text."""
    rest = list[str]()
    async for text in texts:
        first, *others = text.split("\n")
        rest.append(first)
        for one in others:
            yield "".join(rest).removesuffix("\r")
            rest = [one]
    yield "".join(rest)
