"""Values out of JSON that other systems wrote: each of the type that was asked for, or nothing. Never raises.

Numbers may come as text and truth as 0 and 1: osquery gives all as text, PowerShell as it likes.
"""

from __future__ import annotations

from datetime import UTC, datetime

MOST_CHARACTERS = 500

Record = dict[str, object]

_NOTHING = """
n/a na none null nil - -- . ? 0 unknown notavailable notspecified notapplicable tobefilledbyo.e.m. defaultstring
systemserialnumber noassetinformation noassettag noserialnumber tbc tba tbd
"""
_NO_VALUE = frozenset(_NOTHING.split())
"""What stands, blanks left out, where nobody filled a field in."""


def records(value: object) -> list[Record]:
    """The objects in a list; of one object that one (PowerShell writes a list of one so); else none."""
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def record(value: object) -> Record:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str:
    """A text or number as text without blanks around it; empty for all else, and for what is too long or cannot be shown."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    try:
        found = str(value).strip()
    except ValueError:  # an integer of more digits than Python writes
        return ""
    return found if len(found) <= MOST_CHARACTERS and found.isprintable() else ""


def identifier(value: object) -> str | None:
    """A text that can name something; None for what fills the field where nobody filled it in."""
    found = text(value)
    return None if not found or "".join(found.casefold().split()) in _NO_VALUE else found


def number(value: object) -> int | None:
    """A whole number of at most 16 digits, also as text."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return int(value)
    found = text(value)
    digits = found.removeprefix("-")
    return int(found) if digits.isascii() and digits.isdigit() and len(digits) <= 16 else None


def share(value: object) -> float | None:
    """A number from 0 to 100, also as text."""
    try:
        found = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        return None
    return found if 0.0 <= found <= 100.0 else None


def flag(value: object) -> bool | None:
    """Truth, also as 0 and 1 or as text; None for all else."""
    if isinstance(value, bool):
        return value
    return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(text(value).lower())


def size(value: object) -> int:
    """A size or offset in bytes, 0 where it is none."""
    return min(max(0, number(value) or 0), 1 << 50)


UNREADABLE = datetime.min.replace(tzinfo=UTC)
"""A moment that was said, in a way that nobody can tell. It is long past, so that what was seen then is not taken for fresh."""


def moment(value: object) -> datetime | None:
    """A moment as RFC 3339 or ISO 8601, in UTC; without a zone it is taken to be UTC. None where nothing is said."""
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(text(value))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return UNREADABLE
