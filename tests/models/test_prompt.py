from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from models.prompt import prompt

GOOD = (
    "{{.Input}}",
    "{{ .Input -}}\n### Response:",
    "<|im_start|>{{ .RoleName }}\n{{ if .FunctionCall -}}{{ toJson .FunctionCall }}{{ else if "
    'eq .RoleName "tool" -}}x{{ end }}<|im_end|>',
    "{{- range $index, $one := .Messages }}{{ $one.Content | trim }}{{- end }}",
    "{{/* env */}}{{.Input}}",
    '{{ print "env }" }}{{ `getHostByName` }}',
    "{{with .System}}{{.}}{{end}}",
    "{{ if and (eq .MessageIndex 0) (not .SuppressSystemPrompt) }}a{{end}}",
)


@pytest.mark.parametrize("text", GOOD)
def test_a_template_of_messages_is_taken(text: str):
    assert prompt(text) == text


@pytest.mark.parametrize(
    "function",
    ["env", "expandenv", "getHostByName", "until", "untilStep", "seq", "repeat", "genPrivateKey",
     "htpasswd", "randAlphaNum", "now", "call", "template", "define", "block", "include", "tpl",
     "readFile", "derivePassword", "regexMatch", "b64dec", "osBase"],
)  # fmt: skip
@pytest.mark.parametrize(
    "form",
    ['{{{{ {} "A" }}}}', '{{{{ "A" | {} }}}}', "{{{{-{} }}}}", '{{{{if ({} "A")}}}}{{{{end}}}}'],
)
def test_a_function_that_reaches_further_is_refused(function: str, form: str):
    with pytest.raises(PydanticCustomError, match=f"calls {function}, which"):
        prompt(form.format(function))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("chatml", "has no action"),
        ("../../etc/passwd", "has no action"),
        ("{{.Input", "has no other end"),
        (".Input}}{{.Input}}", "has no other end"),
        ("{% for m in messages %}{{ m }}{% endfor %}", "is a Jinja template"),
        ("{{end}}{{.Input}}", "has an end that nothing opened"),
        ("{{if .Input}}{{.Input}}", "does not end"),
        ('{{ print "a }}', "calls a, which"),
        ('{{ print .A "}}', "a text in it that does not end"),
        ("{{ print `}} {{ .A `}}", "a text in it that does not end"),
    ],
)
def test_what_cannot_be_a_template_is_refused(text: str, cause: str):
    with pytest.raises(PydanticCustomError, match=cause):
        prompt(text)


@given(st.text(alphabet="{}%.\"`'-|/* \nabeginrfvxId$()=", max_size=80))
def test_any_text_is_kept_or_refused(text: str):
    with suppress(PydanticCustomError):
        assert prompt(text) == text


@given(st.text(alphabet="{}- abc\"`'\\|.", max_size=20), st.text(alphabet="{}- a.", max_size=20))
def test_nothing_around_it_hides_a_function(head: str, tail: str):
    """Whatever Go would read as an action that calls `env` is refused."""
    text = f"{head}{{{{ env }}}}{tail}"
    if "{{" not in head and '"' not in head and "`" not in head:
        with pytest.raises(PydanticCustomError):
            prompt(text)
