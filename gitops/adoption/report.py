"""An adoption in words: what is taken over, what changes, what is lost, and the steps."""

from collections.abc import Iterator
from typing import Any

from documents.shown import shown
from gitops.adoption.adoption import Adoption
from gitops.adoption.remark import Fate, Remark

_HEADINGS = {
    Fate.FAULT: "Wrong today",
    Fate.OPEN: "Not known yet",
    Fate.LOST: "Not expressible",
    Fate.CHANGED: "Changed by the first `up`",
    Fate.KEPT: "Taken over",
}


def adoption_text(found: Adoption, written: tuple[str, ...]) -> str:
    """Return an adoption for a terminal; a value never ends its line."""
    lines = [_summary(found, written), ""]
    for fate, heading in _headings(found):
        lines += _section(heading.replace("`", ""), found.of(fate), "  ")
    for number, step in enumerate(found.steps, start=1):
        lines.append(f"{number}. {step.title}: {step.why}")
        lines += [f"     {command}" for command in step.commands]
    return "\n".join(map(shown, lines)) + "\n"


def adoption_markdown(found: Adoption, written: tuple[str, ...]) -> str:
    """Return an adoption for a pull request; a value never ends its line."""
    title = f"Migration of {found.source}" if found.source else f"Adoption of {found.namespace}"
    lines = [f"## {title}", "", _summary(found, written), ""]
    for fate, heading in _headings(found):
        lines += _section(f"### {heading}", found.of(fate), "- ")
    if found.steps:
        lines += ["### Steps", ""]
    for number, step in enumerate(found.steps, start=1):
        lines += [f"{number}. {step.title}: {step.why}", "", "   ```sh"]
        lines += [*(f"   {command}" for command in step.commands), "   ```", ""]
    return "\n".join(map(shown, lines))


def _headings(found: Adoption) -> Iterator[tuple[Fate, str]]:
    """Yield the headings of a report; without a file nothing is taken over, and no `up` follows."""
    for fate, heading in _HEADINGS.items():
        if found.files or fate not in (Fate.CHANGED, Fate.KEPT):
            yield fate, heading


def _summary(found: Adoption, written: tuple[str, ...]) -> str:
    if found.source and not found.files and found.of(Fate.OPEN):
        return f"{found.source}: nothing was written; what is not known yet says why."
    if not found.files:
        return (
            f"Nothing of {found.source or found.namespace} can be taken over; nothing was written."
        )
    files = ", ".join(written) if written else "nothing"
    if found.source:
        done = f"Wrote {files}" if written else f"Would write {', '.join(found.files)}"
        return f"{found.source}: {done}."
    down = any(step.down for step in found.steps)
    return f"Wrote {files}. Downtime: {'yes' if down else 'no'}; step by step below."


def _section(heading: str, remarks: tuple[Remark, ...], bullet: str) -> Iterator[str]:
    if not remarks:
        return
    yield heading
    if heading.startswith("#"):
        yield ""
    yield from (f"{bullet}{remark}" for remark in remarks)
    yield ""


VERSION = 1


def adoption_document(found: Adoption, written: tuple[str, ...]) -> dict[str, Any]:
    """Return an adoption as plain values; `written` are the files that were written."""
    return {
        "version": VERSION,
        "stack": found.stack,
        "namespace": found.namespace,
        **({"source": found.source} if found.source else {}),
        "written": list(written),
        "remarks": [
            {
                "fate": remark.fate.value,
                "subject": remark.subject,
                "text": remark.text,
                "cure": remark.cure,
            }
            for remark in dict.fromkeys(found.remarks)
        ],
        "steps": [
            {"title": step.title, "why": step.why, "commands": list(step.commands)}
            for step in found.steps
        ],
    }
