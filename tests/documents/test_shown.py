"""What people see of a text from elsewhere: one line, nothing a terminal obeys, and no secret."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from documents.shown import MARK, shown, without_secrets

# Parts of addresses as people put passwords into them.
WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHXYZ0123456789-._~!$*+", min_size=8, max_size=30)
SCHEME = st.sampled_from(["https", "http", "s3", "huggingface", "ftp", "postgresql"])
TOKENS = (
    "hf_" + "a" * 24, "sk-" + "b" * 24, "ghp_" + "c" * 36, "github_pat_" + "d" * 30,
    "glpat-" + "e" * 20, "AKIA" + "F" * 16, "AIza" + "g" * 35, "pul-" + "0" * 40,
    "eyJ" + "h" * 20 + ".eyJ" + "i" * 20 + "." + "j" * 20,
)  # fmt: skip
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----"
UNTOUCHED = (
    "https://huggingface.co/a/b/resolve/main/c.gguf", "huggingface://a/b/c.gguf@main",
    "https://files.test:8443/a/b@v1.gguf", "a/b@sha256:" + "0" * 64, "task-list-of-the-whole-team",
    "https://huggingface.co/a/b/resolve/main/c.gguf?download=true", "{secret: a, key: API_KEY}",
    "github:a/b/c.gguf@main", "quay.io/go-skynet/local-ai:v3.1.0@sha256:" + "1" * 64,
    "http://[::1]:8080/v1/models", "ssh://git@git.example.com/team/stacks.git",
    "use https://host/path, or ssh://git@host/path",
)  # fmt: skip


@given(st.text())
@example(
    "\x1b[31mred\x1b]8;;https://evil.example\x07\u202e\u2028\x85\r\n1. do this\ud800\U000e0041"
)
def test_what_is_shown_is_one_line_that_no_terminal_obeys(text: str):
    assert shown(text).isprintable()
    shown(text).encode("utf-8")


@given(st.text("abc é€\u0301漢_-./:[]"))
def test_what_is_harmless_is_shown_as_it_is(text: str):
    assert shown(text) == text


@given(
    scheme=SCHEME, user=WORD, password=WORD, joint=st.sampled_from(["", "/", "#", "?", ":", "@"])
)
@example(scheme="https", user="user", password="80/a", joint="")
def test_a_password_in_an_address_is_never_shown(scheme: str, user: str, password: str, joint: str):
    hidden = f"hush{joint}{password}"
    text = shown(f"see {scheme}://{user}:{hidden}@files.test/a.gguf, and go on")

    assert password not in text
    assert "hush" not in text
    assert text.endswith(", and go on")


@given(name=st.sampled_from(["token", "X-Amz-Signature", "sig", "api_key", "other"]), value=WORD)
def test_a_token_in_a_query_is_never_shown(name: str, value: str):
    value = value.ljust(20, "x")

    assert value not in shown(f"https://files.test/a?x=1&{name}={value}#here")


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("text", ["{}", "a {} b", 'x: "{}"', "key={},", "Authorization: Bearer {}"])
def test_what_has_the_form_of_a_key_is_never_shown(token: str, text: str):
    found = shown(text.format(token))

    assert MARK in found
    assert token[8:] not in found


PIECES = (
    *TOKENS, PEM, "https://u:p4ssword@h/a", "?token=abcdefgh", "authorization: 12345678", "a", " ",
    "Bearer abcdefghijklmnopq", "--password hunter22", "-u me:hunter22", "-", "=", "key", "\n",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_a_text_is_left_as_it_is_only_where_it_has_no_secret(text: str):
    # What follows makes every form be looked for, and is part of none.
    assert without_secrets(f"{text}\n:") == f"{without_secrets(text)}\n:"


@pytest.mark.parametrize("text", [PEM, PEM.replace("\n", "\\n"), f'{{"key": "{PEM}"}}', PEM[:50]])
def test_a_private_key_is_never_shown(text: str):
    assert "MIIE" not in shown(text)


def test_a_header_and_the_words_of_a_command_are_hidden():
    text = "curl -u me:hush-1 --token hush-2 -H 'Authorization: Basic aHVzaC0z' --password=hush-4"

    assert "hush" not in shown(text)
    assert "aHVzaC0z" not in shown(text)


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_only_looks_like_a_secret_stays(text: str):
    assert without_secrets(text) == text


@given(st.text("abhf_sk-://@?&=token. \n", max_size=300))
@settings(max_examples=300)
def test_hiding_twice_hides_nothing_more(text: str):
    assert without_secrets(without_secrets(text)) == without_secrets(text)


@pytest.mark.parametrize(
    "part",
    ["://", "://a:", "?token", "&a=", "a:b@", "Authorization: ", "-----BEGIN ", "eyJ", " -u ", "-"],
)
def test_no_text_takes_much_longer_than_its_length(part: str):
    text = part * (200_000 // len(part))
    start = time.process_time()
    shown(text)

    assert time.process_time() - start < 2


@pytest.mark.parametrize("secret", ["git@hush:22@h.test", "git:hush@h.test", "hush@h.test"])
def test_only_the_user_of_every_git_host_is_shown(secret: str):
    assert "hush" not in shown(f"ssh://{secret}/a.git")
