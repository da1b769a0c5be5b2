"""The page: which model, the conversation, and what is wrong; it loads nothing from outside.

Answers are shown as text: markup in them stays what the model wrote, and no picture is fetched.
"""

import hmac
from collections.abc import AsyncIterator, Callable
from html import escape, unescape
from importlib import import_module
from typing import Any

from apps.chat.asking import Models
from apps.chat.declared import Declared
from apps.chat.words import EMPTY, MARK, NO_MODEL, TOO_LONG, AnswerError

# How often an open page asks which models there are.
_REFRESH_SECONDS = 10
# Characters that the page takes; a request of that many still fits what the router takes.
_SHARE = 8


def page(declared: Declared, models: Models) -> Any:
    """Return the page as Gradio's blocks."""
    gradio: Any = import_module("gradio")
    most = declared.request_bytes // _SHARE
    with gradio.Blocks(title=declared.title, analytics_enabled=False, fill_height=True) as made:
        # A new pod knows no choices of open pages: what they chose is asked for all the same.
        model = gradio.Dropdown(
            label="Model", choices=[], interactive=True, elem_id="model",
            allow_custom_value=True,
        )  # fmt: skip
        wrong = gradio.Textbox(
            label="Not answering", interactive=False, visible=False, elem_id="wrong"
        )
        gradio.ChatInterface(
            asked(models, most),
            chatbot=as_text(gradio.Chatbot(
                label=declared.title, render_markdown=False, sanitize_html=True, line_breaks=False,
                latex_delimiters=[], allow_tags=False, allow_file_downloads=False, scale=1,
                buttons=[], feedback_options=None,
            )),
            textbox=gradio.Textbox(
                placeholder="Ask something", show_label=False, max_length=most, autofocus=True,
                submit_btn=True, stop_btn=True,
            ),
            additional_inputs=[model], analytics_enabled=False, flagging_mode="never",
            save_history=True, api_name="chat", api_visibility="private",
        )  # fmt: skip
        look = _looking(gradio, models)
        gradio.Timer(_REFRESH_SECONDS).tick(look, model, [model, wrong], show_progress="hidden",
                                            api_visibility="private")  # fmt: skip
        made.load(look, model, [model, wrong], show_progress="hidden", api_visibility="private")
    made.queue(default_concurrency_limit=declared.answers, max_size=declared.answers)
    return made


def as_text(chatbot: Any) -> Any:
    """Return a conversation that shows what was written, as text.

    Gradio reads what it shows as HTML even where it renders no Markdown, and takes out what is
    dangerous: escaped before, nothing is left to take out.
    """
    shown, read = chatbot.postprocess, chatbot.preprocess

    def postprocess(value: Any) -> Any:
        return _each_text(shown(value), lambda text: escape(text, quote=False))

    def preprocess(payload: Any) -> Any:
        return read(_each_text(payload, unescape))

    chatbot.postprocess, chatbot.preprocess = postprocess, preprocess
    return chatbot


def _each_text(messages: Any, change: Callable[[str], str]) -> Any:
    for message in messages.root if messages else ():
        for part in message.content:
            if isinstance(getattr(part, "text", None), str):
                part.text = change(part.text)
    return messages


def asked(models: Models, most: int) -> Callable[..., AsyncIterator[str]]:
    """Return what answers a question of the page: the answer so far, and at its end what failed."""

    async def chat(question: str, history: list[Any], model: str | None) -> AsyncIterator[str]:
        text = ""
        try:
            if not question.strip():
                raise AnswerError("empty", EMPTY)
            if len(question) > most:
                raise AnswerError("too long", TOO_LONG)
            chosen = model or next(iter(await models.listed()), "")
            if not chosen:
                raise AnswerError("no model", models.wrong or NO_MODEL)
            async for found in models.answer(question, history, chosen):
                text = found
                yield text
        except AnswerError as problem:
            yield f"{text}\n\n{MARK}{problem.text}".lstrip("\n")

    return chat


def _looking(gradio: Any, models: Models) -> Callable[..., Any]:
    async def look(chosen: str | None) -> tuple[Any, Any]:
        found = await models.listed()
        kept = chosen if chosen in found else next(iter(found), chosen)
        choices = found or ([chosen] if chosen else [])
        return (
            gradio.Dropdown(choices=choices, value=kept),
            gradio.Textbox(value=models.wrong, visible=bool(models.wrong)),
        )

    return look


def login(declared: Declared) -> Callable[[str, str], bool]:
    """Return what compares a login; in the same time, whatever is wrong of it."""

    def allowed(user: str, password: str) -> bool:
        right = [
            hmac.compare_digest(sent.encode(), known.encode())
            for sent, known in ((user, declared.user), (password, declared.password))
        ]
        return all(right)

    return allowed
