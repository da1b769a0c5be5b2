"""The runs of training next to each other: a table, a plot, and the card of the chosen model."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apps.classifier.plot import Bar, plot
from apps.classifier.proportions import Count, wilson

_CONFIDENCE = 0.95
Run = Mapping[str, Any]


def ordered(runs: Sequence[Run]) -> list[Run]:
    """Return runs from the best to the worst; the smaller file first where they are equal."""
    return sorted(runs, key=lambda run: (-run["right"] / run["total"], run["size"], run["name"]))


def table(runs: Sequence[Run]) -> Iterator[str]:
    """Yield a line for each run, with the interval of 95 % of its accuracy."""
    yield (
        f"{'run':<16} {'seed':>6} {'accuracy':>8}  {'95 %':<15} {'F1':>6} {'bytes':>9} "
        f"{'s':>6}  digest of the model, of the data, revision"
    )
    for run in ordered(runs):
        count = _count(run)
        within = wilson(count, _CONFIDENCE)
        yield (
            f"{run['name']:<16} {run['seed']:>6} {count.share:>8.4f}  "
            f"{within.low:.4f}-{within.high:.4f}   {run['f1']:.4f} {run['size']:>9} "
            f"{run['seconds']:>6.2f}  {_short(run['digest'])} {_short(run['data'])} "
            f"{_revision(run['revision'])}"
        )


def picture(runs: Sequence[Run]) -> str:
    """Return a plot of the accuracies as SVG."""
    bars = list[Bar]()
    for run in ordered(runs):
        count = _count(run)
        within = wilson(count, _CONFIDENCE)
        name = f"{run['name']} ({run['seed']})"
        bars.append(Bar(name=name, low=within.low, value=count.share, high=within.high))
    return plot("Accuracy over the held-out digits, with intervals of 95 %", bars)


def card(run: Run) -> str:
    """Return the model card: what it is for, how it was made, how good it is, and where not."""
    count = _count(run)
    within = wilson(count, _CONFIDENCE)
    lines = [
        f"# Digits, {run['name']}",
        "",
        "Says which digit an 8 x 8 picture in gray shows, light on dark, as scikit-learn's digits",
        "are. For showing how models are trained, served and compared; not for reading mail or",
        "forms: other pens, scanners or sizes are other data, of which it knows nothing.",
        "",
        f"- File: `model.onnx`, {run['size']} bytes, {run['digest']}",
        f"- Accuracy {count.share:.4f} ({count.right} of {count.total} held out; 95 %: "
        f"{within.low:.4f} to {within.high:.4f}), macro F1 {run['f1']:.4f}",
        f"- Data: {run['data']}, 1,797 digits that scikit-learn ships (UCI, Optical Recognition of "
        "Handwritten Digits); a quarter held out",
        f"- Parameters: {_said(run['parameters'])}",
        f"- Packages: {_said(run['packages'])}",
        f"- Code: {run['revision']}",
        "- Input: `image`, bytes of 0 (dark) to 255, each row 8 x 8. Outputs: `label`, and "
        "`scores` by label, which are no probabilities for every kind of model",
        "",
        "What it answered, by the digit that it was:",
        "",
        "| | " + " | ".join(map(str, range(len(run["confusion"])))) + " |",
        "|---" * (len(run["confusion"]) + 1) + "|",
        *(
            f"| **{digit}** | " + " | ".join(map(str, row)) + " |"
            for digit, row in enumerate(run["confusion"])
        ),
        "",
    ]
    return "\n".join(lines)


def _count(run: Run) -> Count:
    return Count(right=run["right"], total=run["total"])


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]


def _revision(text: str) -> str:
    commit, dash, changed = text.partition("-")
    return f"{commit[:12]}{dash}{changed}"


def _said(found: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(found.items()))
