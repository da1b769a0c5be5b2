import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.problem import RefusedError
from documents.reader import read
from gitops.promotion.lists import Lists, with_lists
from settings.file import stack_file

HEAD = """\
# About this stack.
config:
  localai:namespace: qa  # not prod
  localai:cluster: main
  localai:server:
    version: v4.9.0
  localai:pools:
    # The words.
    chat:
"""
TAIL = """\
      # Where they are kept.
      storage:
        size: 20Gi  # enough
    # The rest.
    other:
      models: [z]
      storage: {size: 20Gi}
"""


def made(pool: str, *models: str, **aliases: str) -> str:
    wanted = {"chat": Lists(models=models, aliases=aliases)}
    content = (HEAD + pool + TAIL).encode()
    return with_lists(content, "Pulumi.qa.yaml", wanted).decode().removeprefix(HEAD)


BLOCK = """\
      models:  # in this order
        # The old one.
        - a  # until spring

        # The small one.
        - b
"""


def test_a_list_that_is_the_same_stays_as_it_is():
    assert made(BLOCK, "a", "b") == BLOCK + TAIL


def test_a_model_of_a_line_takes_its_comments_along():
    assert made(BLOCK, "b", "c", "a") == (
        "      models:  # in this order\n\n        # The small one.\n        - b\n        - c\n"
        "        # The old one.\n        - a  # until spring\n" + TAIL
    )


def test_a_comment_above_a_model_that_goes_stays():
    assert made(BLOCK, "b") == (
        "      models:  # in this order\n        # The old one.\n\n        # The small one.\n"
        "        - b\n" + TAIL
    )
    assert made(BLOCK, "a", "x") == (
        "      models:  # in this order\n        # The old one.\n        - a  # until spring\n"
        "        - x\n\n        # The small one.\n" + TAIL
    )


def test_a_list_in_brackets_stays_in_brackets():
    assert (
        made("      models: [a, b]  # both\n", "b", "c") == "      models: [b, c]  # both\n" + TAIL
    )


def test_comments_in_brackets_go_above():
    pool = "      models: [a,  # old\n        b]\n"

    assert made(pool, "c") == "      # old\n      models: [c]\n" + TAIL


ALIASES = "      models: [a]\n      aliases:\n        x: a  # for apps\n        w: a\n"


def test_aliases_are_edited_line_by_line():
    assert made(ALIASES, "b", x="b", z="b") == (
        "      models: [b]\n      aliases:\n        x: b  # for apps\n        z: b\n" + TAIL
    )


def test_the_last_alias_leaves_an_empty_mapping():
    assert made(ALIASES, "b") == "      models: [b]\n      aliases: {}\n" + TAIL


def test_aliases_are_added_where_there_are_none():
    assert made("      models: [a]\n", "a", x="a") == (
        "      aliases:\n        x: a\n      models: [a]\n" + TAIL
    )
    pool = HEAD.replace("    chat:\n", "    chat: {models: [a], storage: {size: 20Gi}}\n")
    wanted = {"chat": Lists(models=("b",), aliases={"x": "b"})}
    assert b"chat: {models: [b], aliases: {x: b}, storage" in with_lists(
        pool.encode(), "Pulumi.qa.yaml", wanted
    )


def test_names_that_yaml_reads_otherwise_are_quoted():
    text = made(BLOCK, "1.5", "null", "on", x="1.5")

    assert '- "1.5"' in text or "- '1.5'" in text


NAMES = st.lists(st.sampled_from(["a", "b", "c", "d-1", "1.5", "null", "2027-01-01", "e.f"]),
                 min_size=1, unique=True)  # fmt: skip
KEYS = st.sampled_from(["x", "y", "no", "1", "v1.0"])


@st.composite
def pools(draw: Any) -> str:
    """Return the lines of a pool in any form that people write."""
    names, comment = draw(NAMES), draw(st.sampled_from(["", "  # why: a, [b]"]))
    if draw(st.booleans()):
        indent = draw(st.sampled_from(["      ", "        "]))
        lines = "".join(
            f"{indent}# about {number}\n" * draw(st.integers(0, 2))
            + f"{indent}- '{one}'{comment}\n" for number, one in enumerate(names)
        )  # fmt: skip
        models = f"      models:{comment}\n{lines}"
    else:
        gap = draw(st.sampled_from([", ", f",{comment}\n        "]))
        listed = gap.join(f'"{one}"' for one in names)
        models = f"      models: [{listed}]{comment}\n"
    aliases = draw(st.dictionaries(KEYS, st.sampled_from(names), max_size=3))
    if not aliases:
        return models
    if draw(st.booleans()):
        pairs = ", ".join(f"'{one}': '{to}'" for one, to in aliases.items())
        other = f"      aliases: {{{pairs}}}{comment}\n"
    else:
        other = "      aliases:\n" + "".join(
            f"        # alias\n        '{one}': '{to}'\n" for one, to in aliases.items()
        )
    return draw(st.sampled_from([models + other, other + models]))


@given(pools(), NAMES, st.data(), st.booleans())
def test_a_promoted_file_parses_to_the_lists_it_was_given(
    pool: str, names: list[str], data: st.DataObject, windows: bool
):
    aliases = data.draw(st.dictionaries(KEYS, st.sampled_from(names), max_size=3))
    wanted = {"chat": Lists(models=tuple(names), aliases=aliases)}
    text = (HEAD + pool + TAIL).replace("\n", "\r\n" if windows else "\n")

    found = with_lists(text.encode(), "Pulumi.qa.yaml", wanted)
    again = with_lists(found, "Pulumi.qa.yaml", wanted)

    settings = stack_file("qa", read(found, name="Pulumi.qa.yaml")).settings
    assert settings.pools["chat"].models == tuple(names)
    assert settings.pools["chat"].aliases == aliases
    assert settings.pools["other"].models == ("z",)
    assert again == found
    own = re.compile(rb"^ *#[^\r\n]*", re.MULTILINE)
    assert sorted(one.strip() for one in own.findall(text.encode())) == sorted(
        one.strip() for one in own.findall(found) if b"why" not in one
    )


def test_what_cannot_be_edited_is_refused():
    pool = "      ? models\n      : - a\n"

    with pytest.raises(RefusedError, match="cannot be edited; write a line for each model"):
        made(pool, "b", "c")
