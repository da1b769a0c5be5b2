"""One HTML page of a result, which loads nothing: verdicts, figures, and a plot of each load."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from documents.shown import shown

_WIDTH, _HEIGHT, _LEFT, _BELOW = 720, 200, 60, 24
_STYLE = """\
:root { color-scheme: light dark; --pass: #1a7f37; --fail: #cf222e; --unseen: #9a6700 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto }
th, td { border-bottom: 1px solid #8884; padding: .25rem .75rem .25rem 0; text-align: left }
td.number { text-align: right; font-variant-numeric: tabular-nums }
.pass { color: var(--pass) } .fail { color: var(--fail) } .unseen { color: var(--unseen) }
svg { width: 100%; height: auto } svg text { font: 11px system-ui, sans-serif; fill: currentColor }
.grid { stroke: #8884 } path { fill: none; stroke-width: 1.5 }
.a { stroke: #0969da; fill: #0969da } .b { stroke: #bf8700; fill: #bf8700 }
.c { stroke: #cf222e; fill: #cf222e } path.a, path.b, path.c { fill: none }
"""
# What stands in the page is text: a policy of its own forbids everything else to load.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_ROWS = (
    ("late", "begun late by"), ("first_token", "first token"),
    ("between_tokens", "between tokens"), ("whole_answer", "whole answer"),
)  # fmt: skip
_PARTS = ("p50", "p90", "p95", "p99", "most")


def page(document: Mapping[str, Any], time: str) -> str:
    """Return the page of a result, as `finding.document` gives it; `time` is when it was made."""
    word = "pass" if document["passed"] else "fail"
    title = f"{document['stack']}: {document['kind']}: {word}"
    parts = [
        f"<h1>{_text(document['stack'])}: {_text(document['kind'])}: "
        f'<span class="{word}">{word}</span></h1>',
        f"<p>{_text(time)}, localai-gitops {_text(document['tool'])}</p>",
        _table(("verdict", "pool", "name", "check", "what was seen"),
               map(_check, document["checks"])),
        *(part for one in document.get("load", ()) for part in _load(one)),
        *(part for one in document.get("evaluate", ()) for part in _evaluation(one)),
    ]  # fmt: skip
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{_text(title)}</title>\n<style>\n{_STYLE}</style>\n" + "\n".join(parts) + "\n"
    )


def _text(value: object) -> str:
    return escape(shown(str(value)))


def _check(one: Mapping[str, Any]) -> tuple[str, ...]:
    said = f"{one['text']}; {one['cure']}" if one["cure"] else one["text"]
    verdict = _text(one["verdict"])
    mark = f'<span class="{verdict}">{verdict}</span>'
    return mark, *map(_text, (one["pool"] or "router", one["name"], one["check"], said))


def _table(head: Iterable[str], rows: Iterable[Sequence[str]], *, numbers: bool = False) -> str:
    """Return a table of cells that are HTML already."""
    kind = ' class="number"' if numbers else ""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    lines = [
        f"<tr><td>{first}</td>" + "".join(f"<td{kind}>{cell}</td>" for cell in rest) + "</tr>"
        for first, *rest in rows
    ]
    return f"<table>\n<tr>{top}</tr>\n" + "\n".join(lines) + "\n</table>"


def _load(one: Mapping[str, Any]) -> Iterator[str]:
    rate = one["rate"]
    yield f"<h2>Load on {_text(one['name'])}</h2>"
    yield (
        f"<p>{rate['declared']} chats a second declared, {rate['begun']} begun, "
        f"{rate['answered']} answered; {rate['tokens']} tokens a second. "
        f"{one['answered']} of {one['begun']} chats were answered whole.</p>"
    )
    if one["failed"]:
        kinds = ((_text(kind), str(count)) for kind, count in one["failed"].items())
        yield _table(("what failed", "chats"), kinds, numbers=True)
    rows = [
        (label, *(f"{one[key][part]:.1f}" for part in _PARTS)) for key, label in _ROWS if one[key]
    ]
    yield _table(("milliseconds", *_PARTS), rows, numbers=True)
    course = one["course"]
    spreads = [(point["second"], point["first_token"]) for point in course if point["first_token"]]
    if not one["behind"]:
        yield _plot("First token, milliseconds, by second of the run", {
            "p50": [(second, spread["p50"]) for second, spread in spreads],
            "p95": [(second, spread["p95"]) for second, spread in spreads],
        })  # fmt: skip
    yield _plot("Chats, by second of the run", {
        "begun": [(point["second"], point["begun"]) for point in course],
        "answered": [(point["second"], point["begun"] - point["failed"]) for point in course],
        "failed": [(point["second"], point["failed"]) for point in course],
    })  # fmt: skip


def _evaluation(one: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2>{_text(one['suite'])}, answered by {_text(one['name'])}</h2>"
    rows = [
        (label, *(f"{one[key][part]:.3f}" for part in ("value", "low", "high")))
        for key, label in (("score", "right answers"), ("similarity", "similarity"))
        if one[key]
    ]
    yield _table(("", "score", "from", "to, with 95 % confidence"), rows, numbers=True)
    by = [f"{word} {one[key]['name']}" for key, word in _OTHERS if one[key]]
    told = f"; {', '.join(by)}" if by else ""
    yield f"<p>{one['right']} of {one['count']} questions{_text(told)}.</p>"
    rows = [
        (_text(each["id"]), _RIGHT[each["right"]], _text(each["error"] or each["text"]))
        for each in sorted(one["answers"], key=lambda each: each["right"])
    ]
    yield _table(("question", "right", "answer, or why there is no score"), rows)


_OTHERS = (("judge", "judged by"), ("embedder", "compared by"))
_RIGHT = {True: '<span class="pass">yes</span>', False: '<span class="fail">no</span>'}


def _plot(title: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Return lines over time as SVG, from zero up."""
    points = [point for line in lines.values() for point in line]
    wide = max([x for x, _ in points], default=0) or 1
    high = max([y for _, y in points], default=0) or 1

    def place(x: float, y: float) -> str:
        left = _LEFT + (_WIDTH - _LEFT) * x / wide
        return f"{left:.1f} {10 + (_HEIGHT - 10 - _BELOW) * (1 - y / high):.1f}"

    drawn = [_label(_WIDTH - 5, _HEIGHT - 6, f"{wide:g} s", "end"), _label(_LEFT, _HEIGHT - 6, "0")]
    for part in (0, 0.5, 1):
        x, y = place(0, part * high).split()
        drawn.append(f'<path class="grid" d="M{x} {y}H{_WIDTH}"/>')
        drawn.append(_label(_LEFT - 6, float(y) + 4, f"{part * high:.4g}", "end"))
    for (name, line), color in zip(lines.items(), "abc", strict=False):
        path = "L".join(place(x, y) for x, y in line)
        drawn.append(f'<path class="{color}" d="M{path}"/>' if path else "")
        left = _LEFT + 20 + 90 * "abc".index(color)
        drawn.append(f'<circle class="{color}" cx="{left - 8}" cy="6" r="4"/>')
        drawn.append(_label(left, 10, name))
    svg = f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{_text(title)}">'
    return f"<h3>{_text(title)}</h3>\n{svg}\n" + "\n".join(drawn) + "\n</svg>"


def _label(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{_text(text)}</text>'
