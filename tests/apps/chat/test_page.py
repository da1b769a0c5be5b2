from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from apps.chat.page import as_text


@dataclass
class Part:
    """As Gradio's message of text."""

    text: str


@dataclass
class Message:
    """As Gradio's message of several parts."""

    content: list[Part]


@dataclass
class Messages:
    """As what Gradio sends to a page."""

    root: list[Message] = field(default_factory=list[Message])


class Chatbot:
    """As Gradio's conversation: it wraps what it shows, and unwraps what it reads."""

    def postprocess(self, value: list[str]) -> Messages:
        return Messages(root=[Message(content=[Part(text=one)]) for one in value])

    def preprocess(self, payload: Messages | None) -> list[str]:
        return [one.content[0].text for one in payload.root] if payload else []


@given(st.text())
def test_what_is_shown_has_no_tag_and_what_is_read_back_is_what_was_written(text: str):
    chatbot = as_text(Chatbot())

    shown: Messages = chatbot.postprocess([text])

    assert "<" not in shown.root[0].content[0].text
    assert chatbot.preprocess(shown) == [text]


def test_an_empty_conversation_is_one():
    chatbot = as_text(Chatbot())

    assert chatbot.preprocess(None) == []
    assert chatbot.postprocess([]).root == []
