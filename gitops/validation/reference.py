"""Writes the references that editors and people read: `python -m gitops.validation.reference`.

They are committed, so that an editor finds them; a test fails when they are stale.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gitops.acceptance.evidence import evidence_schema
from gitops.validation.known_issues import known_issues_page
from gitops.validation.pages.rules import rules_page
from gitops.validation.pages.settings import settings_page
from gitops.validation.schemas.files import (
    cluster_schema,
    evaluation_schema,
    gpu_schema,
    model_schema,
    release_schema,
    stack_schema,
)
from models.catalog import read_catalog

FOLDER = "docs/reference"


def references(models: Iterable[str] = ()) -> Mapping[str, str]:
    """Return the text of every reference by its path below the checkout; editors propose models."""
    return {
        f"{FOLDER}/stack.schema.json": _json(stack_schema(models)),
        f"{FOLDER}/model.schema.json": _json(model_schema()),
        f"{FOLDER}/gpu.schema.json": _json(gpu_schema()),
        f"{FOLDER}/cluster.schema.json": _json(cluster_schema()),
        f"{FOLDER}/release.schema.json": _json(release_schema()),
        f"{FOLDER}/evaluation.schema.json": _json(evaluation_schema()),
        f"{FOLDER}/evidence.schema.json": _json(evidence_schema()),
        f"{FOLDER}/settings.md": settings_page(),
        f"{FOLDER}/rules.md": rules_page(),
        f"{FOLDER}/known-issues.md": known_issues_page(),
    }


def write(root: Path) -> None:
    """Write every reference below a checkout."""
    for name, text in references(sorted(read_catalog(root).definitions)).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def _json(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    write(Path.cwd())
