"""What may be a credential, by its name or its look: no explanation of a miss shows such a text."""

from __future__ import annotations

import re
from typing import Literal

HIDDEN = "…"

_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_WORDS = frozenset({
    "apikey", "auth", "authorization", "bearer", "cookie", "cookies", "credential", "credentials",
    "jwt", "key", "keys", "pass", "passphrase", "passwd", "password", "passwords", "pat", "pin",
    "pins", "pwd", "secret",
    "secrets", "session", "sig", "signature", "token", "tokens",
})  # fmt: skip
_WITHIN = re.compile(r"api_?key|token", re.IGNORECASE)
_EVEN_NUMBERS = re.compile(
    r"passw|passphrase|secret|credential|(?:^|_)(?:pin|pass)s?(?:$|_)", re.IGNORECASE
)
_TOKEN_FROM = 16
_PREFIXED = r"(?:sk|pk|rk|gh[a-z]|github_pat|glpat|xox[a-z]|hf|AKIA|ASIA|AIza|eyJ)[-_A-Za-z0-9]"
_LOOKS = re.compile(
    rf"{_PREFIXED}[-_A-Za-z0-9.+/=]{{10,}}"  # as providers begin theirs
    r"|(?<=://)[^/@\s'\"]+(?=@)"  # user and password of a URL
    r"|(?<=earer )[^\s'\"]{8,}"
    r"|(?<![-\w.+/=])(?=[-\w+/=]*[0-9])(?=[-\w+/=]*[A-Z])(?=[-\w+/=]*[a-z])[-\w+/=]{20,}"
)
_NAMED = re.compile(
    r"(?P<name>[\w-]*(?:key|token|secret|passw|passphrase|pwd|credential|cookie|authorization)[\w-]*)"
    r"(?P<between>['\"]?\]?\s*(?::\s*\w+\s*)?[=:]\s*[brfu]{0,2}['\"])(?P<value>[^'\"\n]{4,})",
    re.IGNORECASE,
)
_UNQUOTED = re.compile(
    r"(?P<name>(?:passw\w*|pwd|passphrase|api[-_ ]?key|secret\w*|\btoken|credential\w*)\s*[=:]\s*)\S{4,}",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[-_./:@ ]+")
_WORD = re.compile(r"[A-Z]?[a-z]{0,9}|\d{1,4}|[a-z0-9]{1,4}")
_LETTERS, _DIGITS = 6, 10
_QUOTED = re.compile(rf"(?P<mark>['\"])(?=[^'\"\s]*[0-9])[^'\"\s/\\]{{{_TOKEN_FROM},}}(?P=mark)")


def secrecy(name: str) -> Literal[0, 1, 2]:
    """Return what to hide of a value with this name: 0 nothing, 1 texts, 2 numbers too.

    By the words of the name, so that `author` and `keyword` hide nothing, and `max_tokens` hides
    no number. One too many only hides what changed, never that it did.
    """
    if _EVEN_NUMBERS.search(name):
        return 2
    words = {word.lower() for word in _PARTS.findall(name)}
    return 1 if not _WORDS.isdisjoint(words) or _WITHIN.search(name) else 0


def looks_secret(value: str) -> bool:
    """Return whether a text could be a token: sixteen characters or more without a space.

    Not one that is made of short words, as are `gpt-4o-mini-2024-07-18` and `data/in/mails.csv`.
    """
    return len(value) >= _TOKEN_FROM and len(value.split()) == 1 and not _is_words(value)


def _is_words(value: str) -> bool:
    """Return whether a text is short words and few digits, not groups of one length; no token is."""
    words = list(filter(None, _BETWEEN.split(value)))
    letters = sum(len(word) for word in words if word.isalpha())
    digits = sum(map(str.isdigit, value))
    grouped = len(words) > 2 and len({*map(len, words)}) == 1
    few = letters >= _LETTERS and digits <= _DIGITS and len(words) > 1 and not grouped
    return few and all(map(_WORD.fullmatch, words))


def scrubbed(text: str, *, prose: bool = False) -> str:
    """Return a text with what looks like a credential in it left out.

    Taken for one: how providers begin theirs, long runs that mix digits and both cases, what is
    quoted behind a name such as `api_key =`, quoted texts with digits and no space; in `prose`,
    which is no code, whatever follows such a name.
    """
    if prose:
        text = _UNQUOTED.sub(lambda m: f"{m['name']}{HIDDEN}", text)
    text = _NAMED.sub(lambda m: f"{m['name']}{m['between']}{HIDDEN}", text)
    text = _LOOKS.sub(HIDDEN, text)
    return _QUOTED.sub(lambda m: f"{m['mark']}{HIDDEN}{m['mark']}", text)
