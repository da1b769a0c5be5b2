"""From answers to findings: what is listed, which version it is, what each model says."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, cast

from proof.answers import RubbishError, document, listed, seen, told
from proof.expected import CHAT, Name, Place
from proof.finding import Check, Finding, Verdict
from proof.request import Answer, Reason, Silence

Answered = Answer | Silence
_KEY = "give a key that opens it with --key-file, or in LOCALAI_API_KEY"
# The router names the pool and the name there in a header, also where it fell back to another.
_ROUTED = "x-litellm-model-id"
_PROVIDERS = ("openai/", "jina_ai/")


def version(place: Place, answered: Answered) -> Finding:
    """Return whether a server is of the version that the stack pins."""
    wanted = place.version
    if place.routed:
        text = "the router does not tell it; ask the address of a pool"
        return _server(Check.VERSION, place, Verdict.UNSEEN, text)
    wrong = failure(answered, place.servers)
    if wrong is None and isinstance(answered, Answer):
        try:
            found = document(answered.content).get("version")
        except RubbishError as error:
            wrong = str(error), "check the address"
        else:
            words = str(found).split()
            text = f"{str(found)[:80]}" if words else "told no version"
            right = words[:1] == [wanted]
            cure = "" if right else f"{wanted} is pinned: look whether the rollout has ended"
            verdict = Verdict.PASS if right else Verdict.FAIL
            return _server(Check.VERSION, place, verdict, text, cure)
    cause, cure = wrong or ("", "")
    return _server(Check.VERSION, place, Verdict.FAIL, cause, cure)


def engines(place: Place, answered: Answered) -> Finding:
    """Return whether a server has the engines of its models; further ones are told, too."""
    pool = place.pools[0]
    if place.routed or pool.engines is None:
        text = "the router does not tell them" if place.routed else "the workers have them"
        return _server(Check.ENGINES, place, Verdict.UNSEEN, text)
    try:
        wrong = failure(answered, place.servers)
        found = _texts(answered, "backends") if wrong is None else set[str]()
    except RubbishError as error:
        wrong, found = (str(error), ""), set[str]()
    if wrong:
        return _server(Check.ENGINES, place, Verdict.UNSEEN, f"/system {wrong[0]}")
    if missing := sorted({*pool.engines} - found):
        cure = "look at the Job or the init container that brings engines"
        text = f"does not have {' and '.join(missing)}"
        return _server(Check.ENGINES, place, Verdict.FAIL, text, cure)
    others = sorted(one[:80] for one in found - {*pool.engines})
    more = f"; no model here needs {', '.join(others)}" if others else ""
    return _server(Check.ENGINES, place, Verdict.PASS, ", ".join(pool.engines) + more)


def _texts(answered: Answered, key: str) -> set[str]:
    found = document(answered.content).get(key) if isinstance(answered, Answer) else None
    return {str(one) for one in cast("list[Any]", found)} if isinstance(found, list) else set()


def listing(place: Place, answered: Answered) -> Iterator[Finding]:
    """Yield whether the list of models is the declared one: a finding for each difference."""
    found = set[str]()
    try:
        wrong = failure(answered, place.servers)
        if wrong is None and isinstance(answered, Answer):
            found = _ids(answered)
    except RubbishError as error:
        wrong = f"the list of models {error}", "check the address"
    if wrong:
        yield _server(Check.LISTED, place, Verdict.FAIL, *wrong)
        return
    declared = {name.name for name in place.names}
    for name in sorted(declared - found):
        cure = "look whether the rollout has ended, and whether the key opens every model"
        yield _listed(place, name, "is declared, and not listed", cure)
    for name in sorted(found - declared):
        cure = "delete it there, or declare it; a loose file on the volume is listed, too"
        yield _listed(place, name, "is listed, and not declared", cure)
    if declared == found:
        names = f"{len(declared)} name{'s' if len(declared) != 1 else ''}, as declared"
        yield _server(Check.LISTED, place, Verdict.PASS, names)


def _ids(answered: Answer) -> set[str]:
    return {str(one.get("id")) for one in listed(document(answered.content), "data")}


def answers(place: Place, name: Name, answered: Answered) -> Finding:
    """Return whether a name is answered as a model of its kind does, and by that model."""
    seconds = answered.seconds if isinstance(answered, Answer) else None
    wrong, by, text = failure(answered, place.servers, name), None, ""
    if wrong is None and isinstance(answered, Answer):
        try:
            found = seen(name.model, answered.content)
        except RubbishError as error:
            cure = "compare its weights and options; `smoke` in its file asks something else"
            cure = cure if name.kind == CHAT else cure.partition(";")[0]
            wrong = f"its answer {error}", cure
        else:
            by, text = _by(found.model, answered.headers), found.text
            wrong = other(place, name, found.model, answered.headers)
    cause, cure = wrong or (text, "")
    return Finding(
        check=Check.ANSWERS, pool=name.pool, name=name.name, seconds=seconds, answered_by=by,
        verdict=Verdict.FAIL if wrong else Verdict.PASS, text=cause, cure=cure,
    )  # fmt: skip


def _by(model: str | None, headers: Mapping[str, str]) -> str | None:
    """Return who answered, as far as the answer tells; none where it does not."""
    told_by = headers.get(_ROUTED) or model
    return told_by[:200] if told_by else None


def other(
    place: Place, name: Name, model: str | None, headers: Mapping[str, str]
) -> tuple[str, str] | None:
    """Return what is wrong where another model answered; nothing where none says so."""
    routed = headers.get(_ROUTED)
    homes = {f"{one.pool}.{one.name}" for one in place.names if one.name == name.name}
    if place.routed and routed and routed not in homes:
        return f"was answered by {routed[:80]!r}", "look why the router fell back"
    told_by = model
    for provider in _PROVIDERS if place.routed else ():
        told_by = told_by.removeprefix(provider) if told_by else None
    if told_by and told_by != name.name:
        cure = "compare its list of models with the declared one"
        return f"was answered by {told_by[:80]!r}", cure
    return None


def failure(answered: Answered, servers: str, name: Name | None = None) -> tuple[str, str] | None:
    """Return why an answer is none, and the cure; nothing where it came with status 200."""
    log = f"read the log of {servers}"
    if isinstance(answered, Silence):
        cause, cure = _SILENCES.get(answered.reason, ("is no HTTP: {text}", "check the address"))
        limit = f"{name.limit:.0f}" if name else "a few"
        return cause.format(text=answered.text, limit=limit), cure
    if answered.status == HTTPStatus.OK:
        return None
    if answered.status in range(300, 400):
        cure = "give the address it leads to: the key goes to no other place by itself"
        return f"answered {answered.status}, which leads elsewhere and was not followed", cure
    words = _said(answered)
    cures = {
        401: _KEY,
        403: _KEY,
        429: "ask again later, or raise the limit",
        404: "check the path",
    }
    return f"answered {answered.status}{words}", cures.get(answered.status, log)


def _said(answered: Answer) -> str:
    try:
        words = told(document(answered.content))
    except RubbishError:
        return ""
    return f": {words}" if words else ""


_SILENCES: Mapping[Reason, tuple[str, str]] = {
    Reason.CONNECTION: ("cannot be reached: {text}", "look whether it is up, and the address"),
    Reason.CERTIFICATE: ("has no certificate that is trusted: {text}", "give --ca-file"),
    Reason.TIME: ("did not answer within {limit} s", "look whether it is up, and what it loads"),
    Reason.SIZE: ("answered more than {text} bytes", "check the address: no model answers so much"),
    Reason.PROTOCOL: ("was cut, or is no HTTP: {text}", "read the server's log"),
}


def leads(name: Name, before: Answered, after: Answered) -> Finding | None:
    """Return where an alias leads, by what its server counted meanwhile; None if not yet known."""
    grown = {model for model, count in _grown(before, after).items() if count}
    target = name.model.name
    if not grown or (target in grown and len(grown) > 1):
        return None
    right = grown == {target}
    others = " and ".join(sorted(grown))
    return Finding(
        check=Check.LEADS, pool=name.pool, name=name.name, answered_by=others,
        verdict=Verdict.PASS if right else Verdict.FAIL,
        text=f"leads to {others}" if right else f"leads to {others}, not to {target}",
        cure="" if right else "compare its list of models with the declared one",
    )  # fmt: skip


def unseen(check: Check, name: Name, text: str) -> Finding:
    """Return that something could not be seen."""
    return Finding(check=check, pool=name.pool, name=name.name, verdict=Verdict.UNSEEN, text=text)


_COUNTED = re.compile(
    r'^localai_billed_requests_total\{[^}]*served_model="([^"]{1,200})"[^}]*\} ([0-9.e+]{1,20})$',
    re.MULTILINE,
)


def _grown(before: Answered, after: Answered) -> Mapping[str, float]:
    first, last = _counts(before), _counts(after)
    last.subtract(first)
    return last


def _counts(answered: Answered) -> Counter[str]:
    found = Counter[str]()
    if isinstance(answered, Answer) and answered.status == HTTPStatus.OK:
        for model, count in _COUNTED.findall(answered.content.decode("utf-8", "replace")):
            found[model] += round(float(count))
    return found


def _server(check: Check, place: Place, verdict: Verdict, text: str, cure: str = "") -> Finding:
    return Finding(check=check, pool=place.pool, name="", verdict=verdict, text=text, cure=cure)


def _listed(place: Place, name: str, text: str, cure: str) -> Finding:
    return Finding(
        check=Check.LISTED, pool=place.pool, name=name[:200], verdict=Verdict.FAIL, text=text,
        cure=cure,
    )  # fmt: skip
