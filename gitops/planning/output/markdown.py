"""A plan's document as the comment of a pull request; every value in it may be hostile.

What does not fit is left out from the least important line on, and counted by its kind.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

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
    """One line of a summary: its rank, what it is one of, and its Markdown."""

    rank: Rank
    kind: str
    markdown: str


def markdown(document: Document, preface: Iterable[str] = ()) -> str:
    """Return the comment whole, or in short where it does not fit; `preface` is Markdown."""
    head = [MARK, *preface]
    whole = "\n".join([*head, *_whole(document)]) + "\n"
    return whole if len(whole) <= LARGEST else _short(document, "\n".join(head))


def _short(document: Document, head: str) -> str:
    """Return the lines that fit, by rank, and how many of each kind are left out."""
    lines = sorted(_ranked(document), key=lambda line: line.rank)
    room = LARGEST - len(head) - _MARGIN
    fitting: list[str] = []
    left: Counter[str] = Counter()
    for line in lines:
        room -= len(line.markdown) + 1
        if room < 0:
            left[line.kind] += 1
        else:
            fitting.append(line.markdown)
    out = [f"- {text(_left(left))}\n"] if left else []
    return "\n".join([head, *fitting, "", *out, _SUMMARIZED]) + "\n"


def _left(left: Counter[str]) -> str:
    known = left.most_common(20)
    rest = left.total() - sum(count for _, count in known)
    counted = [f"{count} x {kind[:60]}" for kind, count in known]
    return f"left out: {', '.join([*counted, *([f'{rest} others'] if rest else [])])}"


def _ranked(document: Document) -> Iterator[Line]:
    yield from (_line(Rank.REFUSAL, "refusal", said) for said in _refusals(document))
    places = [*document["stacks"], *document["clusters"]]
    for place in places:
        yield _line(Rank.REST, "stack" if "stack" in place else "cluster", f"- {_title(place)}")
    for place in places:
        yield from _noted(place)
    for place in places:
        for change in place["objects"]:
            said = f"- {_name(place)}: {_object(change)}"
            yield _line(_rank(change), f"{change['kind']} {change['change']}", said)
    for stack in document["stacks"]:
        for model in _changed(stack):
            said = f"{stack['stack']}: model {model['name']} in {model['pool']}: {model['change']}"
            gone = model["change"] == "removed"
            rank = Rank.DELETION if gone else Rank.REST
            yield _line(rank, f"model {model['change']}", f"- {text(said)}")


def _noted(place: Document) -> Iterator[Line]:
    for note in [*place["notes"], *(place.get("live") or ())]:
        said = f"- {_name(place)}: **Note:** {prose(_sentence(note))}"
        yield _line(rank_of(note["kind"]), f"note {note['kind']}", said)


def _line(rank: Rank, kind: str, said: str) -> Line:
    if len(said) > _LONGEST:
        said = f"- {text(kind[:60])}, whose line is too long for a comment\n"
    return Line(rank=rank, kind=kind, markdown=said)


def _rank(change: Document) -> Rank:
    if change["change"] in (Change.DELETE, Change.ABANDON):
        return Rank.DELETION
    if any(field["path"].endswith(".image") for field in change["fields"]):
        return min(Rank.IMAGE, _RANKS.get(change["kind"], Rank.REST))
    return _RANKS.get(change["kind"], Rank.REST)


def _whole(document: Document) -> Iterator[str]:
    yield from _refusals(document)
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


def _refusals(document: Document) -> Iterator[str]:
    yield from (caution(_problem(one)) for one in document["problems"])
    for stack in document["stacks"]:
        for refusal in stack["refusals"]:
            yield caution(f"**{text(stack['stack'])} refused:** {prose(_sentence(refusal))}")


def caution(said: str) -> str:
    """Return Markdown on one line as what must be read first."""
    return f"> [!CAUTION]\n> {said}\n"


def _problem(problem: Document) -> str:
    place = ": ".join(part for part in (problem["place"], problem["key"]) if part)
    cure = f"; {problem['cure']}" if problem["cure"] else ""
    at = f"{text(place)}: " if place else ""
    return f"**Could not be rendered:** {at}{prose(problem['cause'] + cure)}"


def _sentence(note: Document) -> str:
    return f"{note['text']}; {note['cure']}" if note["cure"] else note["text"]


def _title(place: Document) -> str:
    return f"{_name(place)}: {text(place['summary'])}"


def _name(place: Document) -> str:
    """Return what a stack or a cluster is called."""
    return text(place["stack"] if "stack" in place else f"cluster {place['cluster']}")


def _headed(place: Document) -> Iterator[str]:
    yield f"### {_title(place)}\n"
    for note in place["notes"]:
        yield f"**Note:** {prose(_sentence(note))}\n"


def _stack(stack: Document) -> Iterator[str]:
    yield from _headed(stack)
    yield from _live(stack["live"])
    if any(True for _ in _changed(stack)):
        yield from _models(stack)
        yield from (f"- {prose(line)}" for line in stack["explanations"])
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
    yield from (f"- live: {prose(_sentence(note))}" for note in live)
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
            decimal(model["download_bytes"], exact=model["exact"]), model["license"] or "alias",
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
        yield f"- {_object(change)}"
        fields = tuple(FieldChange(**field) for field in change["fields"])
        yield from (f"  - {code(str(field))}" for field in telling(fields))
    yield "\n</details>\n"


def _object(change: Document) -> str:
    return f"{text(change['kind'])} {code(change['name'])}: {text(change['fate'])}"


def _inventory(pools: list[Document]) -> Iterator[str]:
    yield "<details><summary>Declared</summary>\n"
    yield "| pool | runs on | pods | memory | &#36;/h | serves |"
    yield "|---|---|---|---|---|---|"
    for pool in pools:
        keys = ("name", "runs_on", "pods", "memory", "price", "serves")
        yield _row(*(pool[key] for key in keys))
    yield "\n</details>\n"
