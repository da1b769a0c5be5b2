"""Prompt templates: Go templates that may read a conversation, and nothing else of the server.

LocalAI gives them every function of sprig (pkg/templates/cache.go), of which some read the
environment, where the server's key is, or ask name servers; and it takes a text without an action
for the name of a file.
"""

import re

from documents.validation import contradiction

_ACTION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_COMMENT = re.compile(r"-?\s*/\*.*\*/\s*-?\Z", re.DOTALL)
_TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|\'(?:[^\'\\\n]|\\.)\'')
# Whatever follows a point or a $ is a field or a variable, and no function.
_WORD = re.compile(r"(?<![\w.$])[A-Za-z_]\w*")
_KEYWORDS = "if else end range with break continue true false nil"
# text/template, and those of sprig that only work on the text they are given.
_FUNCTIONS = """
    and or not eq ne lt le gt ge len index slice print printf println html js urlquery
    add sub mul div mod min max add1 default empty coalesce ternary fail
    trim trimAll trimPrefix trimSuffix upper lower title untitle substr nospace trunc contains
    hasPrefix hasSuffix quote squote cat indent nindent replace join splitList toString toStrings
    list first last rest initial append prepend concat reverse uniq without has dict get set unset
    hasKey pluck keys pick omit values toJson toPrettyJson fromJson mustToJson mustFromJson int
    int64 float64 kindOf kindIs typeOf typeIs
"""
_ALLOWED = frozenset(f"{_KEYWORDS} {_FUNCTIONS}".split())
_OPENING = ("if", "range", "with")


def prompt(text: str) -> str:
    """Return a template as it is.

    Raises:
        PydanticCustomError: it may do more than put messages together, or it cannot be read.
    """
    actions = [found[1] for found in _ACTION.finditer(text)]
    rest = _ACTION.sub("", text)
    if "{%" in rest:
        raise contradiction(
            "is a Jinja template, and these are Go templates",
            "leave it to the model: `use_tokenizer_template: true`",
        )
    if "{{" in rest or "}}" in rest:
        raise contradiction("opens or closes an action that has no other end", "write {{ … }}")
    if not actions:
        raise contradiction(
            "has no action, so that LocalAI takes it for the name of a file", "write {{.Input}}"
        )
    depth = 0
    for action in actions:
        depth += _step(action)
        if depth < 0:
            raise contradiction("has an end that nothing opened", "delete it")
    if depth:
        raise contradiction("has an if, a range or a with that does not end", "add {{end}}")
    return text


def _step(action: str) -> int:
    """Return by how much an action nests what follows."""
    if _COMMENT.match(action):
        return 0
    plain = _TEXT.sub(" ", action)
    words: list[str] = _WORD.findall(plain)
    for word in words:
        if word not in _ALLOWED:
            raise contradiction(
                f"calls {word[:40]}, which templates of models may not",
                "put messages together only",
            )
    if '"' in plain or "`" in plain or "'" in plain:
        raise contradiction("has a text in it that does not end", "close its quotes")
    first = words[0] if words else ""
    return 1 if first in _OPENING else -1 if first == "end" else 0
