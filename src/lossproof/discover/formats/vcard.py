"""vCard contacts (RFC 6350, and versions 2.1 and 3.0): one contact a row. Pictures and keys inside a card are left out."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator

from lossproof.block.source import Source
from lossproof.discover.formats import text
from lossproof.discover.formats.page import ROWS_AT_ONCE
from lossproof.discover.spans import Rows, Span

SUFFIXES = (".vcf", ".vcard")
MAGIC: tuple[bytes, ...] = ()
CERTAINTY = 2

_NAMES = {
    "FN": "name", "N": "surname", "given": "forename", "BDAY": "date of birth", "TEL": "phone", "EMAIL": "email",
    "ADR": "address", "ORG": "organisation", "TITLE": "title", "NOTE": "note",
}  # fmt: skip
_SKIPPED = frozenset({"BEGIN", "END", "VERSION", "PHOTO", "LOGO", "SOUND", "KEY", "REV", "UID", "PRODID"})
_CARD_LINES = 10_000


def detect(source: Source, name: str) -> bool:  # noqa: ARG001  one signature for every format
    """Whether the text begins with a card."""
    return text.is_text(source) and text.head_text(source).lstrip()[:11].upper() == "BEGIN:VCARD"


def texts(source: Source) -> Iterator[Span]:
    """The contacts as `Rows`, under the property names that a card's reader would see; others in the last column."""
    header = [*_NAMES.values(), "other"]
    rows: list[list[str]] = []
    card: dict[str, list[str]] = {}
    lines = 0
    for line in _unfolded(text.lines(source)):
        lines += 1
        _take(line, card)
        if line[:9].upper() == "END:VCARD" or lines >= _CARD_LINES:
            rows.append(["; ".join(card.get(key, ())) for key in (*_NAMES, "other")])
            card, lines = {}, 0
        if len(rows) >= ROWS_AT_ONCE:
            yield Rows(rows, "", header)
            rows = []
    if card:
        rows.append(["; ".join(card.get(key, ())) for key in (*_NAMES, "other")])
    if rows:
        yield Rows(rows, "", header)


def _take(line: str, card: dict[str, list[str]]) -> None:
    left, colon, value = line.partition(":")
    parameters = left.upper().split(";")
    key = parameters[0].rpartition(".")[2]
    if not colon or key in _SKIPPED or not value.strip(" ;"):
        return
    if any("QUOTED-PRINTABLE" in parameter for parameter in parameters):
        value = text.plain(quopri.decodestring(value.encode("utf-8", "replace")), "utf-8")
    value = value.replace("\\n", " ").replace("\\N", " ").replace("\\,", ",").replace("\\;", ",").removeprefix("tel:")
    if key == "N":
        surname, *given = value.split(";")
        card.setdefault("given", []).append(" ".join(given[:2]).strip())
        card.setdefault("other", []).extend(part for part in given[2:] if part)
        value = surname
    elif key == "BDAY" and re.fullmatch(r"\d{8}", value):
        value = f"{value[:4]}-{value[4:6]}-{value[6:]}"
    value = re.sub(r"\s*;[\s;]*", ", ", value.strip(" ;"))
    card.setdefault(key if key in _NAMES else "other", []).append(value)


def _unfolded(lines: Iterator[str]) -> Iterator[str]:
    """Lines with their continuations: those that begin with a blank, or follow a soft line break."""
    whole = ""
    for line in lines:
        if line[:1] in (" ", "\t") and len(whole) < 1 << 20:
            whole += line[1:]
        elif whole.endswith("=") and "QUOTED-PRINTABLE" in whole[:200].upper() and len(whole) < 1 << 20:
            whole = whole[:-1] + line
        else:
            if whole:
                yield whole
            whole = line
    if whole:
        yield whole
