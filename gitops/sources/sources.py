"""Judges what sources say of weights: there, of the size and with the digest that models say.

What the hub says: huggingface_hub, file_download.py get_hf_file_metadata (`X-Linked-Size` and
`X-Linked-Etag` of a redirect, the latter a file's SHA-256) and utils/_http.py hf_raise_for_status
(`X-Error-Code`; a repository that is private or not there answers 401).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from documents.problem import KeyPath, Problem
from documents.reader import Document
from gitops.adapters.head import Answer, Reason, Silence
from models.definition import Definition
from models.weights import Weights
from settings.access.downloads import HubSettings

# How far an estimate may be off: its last digit is rounded, and people round more.
_ROUNDING, _BYTES = 0.05, 10_000_000
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LENGTH = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, kw_only=True)
class Source:
    """One file of a model: where it is declared, what is said of it, and the address to ask."""

    document: Document
    path: KeyPath
    weights: Weights
    url: str

    def problem(self, key: str, cause: str, cure: str) -> Problem:
        """Return a problem with a key of the file."""
        return self.document.problem((*self.path, key), cause, cure)


def sources(
    definition: Definition, document: Document, hub: HubSettings | None = None
) -> Iterator[Source]:
    """Yield the files of a model that are fetched over https; images by digest are not asked."""
    for path, file in definition.named_files.items():
        if file.image is None:
            url = hub.mirrored(file.url) if hub else file.url
            yield Source(document=document, path=path, weights=file, url=url)


def source_problems(
    asked: Iterable[Source], answers: Mapping[str, Answer | Silence]
) -> Iterator[Problem]:
    """Yield what is wrong with sources, by what they answered."""
    for source in asked:
        answer = answers[source.url]
        if isinstance(answer, Silence):
            yield _unheard(source, answer)
        elif answer.status == 200 or said_size(answer) is not None:
            yield from (*_about_size(source, answer), *_about_digest(source, answer))
        else:
            cause, cure = status_words(answer)
            yield source.problem("url", f"{_host(answer.url)} {cause}", cure)


def is_cut_off(answers: Mapping[str, Answer | Silence]) -> bool:
    """Return whether this machine reaches none of several sources, which says nothing of them."""
    silent = [one for one in answers.values() if isinstance(one, Silence)]
    return len(silent) == len(answers) > 1 and {one.reason for one in silent} <= _CUT_OFF


def unreachable(answers: Mapping[str, Answer | Silence]) -> Problem:
    """Return the one thing to say where no source can be reached."""
    hosts = ", ".join(sorted({_host(url) for url in answers}))
    cause = f"none of {len(answers)} files can be asked for: {hosts} cannot be reached from here"
    cure = "see to the network of this machine, and check again; nothing is known of the files"
    return Problem(file="--sources", path=(), cause=cause, cure=cure)


def _unheard(source: Source, silence: Silence) -> Problem:
    return source.problem("url", *unheard(silence, way_to(source.url, silence.url)))


def unheard(silence: Silence, way: str = "") -> tuple[str, str]:
    """Return in words why there is no answer, and the cure; `way` is how its host was met."""
    cause, cure = _SILENCE[silence.reason]
    return cause.format(host=_host(silence.url), text=silence.text, way=way), cure


def way_to(asked: str, url: str) -> str:
    """Return how a host was met that is not the one that was asked."""
    return "" if url == asked else f"leads to {_host(url)}, which "


_CUT_OFF = frozenset({Reason.NAME, Reason.CONNECTION, Reason.TIME})
_SILENCE: Mapping[Reason, tuple[str, str]] = {
    Reason.REFUSED: (
        "{way}{text}, and is not asked",
        "use a public https address, or name the network of your mirror with --allow-network",
    ),
    Reason.NAME: (
        "{host} cannot be resolved: {text}",
        "correct the address, or look at the name servers",
    ),
    Reason.CONNECTION: ("{host} cannot be reached: {text}", "look whether it is up"),
    Reason.CERTIFICATE: (
        "{host} shows a certificate that is not trusted: {text}",
        "name the authority of your mirror with --ca-file",
    ),
    Reason.TIME: ("{host} does not answer in time", "look whether it is up, and check again"),
    Reason.PROTOCOL: ("{host} does not speak HTTP properly: {text}", "check the address"),
    Reason.SIZE: ("{host} answers more than {text} bytes", "check the address"),
    Reason.HOPS: ("redirects more than {text} times", "use the address it leads to"),
}
_GATED = "accept its license at the hub, and give a token of that account as HF_TOKEN"
_ABSENT = "correct the address; a file that was moved or deleted needs another source"
_ERRORS = {
    "GatedRepo": ("says that the model is gated", _GATED),
    "RevisionNotFound": ("knows no such revision", "use the commit that has the file"),
    "EntryNotFound": ("has no such file in that repository", _ABSENT),
    "RepoNotFound": (
        "has no such repository, or it is private",
        "correct the owner and the repository, or give a token as HF_TOKEN",
    ),
}
_STATUSES = {
    401: ("wants a login", "give a token as HF_TOKEN for the hub; other hosts get none"),
    403: ("forbids it; the model may be gated", _GATED),
    404: ("has no such file", _ABSENT),
    405: ("does not answer to HEAD", "check that file by hand"),
    407: ("is behind a proxy that wants a login", "reach it without the proxy"),
    410: ("says that the file is gone", _ABSENT),
    429: ("has had too many requests", "check again later, with HF_TOKEN for the hub"),
}


def status_words(answer: Answer) -> tuple[str, str]:
    """Return what an answer without the file means, and what to do."""
    code = answer.headers.get("x-error-code", "")
    if code in _ERRORS:
        cause, cure = _ERRORS[code]
        return f"{cause} ({answer.status})", cure
    if answer.status >= 500:
        return f"is in trouble ({answer.status})", "check again later"
    cause, cure = _STATUSES.get(answer.status, ("does not show the file", "check the address"))
    return f"{cause} ({answer.status})", cure


def said_size(answer: Answer) -> int | None:
    """Return the length of the file; that of a redirect is the length of its own text."""
    linked = answer.headers.get("x-linked-size", "")
    plain = answer.headers.get("content-length", "") if answer.status == 200 else ""
    found = linked if _LENGTH.fullmatch(linked) else plain
    return int(found) if _LENGTH.fullmatch(found) else None


def said_digest(answer: Answer) -> str | None:
    """Return the SHA-256 that a source tells: the hub's tag of a large file, or Artifactory's.

    Elsewhere a tag may be any hash, even one of as many digits.
    """
    tag = answer.headers.get("etag", "") if "x-repo-commit" in answer.headers else ""
    names = (answer.headers.get(name, "") for name in ("x-linked-etag", "x-checksum-sha256"))
    for text in (*names, tag):
        plain = text.removeprefix("W/").strip('"').lower()
        if _DIGEST.fullmatch(plain):
            return plain
    return None


def _about_size(source: Source, answer: Answer) -> Iterator[Problem]:
    said, declared = said_size(answer), source.weights.size
    if said is None:
        text = f"is not checked: {_host(answer.url)} says no size"
        problem = source.problem("size", text, "the download checks the digest all the same")
        yield replace(problem, refuses=False)
    elif declared.exact and said != declared.bytes:
        text = f"is {declared.bytes}, but {_host(answer.url)} has {said} bytes"
        cure = "the file was replaced, or this is wrong: review the file, then lock it again"
        yield source.problem("size", text, cure)
    elif abs(said - declared.bytes) > max(_BYTES, _ROUNDING * said):
        text = f"is {declared}, but {_host(answer.url)} has {said} bytes"
        yield source.problem("size", text, f"review the file, then write {said}")
    elif not declared.exact:
        text = f"is an estimate; {_host(answer.url)} has {said} bytes"
        yield replace(source.problem("size", text, f"write {said}"), refuses=False)


def _about_digest(source: Source, answer: Answer) -> Iterator[Problem]:
    said, declared = said_digest(answer), source.weights.sha256
    if said is None:
        text = f"is not checked: {_host(answer.url)} says no digest"
        problem = source.problem("sha256", text, "the download checks it")
        yield replace(problem, refuses=False)
    elif said != declared:
        text = f"is {declared[:12]}…, but {_host(answer.url)} has {said}"
        cure = "the file was replaced, or this is wrong: review the file, then lock it again"
        yield source.problem("sha256", text, cure)


def _host(url: str) -> str:
    # The rest of a redirect may hold a signature, and what stands before an @ a password.
    try:
        return urlsplit(url).netloc.rpartition("@")[2][:100]
    except ValueError:
        return "no host"
