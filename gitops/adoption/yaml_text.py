"""YAML that every library reads alike: what one of them could take for something else is quoted."""

from collections.abc import Mapping
from typing import Any

import yaml

from documents.scalar import AmbiguousScalarError, resolve

_TEXT = "tag:yaml.org,2002:str"


class _Dumper(yaml.SafeDumper):
    """Indents lists, and quotes every text that is not text in every version of YAML."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent a list below its key."""
        del indentless
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    del dumper
    if "\n" in text.strip("\n") and text == text.lstrip() and text.isascii():
        return yaml.ScalarNode(_TEXT, text, style="|")
    return yaml.ScalarNode(_TEXT, text, style=None if _is_plain(text) else '"')


def _is_plain(text: str) -> bool:
    try:
        return resolve(text, floats=True) == text
    except AmbiguousScalarError:
        return False


_Dumper.add_representer(str, _text)


def yaml_text(keys: Mapping[str, Any], *comments: str) -> str:
    """Return a mapping as a YAML document below comments."""
    head = "".join(f"# {line}\n" for line in comments)
    body = yaml.dump(
        dict(keys), Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True,
        default_flow_style=False,
    )  # fmt: skip
    return head + body
