"""The versions stood in for: those the installed Python packages of the providers ask for."""

import json
from importlib.resources import files
from typing import Final

PACKAGES: Final = {"kubernetes": "pulumi_kubernetes", "random": "pulumi_random"}


def version(plugin: str) -> str:
    """Return the version in the `pulumi-plugin.json` of a provider's package."""
    text = files(PACKAGES[plugin]).joinpath("pulumi-plugin.json").read_text()
    return json.loads(text)["version"]
