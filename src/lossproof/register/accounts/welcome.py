"""The first account: whoever sees the terminal that `serve` runs in may make it, by a code that this process alone knows."""

from __future__ import annotations

import hmac
import secrets

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_code: list[str] = []


def new_code() -> str:
    """A new code, in place of any before it: 20 letters and digits in groups, almost a hundred bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    _code[:] = ["-".join(groups)]
    return _code[0]


def is_code(text: str) -> bool:
    """Whether this is the code, compared in constant time. Never where none was made."""
    typed = "".join(text.lower().split())
    return bool(_code) and hmac.compare_digest(typed.encode(), _code[0].encode())


def use_up() -> None:
    """Let the code open nothing any more."""
    _code.clear()
