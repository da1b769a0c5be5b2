"""Plots intervals as SVG: a line a figure, readable without color, with nothing from outside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

_NAMES, _WIDE, _LINE, _TOP = 190, 640, 30, 34
_RIGHT = 150


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A figure with its interval; `low` and `high` are equal where it has none."""

    name: str
    low: float
    value: float
    high: float


def plot(title: str, bars: Sequence[Bar], mark: float | None = None) -> str:
    """Return an SVG image of bars one below the other, in per cent; `mark` is a line across."""
    ends = [one for bar in bars for one in (bar.low, bar.high)] + ([] if mark is None else [mark])
    low, high = min(ends), max(ends)
    margin = (high - low) * 0.05 or 0.01
    low, high = low - margin, high + margin
    wide, tall = _NAMES + _WIDE + _RIGHT, _TOP + _LINE * len(bars) + 30

    def place(value: float) -> float:
        return _NAMES + (value - low) / (high - low) * _WIDE

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" role="img" '
        f'font-family="sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{wide}" height="{tall}" fill="#fff"/>',
        f'<text x="8" y="20" font-weight="bold">{escape(title)}</text>',
    ]
    if mark is not None:
        lines.append(
            f'<line x1="{place(mark):.1f}" x2="{place(mark):.1f}" y1="{_TOP - 6}" '
            f'y2="{tall - 24}" stroke="#888" stroke-dasharray="4 3"/>'
        )
    for index, bar in enumerate(bars):
        ends_at = (place(bar.low), place(bar.value), place(bar.high))
        lines += _bar(bar, _TOP + _LINE * index + _LINE / 2, ends_at)
    for value in (low + margin, (low + high) / 2, high - margin):
        lines.append(
            f'<text x="{place(value):.1f}" y="{tall - 8}" text-anchor="middle" '
            f'fill="#555">{value * 100:.1f} %</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


def _bar(bar: Bar, y: float, ends: tuple[float, float, float]) -> Iterator[str]:
    low, value, high = ends
    yield f'<text x="8" y="{y + 4:.1f}">{escape(bar.name)}</text>'
    yield (
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="#1f5a96" '
        'stroke-width="3"/>'
    )
    for end in (low, high):
        yield (
            f'<line x1="{end:.1f}" x2="{end:.1f}" y1="{y - 6:.1f}" y2="{y + 6:.1f}" '
            'stroke="#1f5a96" stroke-width="2"/>'
        )
    yield f'<circle cx="{value:.1f}" cy="{y:.1f}" r="5" fill="#1f5a96"/>'
    yield f'<text x="{_NAMES + _WIDE + 10}" y="{y + 4:.1f}">{bar.value * 100:.2f} %</text>'
