"""What is a credential by its name: never stored, whatever its value is."""

from __future__ import annotations

import re

_WORDS = "key|token|secret|auth|passw|pwd|sig|credential|jwt|cookie|session"
_NAME = re.compile(_WORDS, re.IGNORECASE)
_IN_URL = re.compile(
    rf"([?&;][^=&\s]*(?:{_WORDS})[^=&\s]*=)[^&\s'\"<>]+|(?<=://)[^/@\s]+@", re.IGNORECASE
)


def is_credential(name: str) -> bool:
    """Whether a header or query parameter of this name is taken for a credential.

    `Idempotency-Key` is none; a name too many only means that a held effect is sent by its cell.
    """
    return bool(_NAME.search(name)) and name.lower() != "idempotency-key"


def scrubbed(text: str) -> str:
    """Text with the credentials in its URLs left out."""
    return _IN_URL.sub(lambda match: f"{match[1] or ''}…", text)
