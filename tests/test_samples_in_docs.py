import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stack import stack_parts
from tests.samples import keys, stack

DOCS = Path(__file__).parents[1] / "docs"
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
