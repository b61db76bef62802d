"""Identifiers that lead to a person, though nobody is counted by them: a list of them is not a list of nobody."""

from __future__ import annotations

import re

_PERSONAL = frozenset({"payment_card", "iban", "bank_account", "utr"})
_MOBILE = re.compile(
    r"07(?!0|6(?!24))"
)  # 070 and 076 are personal numbers and pagers, but for 07624 (Ofcom numbering plan, recalled)
_OWN_ADDRESS = re.compile(
    r"[a-z]+[._-][a-z]+\d*@|.+@(gmail|googlemail|hotmail|yahoo|outlook|live|msn|icloud|aol|btinternet|sky|talktalk|virginmedia)\."
)
"""An e-mail address with a forename and surname, or at a provider for private people; not `info@` or `servicedesk@`."""


def leads_to_somebody(kind: str, value: str) -> bool:
    """Whether an identifier alone leads to a person."""
    if kind == "email":
        return bool(_OWN_ADDRESS.match(value))
    return kind in _PERSONAL or (kind == "phone" and bool(_MOBILE.match(value)))
