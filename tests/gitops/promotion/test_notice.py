import html
import json
import re
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.promotion.notice import Notice, document, escaped, slack
from models.catalog import read_catalog
from settings.promotion import NoticeEvent
from settings.release import Release
from tests.support.project import PROJECT, ROOT

SCHEMA = jsonschema_rs.Draft202012Validator(
    json.loads((ROOT / "docs/reference/notice.schema.json").read_text(encoding="utf-8"))
)
MODELS = read_catalog(PROJECT).definitions
NAMES = sorted(MODELS)[:3]
PULL = "https://github.com/team/models/pull/12"
# What Slack makes more of than text, and pieces of it.
LIVE = st.lists(
    st.sampled_from(
        ["<!channel>", "<!here|x>", "<@U012AB3CD>", "<#C012>", "<https://evil.example|ours>", "<",
         ">", "|", "&lt;!channel&gt;", "&", "@here", "@channel", "#general", "https://evil.example",
         "mailto:a@b.c", "\n", "\u200b", "\u202e", " "]
    ) | st.text(max_size=5),
    max_size=8,
).map("".join)  # fmt: skip


def release(*names: str, server: str = "v4.9.0") -> Release:
    return Release(server=server, images={}, models={name: MODELS[name] for name in names})


def notice(**values: Any) -> Notice:
    found = Notice(
        event=NoticeEvent.OPENED, stack="production", before=release(*NAMES[:2]),
        after=release(*NAMES[1:]), pull=PULL,
    )  # fmt: skip
    return replace(found, **values)


def texts(found: Notice) -> list[str]:
    message = slack(found)
    return [message["text"], message["blocks"][0]["text"]["text"]]


def test_a_message_says_stack_release_models_link_and_the_way_back():
    found = notice()

    assert texts(found)[1].splitlines() == [
        "production: a promotion was opened",
        f"release {found.after.digest[7:19]}, after {release(*NAMES[:2]).digest[7:19]}",
        f"added: {NAMES[2]}",
        f"removed: {NAMES[0]}",
        f"<{PULL}|pull request>",
        "way back: close the pull request, and nothing happens",
    ]


@given(stack=LIVE, pull=LIVE | LIVE.map(f"{PULL}/".__add__), event=st.sampled_from(NoticeEvent))
def test_no_mention_or_link_but_ours_is_live(stack: str, pull: str, event: NoticeEvent):
    found = notice(stack=stack, pull=pull, event=event)
    ours = [f"<{found.link}|pull request>"] if found.link else []

    for text, links in zip(texts(found), ([], ours), strict=True):
        rest = text
        for link in links:
            assert rest.count(link) == 1
            rest = rest.replace(link, "")
        assert not re.search(
            r"[<>]|&(?!(amp|lt|gt);)|[@#]\S*[A-Za-z]|://", rest.replace("\u200b", " ")
        )
    assert slack(found)["blocks"][0]["text"]["verbatim"] is True
    assert found.link == "" or re.fullmatch(r"https?://[^\s<>|&@\"]+", found.link)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), max_size=40))
def test_who_reads_it_sees_what_was_meant(value: str):
    from documents.shown import shown

    assert html.unescape(escaped(value)).replace("\u200b", "") == shown(value)


@given(stack=LIVE, pull=LIVE, event=st.sampled_from(NoticeEvent))
def test_every_document_is_of_the_schema(stack: str, pull: str, event: NoticeEvent):
    for before in (None, release(NAMES[0])):
        found = document(notice(stack=stack, pull=pull, event=event, before=before))
        SCHEMA.validate(json.loads(json.dumps(found)))


def test_the_schema_takes_nothing_else():
    assert not SCHEMA.is_valid({**document(notice()), "more": 1})
    assert not SCHEMA.is_valid({**document(notice()), "event": "closed"})


@pytest.mark.parametrize(
    "other",
    [
        {"event": NoticeEvent.MERGED}, {"stack": "staging"}, {"after": release(NAMES[0])},
        {"pull": f"{PULL}3"},
    ],
)  # fmt: skip
def test_the_key_is_of_event_stack_release_and_pull_request(other: dict[str, Any]):
    assert notice().key == notice(before=None).key
    assert notice(**other).key != notice().key


def test_a_secret_in_what_is_said_is_a_mark():
    token = "ghp_" + "a" * 36

    assert token not in json.dumps([document(notice(stack=token)), slack(notice(stack=token))])
    assert notice(pull="https://ada:secret@github.com/a/b").link == ""


def test_many_models_fit_a_message():
    many = release(*sorted(MODELS))
    (_, text) = texts(notice(before=None, after=many))

    assert len(text) < 3000
    assert f" and {len(many.models) - 8} more" in text
