"""Text from elsewhere as people may see it: one line, nothing a terminal obeys, no secret."""

import re

MARK = "REDACTED"
# Forms in which services hand out their keys.
_KEYS = (
    r"\b(?:hf_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{20,}"
    r"|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}|pul-[0-9a-f]{40}"
    r"|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})"
)
KEY_FORMS = re.compile(
    _KEYS + r"|-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY-----"
    r"|https?://[^\s/@:\"']{1,100}:[^\s/@\"']{1,200}@"
)
_SECRET = "token|key|secret|sig|signature|passw|pwd|auth|credential|session|code"
# What each of them finds is a secret but for what its first group holds. Lengths are bounded, so
# that no text takes longer than its length.
_SECRETS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        # A user before a host, but for the one of every Git host; then one whose password holds a
        # slash, where no port is meant.
        r"(:\\?/\\?/)(?!git@[^\s/@]{1,253}(?:[/\s\"']|\Z))[^\s/?#]{1,512}(?=@)",
        r"(:\\?/\\?/)[^\s/@:\[]{1,128}:(?![0-9]{1,5}(?:[/?#\s]|\Z))[^\s@]{0,256}(?=@)",
        rf"([?&][^=&\s#]{{0,40}}?(?:{_SECRET})[^=&\s#]{{0,40}}=)[^&\s\"'#]+",
        # A long value of another name may be one too; a short one says how to answer.
        r"([?&][^=&\s#]{1,40}=)[^&\s\"'#]{20,}",
        r"(\bauthorization\s{0,3}[:=]\s{0,3}[\"']?(?:(?:bearer|basic|token)\s{1,3})?)[^\s\"']{6,}",
        r"(\bbearer\s{1,3})[A-Za-z0-9._~+/=-]{16,}",
        r"((?:\s|\A)(?:--password|--token)[ =])\S+",
        r"((?:\s|\A)(?:-u|--user)[ =])[^\s:]{1,128}:\S+",
        r"()-----BEGIN (?:[A-Z]{2,10} ){0,3}PRIVATE KEY-----"
        r"[A-Za-z0-9+/=\s\\]{0,8192}(?:-----END (?:[A-Z]{2,10} ){0,3}PRIVATE KEY-----)?",
    )
)
_FORMS = re.compile(_KEYS)
# No form is found in a text without one of these, and most texts have none.
_SIGNS = re.compile(
    r"[:=]|--|-u|bearer|hf_|sk-|gh[pousr]_|github_pat_|glpat-|xox|AKIA|ASIA|AIza|pul-|eyJ",
    re.IGNORECASE,
)

_WORD = "password|passwd|passphrase|token|secret|apikey|accesskey|privatekey|credentials?"
_VARIABLE = re.compile(rf"(^|_)(API_?KEYS?|{_WORD}|KEY)$", re.IGNORECASE)
# `existingSecret` and `secretName` name an object; only what ends in the word holds the value.
_FIELD = re.compile(rf"(?<!existing)({_WORD})$")
# What is no value to keep: nothing, a switch, a number, a path.
_HARMLESS = re.compile(r"|true|false|[0-9]{1,5}|/[A-Za-z0-9._/-]+", re.IGNORECASE)


def is_secret_variable(name: str, value: object) -> bool:
    """Return whether an environment variable is named like a key, and holds one."""
    return _is_kept(value) and _VARIABLE.search(name) is not None


def is_secret_field(name: str, value: object) -> bool:
    """Return whether a field, such as a value of a chart, is named like a secret, and holds one."""
    return _is_kept(value) and _FIELD.search(re.sub("[_-]", "", name.lower())) is not None


def _is_kept(value: object) -> bool:
    return isinstance(value, str) and _HARMLESS.fullmatch(value) is None


def without_secrets(text: str) -> str:
    """Return a text with a mark instead of what opens something: passwords in addresses, keys."""
    if not _SIGNS.search(text):
        return text
    for form in _SECRETS:
        text = form.sub(_kept, text)
    return _FORMS.sub(MARK, text)


def _kept(found: re.Match[str]) -> str:
    return f"{found[1] or ''}{MARK}"


def shown(text: str) -> str:
    """Return a text on one line, control and invisible characters as their escapes, no secret."""
    text = without_secrets(text)
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else _escape(sign) for sign in text)


def _escape(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
