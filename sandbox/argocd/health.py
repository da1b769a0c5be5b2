"""The health rules that Argo CD is taught for custom resources, as users get them too."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "clusters" / "health"
PREFIX = "resource.customizations.health."


def customizations(folder: Path = FOLDER) -> dict[str, str]:
    """Return the rules as keys and values of argocd-cm.

    Each is a file `<group>_<Kind>.lua` in `folder`.
    """
    return {PREFIX + path.stem: path.read_text() for path in sorted(folder.glob("*.lua"))}
