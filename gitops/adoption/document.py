"""An adoption as plain values, for scripts."""

from typing import Any

from gitops.adoption.adoption import Adoption

VERSION = 1


def adoption_document(found: Adoption, written: tuple[str, ...]) -> dict[str, Any]:
    """Return an adoption as plain values; `written` are the files that were written."""
    return {
        "version": VERSION,
        "stack": found.stack,
        "namespace": found.namespace,
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
