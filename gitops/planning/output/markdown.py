"""A plan's document as the comment of a pull request; every value in it may be hostile.

What does not fit is left out from the least important line on, and counted by its kind.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from gitops.planning.difference import FieldChange, telling
from gitops.planning.note import NO_STACK, Rank, rank_of
from gitops.planning.objects import PAST, Change
from gitops.planning.output.escape import code, prose, text
from gitops.planning.printable import decimal

Document = dict[str, Any]

# GitHub refuses a comment of more than 65,536 characters.
LARGEST = 65_000
MARK = "<!-- localai-gitops plan -->"
_SUMMARIZED = "Summarized to fit a comment; `localai-gitops preview` shows every field."
# No single line takes the room of the others.
_LONGEST = 2_000
# A plan with more text than that is not tried whole: a comment takes as long as what it shows.
_MOST_TEXT = 1_000_000
# Room for the mark, what is left out by its kind, and the last sentence.
_MARGIN = 3_000

_OBJECTS = {
    Rank.DATA: ("PersistentVolumeClaim", "PersistentVolume"),
    Rank.EXPOSURE: (
        "Ingress",
        "HTTPRoute",
        "Service",
        "NetworkPolicy",
        "Secret",
        "Role",
        "RoleBinding",
        "ClusterRole",
        "ClusterRoleBinding",
        "AppProject",
    ),
    Rank.CHART: ("Application", "Chart", "Release"),
}
_RANKS = {kind: rank for rank, kinds in _OBJECTS.items() for kind in kinds}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a summary: its rank, what it is one of, and its Markdown, made of `texts`."""

    rank: Rank
    kind: str
    make: Callable[..., str]
    texts: tuple[str, ...]

    @property
    def whole(self) -> str:
        """Return the line, however long it is."""
        return self.make(*self.texts)

    @property
    def markdown(self) -> str:
        """Return the line; only its kind where it is too long."""
        if sum(map(len, self.texts)) <= _LONGEST:
            said = self.whole
            if len(said) <= _LONGEST:
                return said
        return f"- {text(self.kind[:60])}, whose line is too long for a comment\n"


def markdown(document: Document, preface: Iterable[str] = ()) -> str:
    """Return the comment whole, or in short where it does not fit; `preface` is Markdown."""
    head = "\n".join([MARK, *preface])
    whole = _fitting(_whole(document), len(head)) if _length(document) <= _MOST_TEXT else None
    return _short(document, head) if whole is None else "\n".join([head, *whole]) + "\n"


def _fitting(lines: Iterable[str], length: int) -> list[str] | None:
    """Return lines, or None as soon as they do not fit."""
    found: list[str] = []
    for line in lines:
        found.append(line)
        length += len(line) + 1
        if length >= LARGEST:
            return None
    return found


def _length(value: Any) -> int:
    """Return how much text there is in a value."""
    if isinstance(value, dict):
        return sum(map(_length, cast("Document", value).values()))
    if isinstance(value, list):
        return sum(map(_length, cast("list[Any]", value)))
    return len(value) if isinstance(value, str) else 0


def _short(document: Document, head: str) -> str:
    """Return the lines that fit, by rank, and how many of each kind are left out."""
    lines = sorted(_ranked(document), key=lambda line: line.rank)
    room = LARGEST - len(head) - _MARGIN
    fitting: list[str] = []
    left: Counter[str] = Counter()
    for line in lines:
        said = line.markdown if room >= 0 else ""
        room -= len(said) + 1
        if room < 0:
            left[line.kind] += 1
        else:
            fitting.append(said)
    out = [f"- {text(_left(left))}\n"] if left else []
    return "\n".join([head, *fitting, "", *out, _SUMMARIZED]) + "\n"


def _left(left: Counter[str]) -> str:
    known = left.most_common(20)
    rest = left.total() - sum(count for _, count in known)
    counted = [f"{count} x {kind[:60]}" for kind, count in known]
    return f"left out: {', '.join([*counted, *([f'{rest} of other kinds'] if rest else [])])}"


def _ranked(document: Document) -> Iterator[Line]:
    yield from _refusals(document)
    places = [(_name(one), one) for one in (*document["stacks"], *document["clusters"])]
    for name, place in places:
        kind = "stack" if "stack" in place else "cluster"
        yield Line(rank=Rank.REST, kind=kind, make=_stack_line, texts=(name, place["summary"]))
    for name, place in places:
        for note in [*place["notes"], *(place.get("live") or ())]:
            kind, texts = f"note {note['kind']}", (name, note["text"], note["cure"])
            yield Line(rank=rank_of(note["kind"]), kind=kind, make=_note_line, texts=texts)
    for name, place in places:
        for change in place["objects"]:
            kind = f"{change['kind']} {change['change']}"
            texts = (name, change["kind"], change["name"], change["fate"])
            yield Line(rank=_rank(change), kind=kind, make=_object_line, texts=texts)
    for stack in document["stacks"]:
        for model in _changed(stack):
            rank = Rank.DELETION if model["change"] == "removed" else Rank.REST
            texts = (stack["stack"], model["name"], model["pool"], model["change"])
            kind = f"model {model['change']}"
            yield Line(rank=rank, kind=kind, make=_model_line, texts=texts)


def _refusals(document: Document) -> Iterator[Line]:
    for one in document["problems"]:
        texts = (one["place"], one["key"], one["cause"], one["cure"])
        yield Line(rank=Rank.REFUSAL, kind="refusal", make=_problem, texts=texts)
    for stack in document["stacks"]:
        for one in stack["refusals"]:
            texts = (stack["stack"], one["text"], one["cure"])
            yield Line(rank=Rank.REFUSAL, kind="refusal", make=_refusal, texts=texts)


def _stack_line(stack: str, summary: str) -> str:
    return f"- {text(stack)}: {text(summary)}"


def _note_line(stack: str, said: str, cure: str) -> str:
    return f"- {text(stack)}: **Note:** {_said(said, cure)}"


def _object_line(stack: str, kind: str, name: str, fate: str) -> str:
    return f"- {text(stack)}: {_object(kind, name, fate)}"


def _model_line(stack: str, name: str, pool: str, change: str) -> str:
    return f"- {text(f'{stack}: model {name} in {pool}: {change}')}"


def _refusal(stack: str, said: str, cure: str) -> str:
    return caution(f"**{text(stack)} refused:** {_said(said, cure)}")


def _problem(place: str, key: str, cause: str, cure: str) -> str:
    where = ": ".join(part for part in (place, key) if part)
    at = f"{text(where)}: " if where else ""
    return caution(f"**Could not be rendered:** {at}{_said(cause, cure)}")


def _rank(change: Document) -> Rank:
    if change["change"] in (Change.DELETE, Change.ABANDON):
        return Rank.DELETION
    if any(field["path"].endswith(".image") for field in change["fields"]):
        return min(Rank.IMAGE, _RANKS.get(change["kind"], Rank.REST))
    return _RANKS.get(change["kind"], Rank.REST)


def _whole(document: Document) -> Iterator[str]:
    yield from (one.whole for one in _refusals(document))
    yield f"Against {text(document['base'])}.\n"
    if document["cost_change"]:
        yield f"{text(document['cost_change'])}\n"
    if not (document["problems"] or any(stack["pools"] for stack in document["stacks"])):
        yield f"{NO_STACK}\n"
    for stack in document["stacks"]:
        yield from _stack(stack)
    for cluster in document["clusters"]:
        yield from _headed(cluster)
        if cluster["objects"]:
            yield from _objects(cluster["objects"])


def caution(said: str) -> str:
    """Return Markdown on one line as what must be read first."""
    return f"> [!CAUTION]\n> {said}\n"


def _said(said: str, cure: str) -> str:
    return prose(f"{said}; {cure}" if cure else said)


def _name(place: Document) -> str:
    """Return what a stack or a cluster is called."""
    return place["stack"] if "stack" in place else f"cluster {place['cluster']}"


def _headed(place: Document) -> Iterator[str]:
    yield f"### {text(_name(place))}: {text(place['summary'])}\n"
    for note in place["notes"]:
        yield f"**Note:** {_said(note['text'], note['cure'])}\n"


def _stack(stack: Document) -> Iterator[str]:
    yield from _headed(stack)
    yield from _live(stack["live"])
    if any(True for _ in _changed(stack)):
        yield from _models(stack)
        yield from (f"- {_said(note['text'], note['cure'])}" for note in stack["explanations"])
        yield ""
    if stack["objects"]:
        yield from _objects(stack["objects"])
    if stack["pools"]:
        yield from _inventory(stack["pools"])


def _live(live: list[Document] | None) -> Iterator[str]:
    if live is None:
        return
    if not live:
        yield "- live: the engine would do the same"
    for note in live:
        yield f"- live: {_said(note['text'], note['cure'])}"
    yield ""


def _changed(stack: Document) -> Iterator[Document]:
    for model in stack["models"]:
        if model["change"] != "unchanged" or model["restart"] or model["downtime"]:
            yield model


def _models(stack: Document) -> Iterator[str]:
    yield "| model | pool | change | restart | downtime | fetch | license |"
    yield "|---|---|---|---|---|---|---|"
    for model in _changed(stack):
        yield _row(
            model["name"], model["pool"], model["change"], "yes" if model["restart"] else "no",
            _downtime(model),
            decimal(model["download_bytes"], exact=model["exact"]),
            model["license"] or ("alias" if model["alias"] else "-"),
        )  # fmt: skip
    yield ""


def _downtime(model: Document) -> str:
    if not model["downtime"]:
        return "no"
    return "for good" if model["change"] == "removed" and not model["moves"] else "yes"


def _row(*cells: str) -> str:
    return f"| {' | '.join(map(text, cells))} |"


def _objects(changes: list[Document]) -> Iterator[str]:
    tally = Counter(Change(change["change"]) for change in changes)
    counted = ", ".join(f"{tally[change]} {PAST[change]}" for change in Change if tally[change])
    yield f"<details><summary>Objects: {counted}</summary>\n"
    for change in changes:
        yield f"- {_object(change['kind'], change['name'], change['fate'])}"
        fields = tuple(FieldChange(**field) for field in change["fields"])
        yield from (f"  - {code(str(field))}" for field in telling(fields))
    yield "\n</details>\n"


def _object(kind: str, name: str, fate: str) -> str:
    return f"{text(kind)} {code(name)}: {text(fate)}"


def _inventory(pools: list[Document]) -> Iterator[str]:
    yield "<details><summary>Declared</summary>\n"
    yield "| pool | runs on | pods | memory | &#36;/h | serves |"
    yield "|---|---|---|---|---|---|"
    for pool in pools:
        keys = ("name", "runs_on", "pods", "memory", "price", "serves")
        yield _row(*(pool[key] for key in keys))
    yield "\n</details>\n"
