"""What a name of a person looks like in running text, and which capitalised words are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lossproof.discover import names
from lossproof.discover.names import PersonName

LABELLED, ADDRESSED, TITLED, GUESSED = 4, 3, 2, 1
"""How sure it is that a name is whom the text is about, best first."""


class WrittenName(NamedTuple):
    """A name at characters `start` to `end`; `rank` as above; `aside` when the text is not about this person."""

    start: int
    end: int
    name: PersonName
    rank: int
    aside: bool


# A full stop belongs to an initial or a short form; behind a longer word it ends the sentence.
_WORD = r"(?:[^\W\d_a-z](?:[^\W\d_]?\.|[^\W\d_]*(?:['’\-‐‑][^\W\d_]+)*))"
_PARTICLE = r"(?:van|von|de|der|den|di|da|dos|du|la|le|al|el|bin|ibn|ap|y)"
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Master|Sir|Lady|Dame|Dr|Doctor|Prof|Professor|Revd?|Fr|Sister|Nurse|PC|DC|DS|Sgt|Insp|Cllr|"
    r"MR|MRS|MS|MISS|DR)"
)
_ALSO = (
    r"(?:\((?:also |formerly )?(?:known as|aka|a\.k\.a\.?|n[ée]e|alias|called|formerly|previously|prefers|prefers to be called)"
    r"[ \t]+[^()\n\d]{1,24}\)|[\"“][^\W\d_]{2,16}[\"”])"
)
NAME = re.compile(
    rf"(?=[^\W\d_a-z])(?:(?P<title>{_TITLE})\.?[ \t]+)?(?:(?P<comma>{_WORD}(?:[ \t]{_WORD})?),[ \t]*(?={_WORD}))?"
    rf"{_WORD}(?:[ \t]+(?:{_ALSO}[ \t]+)?(?:{_PARTICLE}[ \t]+){{0,2}}{_WORD}){{0,3}}"
)
"""A name as written: perhaps a title, then words with capitals, perhaps the surname first and a comma, perhaps what it was before."""
ORGANISATION = re.compile(
    r"\b(?:hospitals?|trust|nhs|clinics?|department|dept|house|road|street|ward|centre|center|surgery|practice|ltd|limited|plc|llp|council|unit|"
    r"prison|hmp|foundation|university|office|avenue|lane|close|drive|way|park|school|college|court|service|services|team|"
    r"infirmary|group|royal|general|community|county|borough|health|medical|care|home|lodge|building|floor|suite|road|rd|ave|st|"
    r"terrace|gardens|square|place|crescent|grove|hill|view|mews|row|green|walk|probation|police|station|society|agency|authority|"
    r"flat|flats|apartments?|cottage|farm|villas?|estate|desk|bureau|committee|church|hall|library|hotel|pharmacy|nursery|"
    r"association|partnership|institute|charity|company|bank|rise|parade|quay|wharf|yard)\b",
    re.IGNORECASE,
)
"""A word of organisations, buildings and streets."""
SURNAMES_TOO = frozenset(["WARD", "LANE", "PARK", "HILL", "GREEN", "HALL", "CHURCH", "BANK", "CLOSE"])
"""Such words that are surnames too."""
_NOT_NAMES = frozenset(
    word
    for line in (names.LEXICONS / "not_names.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)
_ONE_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FIRST_WORD = re.compile(r"[^\W\d_]+\.?[ \t,]*")
_BRACKETS = re.compile(r"\([^)\n]*\)")


def is_no_name(word: str) -> bool:
    """Whether a word as written is one that begins sentences or labels fields, and never part of a name."""
    return names.normalise(word) in _NOT_NAMES


def read(text: str, *, alone: bool = False) -> tuple[PersonName, int, int, str] | None:
    """The name at the start of `text`: (name, start, end, title), or None. Where it stands `alone`, `A` and `I` are initials."""
    start = len(text) - len(text.lstrip(" \t-–—:.*_["))
    match = NAME.match(text, start)
    if not match:
        return None
    end = match.end()
    shown = match.group()
    if "(" in shown:
        shown = _BRACKETS.sub(lambda bracket: " " * len(bracket.group()), shown)
    for word in _ONE_WORD.finditer(shown):
        initial = len(word.group()) == 1 and (alone or word.start() > 0)
        if not initial and is_no_name(word.group()):
            end = match.start() + word.start()
            break
    written = text[match.start() : end].rstrip(" \t,.")
    name = names.split(written) if written else None
    surname, comma, _ = written.partition(",")
    if comma and names.split(surname) == name:
        written = surname  # what follows the comma is no forename
    if name is None or len(name.surname) < 2:
        return None
    return name, match.start(), match.start() + len(written), names.titled(written)


def written(
    text: str, offset: int, rank: int, *, aside: bool = False, whole: bool = True, alone: bool = False
) -> Iterator[WrittenName]:
    """The name at the start of `text`, which stands at `offset`; `whole` asks for more than a bare surname; `alone` as `read` says."""
    found = read(text, alone=alone)
    if found is None:
        return
    name, start, end, title = found
    if whole and not name.forename and not title:
        return
    yield WrittenName(offset + start, offset + end, name, rank, aside or title in names.CLINICIAN_TITLES)


def trim(text: str, offset: int) -> tuple[int, str] | None:
    """Without leading words that are never part of a name (`The`, `Re`, `Dear`): where the rest stands, and the rest."""
    while True:
        first = _FIRST_WORD.match(text)
        if first is None:
            return None
        if not is_no_name(first.group()) or names.normalise(first.group()) in names.TITLES:
            return offset, text
        offset += first.end()
        text = text[first.end() :]
