"""Names of people in running text: where they stand, how sure it is, and whether the text is *about* them.

No model of language: labels ("Patient:"), salutations, the first line of an address block, titles, and the lexicon of
forenames. A person who signs, is copied in, or is somebody's next of kin is `aside`: named, but not whom the record is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lossproof.discover import headings, names
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


_WORD = r"(?:[^\W\d_a-z][^\W\d_]*(?:['’\-‐‑][^\W\d_]+)*\.?)"
_PARTICLE = r"(?:van|von|de|der|den|di|da|dos|du|la|le|al|el|bin|ibn|ap|y)"
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Master|Sir|Lady|Dame|Dr|Doctor|Prof|Professor|Revd?|Fr|Sister|Nurse|PC|DC|DS|Sgt|Insp|Cllr|"
    r"MR|MRS|MS|MISS|DR)"
)
_NAME = re.compile(
    rf"(?=[^\W\d_a-z])(?:(?P<title>{_TITLE})\.?[ \t]+)?(?:(?P<comma>{_WORD}(?:[ \t]{_WORD})?),[ \t]*(?={_WORD}))?"
    rf"{_WORD}(?:[ \t]+(?:{_PARTICLE}[ \t]+){{0,2}}{_WORD}){{0,3}}"
)
_LABEL_END = re.compile(r"[:=#][ \t]*")
_LONGEST_LABEL, _LABEL_WORDS = 44, 5
_VALUE = re.compile(r"[^\t\n]*?(?=[ \t]{2,}|\t|\n|$|[,;|][ \t]*[^\W\d_][\w /.'’()-]{1,30}:)")
_DEAR = re.compile(r"^[ \t]*Dear[ \t]+(?P<name>[^\n,:]{2,60})", re.MULTILINE)
_RE = re.compile(
    r"^[ \t]*(?:re|regarding|ref|concerning|patient|client|about)\b[ \t]*[:.\-–—]*[ \t]+(?P<name>\S[^\n]{2,120})",
    re.MULTILINE | re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^[ \t]*(?:yours (?:sincerely|faithfully|truly|ever)|kind(?:est)? regards|best (?:wishes|regards)|with (?:best|kind) \w+|regards|"
    r"many thanks|thanks|thank you|signed|sincerely|cheers|dictated (?:by|but)|cc|copy to|copies to)\b[^\n]*",
    re.MULTILINE | re.IGNORECASE,
)
_HEADER = re.compile(
    r"^(?:from|to|cc|bcc|reply-to|sender|sent by)[ \t]*:[ \t]*(?P<people>[^\n]+)", re.MULTILINE | re.IGNORECASE
)
_ASIDE_BEFORE = re.compile(
    r"(?:next of kin|nok|mother|father|mum|dad|wife|husband|partner|daughter|son|sister|brother|carer|parent|guardian|friend|"
    r"neighbour|emergency contact|consultant|gp|officer|solicitor|keyworker|key worker|social worker|surgeon|nurse|signed by|"
    r"seen by|reviewed by|referred by|care of|under|c/o|contact)\b[^\n.:]{0,20}[:,]?[ \t]*$",
    re.IGNORECASE,
)
_HOUSE_NUMBER = re.compile(r"\d[A-Za-z]?,?[ \t]*$")
_ORGANISATION = re.compile(
    r"\b(?:hospitals?|trust|nhs|clinics?|department|dept|house|road|street|ward|centre|center|surgery|practice|ltd|limited|plc|llp|council|unit|"
    r"prison|hmp|foundation|university|office|avenue|lane|close|drive|way|park|school|college|court|service|services|team|"
    r"infirmary|group|royal|general|community|county|borough|health|medical|care|home|lodge|building|floor|suite|road|rd|ave|st|"
    r"terrace|gardens|square|place|crescent|grove|hill|view|mews|row|green|walk|probation|police|station|society|agency|authority)\b",
    re.IGNORECASE,
)
_NOT_NAMES = frozenset(
    word
    for line in (names.LEXICONS / "not_names.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)
_SURNAMES_TOO = frozenset(
    [
        "WARD",
        "LANE",
        "PARK",
        "HILL",
        "GREEN",
        "CLOSE",
        "COURT",
        "WAY",
        "HOUSE",
        "CARE",
        "PLACE",
        "GROVE",
        "STREET",
        "GENERAL",
        "ROYAL",
    ]
)


def find(
    text: str, found_labels: Sequence[Label], postcode_lines: frozenset[int], numbers_end: frozenset[int]
) -> list[WrittenName]:
    """Every name in `text`, in order, none overlapping. `postcode_lines` are the numbers of the lines that hold a postcode;
    at `numbers_end` identifiers end, so that what follows is not a street."""
    found = sorted(
        [
            *_headers(text),
            *_labelled(text, found_labels),
            *_salutations(text),
            *_address_blocks(text, postcode_lines),
            *_in_text(text, numbers_end),
        ],
        key=lambda written: (-written.rank - 10 * written.aside, written.start),
    )
    kept: list[WrittenName] = []
    taken: list[tuple[int, int]] = []
    for written in found:
        if not any(start < written.end and written.start < end for start, end in taken):
            taken.append((written.start, written.end))
            kept.append(written)
    closings = [(match.start(), _end_of_closing(text, match.end())) for match in _CLOSING.finditer(text)]
    return sorted(
        written._replace(aside=True)
        if not written.aside and written.rank < LABELLED and any(start < written.start < end for start, end in closings)
        else written
        for written in kept
    )


def _end_of_closing(text: str, at: int) -> int:
    """How far the lines of whoever signs go: a few lines, not into the next letter."""
    limit = at + 160
    for mark in ("\f", "\nDear "):
        found = text.find(mark, at, limit)
        limit = found if found >= 0 else limit
    return limit


def read(text: str) -> tuple[PersonName, int, int, str] | None:
    """The name at the start of `text`: (name, start, end, title), or None."""
    start = len(text) - len(text.lstrip(" \t-–—:."))
    match = _NAME.match(text, start)
    if not match:
        return None
    end = match.end()
    for word in re.finditer(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", match.group()):
        if names.normalise(word.group()) in _NOT_NAMES:
            end = match.start() + word.start()
            break
    written = text[match.start() : end].rstrip(" \t,.")
    name = names.split(written) if written else None
    if name is None or len(name.surname) < 2:
        return None
    return name, match.start(), match.start() + len(written), names.titled(written)


def _written(text: str, offset: int, rank: int, *, aside: bool = False, whole: bool = True) -> Iterator[WrittenName]:
    found = read(text)
    if found is None:
        return
    name, start, end, title = found
    if whole and not name.forename and not title:
        return
    yield WrittenName(offset + start, offset + end, name, rank, aside or title in names.CLINICIAN_TITLES)


def _headers(text: str) -> Iterator[WrittenName]:
    """Correspondents of a mail; a letter's `To:`, without an address of mail, is whom it is about."""
    for match in _HEADER.finditer(text):
        written_to = match.group()[:2].lower() == "to" and "@" not in match["people"]
        for person in re.finditer(r"[^,;<>\"]+(?:,[^,;<>\"@]+(?=<))?", match["people"]):
            rank = ADDRESSED if written_to else LABELLED
            yield from _written(person.group(), match.start("people") + person.start(), rank, aside=not written_to)


class Label(NamedTuple):
    """`Patient: Ann Smith`: what the label means (`headings.role`), and where its value starts."""

    role: str
    start: int


def labels(text: str) -> list[Label]:
    """Every label that means something, in order."""
    found: list[Label] = []
    for mark in _LABEL_END.finditer(text):
        at = mark.start()
        before = text[max(text.rfind("\n", 0, at) + 1, at - _LONGEST_LABEL) : at].rstrip()
        before = before[max(before.rfind("  "), before.rfind("\t")) + 1 :]
        words: list[str] = []
        for word in reversed(before.split()):
            if len(words) == _LABEL_WORDS or (not word[-1].isalpha() and word[-1] not in ")."):
                break
            words.append(word)
        role = headings.role(" ".join(reversed(words))) if words and words != ["Subject"] else ""
        if role:
            found.append(Label(role, mark.end()))
    return found


def _labelled(text: str, found: Sequence[Label]) -> Iterator[WrittenName]:
    surname: tuple[int, int, str] | None = None
    forename: tuple[int, int, str] | None = None
    for role, start in found:
        if role not in {"name", "other_name", "surname", "forename"}:
            continue
        value = _VALUE.match(text, start)
        end = value.end() if value else start
        if role in {"name", "other_name"}:
            yield from _written(text[start:end], start, LABELLED, aside=role == "other_name", whole=False)
        elif written := names.words(text[start:end]):
            if role == "surname":
                surname = (start, end, names.normalise(" ".join(written[:3])))
            else:
                forename = (start, end, names.normalise(written[0]))
        if surname and forename:
            if abs(surname[0] - forename[0]) < 200:
                first, last = min(surname[0], forename[0]), max(surname[1], forename[1])
                yield WrittenName(first, last, PersonName(surname[2], forename[2]), LABELLED, False)
            surname = forename = None


def _salutations(text: str) -> Iterator[WrittenName]:
    for match in _DEAR.finditer(text):
        yield from _written(match["name"], match.start("name"), ADDRESSED)
    for match in _RE.finditer(text):
        value = re.sub(
            r"^(?:patient|client|name|mr|mrs|our patient|your patient)\s*[:\-]\s*",
            lambda m: " " * len(m.group()),
            match["name"],
            flags=re.IGNORECASE,
        )
        found = read(value)
        if found and not _ORGANISATION.search(value[: found[2]]):
            yield from _written(value, match.start("name"), LABELLED)


def _address_blocks(text: str, postcode_lines: frozenset[int]) -> Iterator[WrittenName]:
    """The first name-like line of each block of short lines that ends in a postcode."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for at in postcode_lines:
        first = at
        while first > 0 and at - first < 8 and lines[first - 1].strip() and len(lines[first - 1]) < 60:
            first -= 1
        for number in range(first, at + 1):
            stripped = lines[number].strip()
            if ":" in stripped or any(character.isdigit() for character in stripped) or _ORGANISATION.search(stripped):
                continue
            found = read(stripped.rstrip(","))
            if (
                found
                and found[0].forename
                and found[2] >= len(stripped.rstrip(",")) - 1
                and len(names.words(stripped)) <= 5
            ):
                yield from _written(lines[number], starts[number], ADDRESSED)
                break


def _in_text(text: str, numbers_end: frozenset[int]) -> Iterator[WrittenName]:
    known = names.forenames()
    for match in _NAME.finditer(text):
        title = match["title"]
        if not title and " " not in match.group() and "," not in match.group():
            continue
        written = _trim(match.group(), match.start())
        if written is None:
            continue
        start, part = written
        first = names.normalise(part.split(None, 1)[0])
        if not title and not match["comma"] and first not in known:
            continue
        found = read(part)
        if found is None:
            continue
        name, at, end, _ = found
        line_start = text.rfind("\n", 0, start) + 1
        after = text[start + end : start + end + 24]
        follows = _ORGANISATION.match(after.lstrip()) if not after.startswith("\n") else None
        last_word = names.normalise(names.words(part[at:end])[-1]) if names.words(part[at:end]) else ""
        if follows or (_ORGANISATION.search(part[at:end]) and last_word not in _SURNAMES_TOO):
            continue
        before = text[max(line_start, start - 60) : start + at]
        if not title and (
            (_HOUSE_NUMBER.search(before) and len(text[: start + at].rstrip()) not in numbers_end)
            or len(name.surname) < 3
            or (part.isupper() and len(part) < 9)
        ):
            continue
        aside = bool(_ASIDE_BEFORE.search(before))
        if title:
            yield from _written(part, start, TITLED, aside=aside)
        elif name.forename in known or (match["comma"] and match["comma"].isupper()):
            yield from _written(part, start, GUESSED, aside=aside)


def _trim(written: str, offset: int) -> tuple[int, str] | None:
    """Drop leading words that are never part of a name (`The`, `Re`, `Dear`)."""
    while True:
        first = re.match(r"[^\W\d_]+\.?[ \t,]*", written)
        if first is None:
            return None
        word = names.normalise(first.group())
        if word not in _NOT_NAMES or word in names.TITLES:
            return offset, written
        offset += first.end()
        written = written[first.end() :]
