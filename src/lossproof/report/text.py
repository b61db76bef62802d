"""Text that is safe to show, and numbers as people read them.

File names come from found media: they may hold terminal escapes, right-to-left overrides or bytes that are no text.
`printable` is the one place where they are made harmless; everything that is shown goes through it.
"""

from __future__ import annotations

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_UNITS = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


def printable(text: str) -> str:
    """The text with every character that cannot be seen written as `\\x1b`, `\\u202e` or `\\U000e0041`.

    Control, format (bidirectional overrides, zero-width), private, unassigned and separator characters are escaped; a
    lone surrogate, which is how Python carries an undecodable byte, becomes that byte. The result always encodes to
    UTF-8. A backslash stays as it is: the exact name is in the JSON.
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def ascii_only(text: str) -> str:
    """`printable` text in ASCII alone, for terminals that can show nothing else."""
    return printable(text).encode("ascii", "backslashreplace").decode("ascii")


def cells(text: str) -> int:
    """How many terminal columns the text takes: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_cell, text))


def clip(text: str, width: int, *, ellipsis: str = "...") -> str:
    """The text in at most `width` columns. The end of a path says most, so the middle gives way."""
    if cells(text) <= width:
        return text
    room = width - cells(ellipsis)
    if room <= 0:
        return ellipsis[:width]
    head = _fitting(text, room // 3)
    return head + ellipsis + _fitting(text[::-1], room - cells(head))[::-1]


def number(value: int) -> str:
    """A whole number with separators: `5,012`."""
    return f"{value:,}"


def amount(value: int, singular: str, plural: str = "") -> str:
    """A number with its noun: `1 file`, `5,012 files`, `2 people`."""
    return f"{number(value)} {singular if value == 1 else plural or singular + 's'}"


def size(size_bytes: int) -> str:
    """A size in the units printed on a stick: 1 kB is 1,000 bytes."""
    for unit, factor in _UNITS:
        # A size that would round up to 1,000 of a unit is shown as 1.0 of the next.
        if size_bytes >= factor * 0.99995:
            return f"{size_bytes / factor:,.1f} {unit}"
    return amount(size_bytes, "byte")


def moment(stated: str) -> str:
    """An RFC 3339 time as people write it, `4 May 2031, 09:14 UTC`; anything else stays as it is."""
    from datetime import UTC, datetime

    try:
        at = datetime.fromisoformat(stated)
        if at.tzinfo is None:
            return stated
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return stated
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"


def joined(items: list[str] | tuple[str, ...]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _cell(character: str) -> int:
    if character < "\u0300" or "\u2500" <= character <= "\u259f":  # Latin, and what strips are drawn with
        return 1
    import unicodedata

    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _fitting(text: str, room: int) -> str:
    taken = 0
    for position, character in enumerate(text):
        taken += _cell(character)
        if taken > room:
            return text[:position]
    return text
