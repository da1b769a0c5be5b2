import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from stack import stack_parts
from tests.samples import keys, stack
from tests.support.project import ROOT

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
# Folders of code and of pages; what a team declares is in others, and in models/.
_ROOMS = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"models"} | {"docs", "tests"}
_FILE = re.compile(r"(?<![\w./-])[\w.-]+(?:/[\w.-]+)+\.[a-z]+")
_FENCE = re.compile(r"^ *```yaml\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
# Models that samples name beside those of a sample stack.
_POOLS = {
    "chat": {
        "models": ["qwen3-0.6b", "llama-3.2-1b-instruct"],
        "aliases": {"assistant": "qwen3-0.6b"},
        "storage": {"size": "20Gi"},
    }
}


def samples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every sample of a stack file; one that says a key twice shows two ways."""
    for page in sorted(DOCS.glob("*.md")):
        for number, block in enumerate(_FENCE.findall(page.read_text())):
            text = re.split(r"^# or.*\n", block, flags=re.MULTILINE)
            for way, part in enumerate(text):
                fields = yaml.safe_load(part)
                if all(str(key).startswith("localai:") for key in fields):
                    yield f"{page.stem}-{number}-{way}", fields


SAMPLES = dict(samples())


def test_there_are_samples():
    assert len(SAMPLES) > 8


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_in_the_docs_is_accepted(name: str):
    fields = {key.removeprefix("localai:"): value for key, value in SAMPLES[name].items()}
    if fields.get("exposure"):
        fields["router"] = {}

    found = {**keys(_POOLS), **fields}
    context, pools = stack(found.pop("pools"), **found)

    assert stack_parts(context, pools)


def test_every_file_of_this_repository_that_a_page_names_exists():
    missing = [
        f"{page.relative_to(ROOT)}: {path}"
        for page in PAGES
        for path in _FILE.findall(page.read_text())
        if path.partition("/")[0] in _ROOMS or path.endswith((".lua", ".py"))
        if not (ROOT / path).exists() and not (page.parent / path).exists()
    ]

    assert missing == []


def test_a_state_is_dropped_without_the_stack_file():
    commands = [
        line for page in PAGES for line in re.findall(r"pulumi stack rm[^`\n]*", page.read_text())
    ]

    assert commands
    # Without it the CLI deletes Pulumi.<stack>.yaml from the checkout.
    assert [one for one in commands if "--preserve-config" not in one] == []
