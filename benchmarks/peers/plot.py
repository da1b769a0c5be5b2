"""Draws seconds over pools, both on logarithmic scales, as an SVG that needs no library."""

import math
from collections.abc import Iterator, Mapping
from html import escape

Line = Mapping[int, float]

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 600, 30, 360
_COLORS = ("#1a7f37", "#0969da", "#9a6700", "#cf222e", "#8250df")
_STYLE = """\
  <style>
    text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
    .page { fill: #ffffff; }
    .grid { stroke: #d0d7de; }
    .line { fill: none; stroke-width: 2; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .page { fill: #0d1117; }
      .grid { stroke: #30363d; }
    }
  </style>
"""  # noqa: E501 (the fonts of a browser)


def plot(title: str, lines: Mapping[str, Line]) -> str:
    """Return the drawing of lines, by name: seconds by number of pools."""
    return _Plot(lines).svg(title)


class _Plot:
    """A drawing; both scales run over whole powers of ten of what is drawn."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        self.lines = lines
        pools = [pools for line in lines.values() for pools in line]
        seconds = [seconds for line in lines.values() for seconds in line.values()]
        self.pools = (_floor(min(pools)), _ceiling(max(pools)))
        self.seconds = (_floor(min(seconds)), _ceiling(max(seconds)))

    def svg(self, title: str) -> str:
        return "".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
                f'role="img" aria-labelledby="title">\n',
                f'  <title id="title">{escape(title)}</title>\n',
                _STYLE,
                f'  <rect class="page" width="{_WIDTH}" height="{_HEIGHT}"/>\n',
                *self.grid(),
                *self.curves(),
                "</svg>\n",
            ]
        )

    def grid(self) -> Iterator[str]:
        for power in range(self.pools[0], self.pools[1] + 1):
            x = self.x(10**power)
            yield f'  <path class="grid" d="M{x:.1f} {_TOP}V{_BOTTOM}"/>\n'
            yield _text(x, _BOTTOM + 20, f"{10**power:,}", "middle")
        for power in range(self.seconds[0], self.seconds[1] + 1):
            y = self.y(10**power)
            yield f'  <path class="grid" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>\n'
            yield _text(_LEFT - 8, y + 4, f"{10**power:g} s", "end")
        yield _text((_LEFT + _RIGHT) / 2, _BOTTOM + 45, "pools, about ten objects each", "middle")

    def curves(self) -> Iterator[str]:
        for (name, line), color in zip(self.lines.items(), _COLORS, strict=False):
            points = [(self.x(pools), self.y(line[pools])) for pools in sorted(line)]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            yield f'  <polyline class="line" stroke="{color}" points="{path}"/>\n'
            for x, y in points:
                yield f'  <circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>\n'
            x, y = points[-1]
            yield _text(x + 10, y + 4, name, "start")

    def x(self, pools: float) -> float:
        return _between(math.log10(pools), self.pools, _LEFT, _RIGHT)

    def y(self, seconds: float) -> float:
        return _between(math.log10(seconds), self.seconds, _BOTTOM, _TOP)


def _between(value: float, ends: tuple[int, int], low: float, high: float) -> float:
    return low + (value - ends[0]) / (ends[1] - ends[0]) * (high - low)


def _floor(value: float) -> int:
    return math.floor(math.log10(value))


def _ceiling(value: float) -> int:
    return math.ceil(math.log10(value))


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'  <text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>\n'
