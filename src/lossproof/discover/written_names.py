"""Names of people in running text: where they stand, how sure it is, and whether the text is *about* them.

No model of language: labels ("Patient:"), salutations, the first line of an address block, titles, the lexicon of forenames,
and, for whoever is not in it, capitals right before a birth date or a labelled number. A person who signs, is copied in, or is
somebody's next of kin is `aside`: named, but not whom the record is about.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date
from enum import IntEnum

from lossproof.discover import address_blocks, labels, names
from lossproof.discover.engine import Hit
from lossproof.discover.labels import Label
from lossproof.discover.name_shapes import (
    ADDRESSED,
    GUESSED,
    LABELLED,
    NAME,
    ORGANISATION,
    SURNAMES_TOO,
    TITLED,
    WrittenName,
    is_no_name,
    read,
    trim,
    written,
)
from lossproof.discover.names import PersonName

_DEAR = re.compile(r"^[ \t]*Dear[ \t]+(?P<name>[^\n,:]{2,60})", re.MULTILINE)
_RE = re.compile(
    r"^[ \t]*(?:re|regarding|ref|concerning|patient|client|about)\b[ \t]*[:.\-–—]*[ \t]+(?P<name>\S[^\n]{2,120})",
    re.MULTILINE | re.IGNORECASE,
)
_RE_WHO = re.compile(r"^(?:patient|client|name|mr|mrs|our patient|your patient)\s*[:\-]\s*", re.IGNORECASE)
_CLOSING = re.compile(
    r"^[ \t]*(?:yours (?:sincerely|faithfully|truly|ever)|kind(?:est)? regards|best (?:wishes|regards)|with (?:best|kind) \w+|regards|"
    r"many thanks|thanks|thank you|signed|sincerely|cheers|dictated (?:by|but)|cc|copy to|copies to)\b[^\n]*",
    re.MULTILINE | re.IGNORECASE,
)
_HEADER = re.compile(
    r"^(?:from|to|cc|bcc|reply-to|sender|sent by)[ \t]*:[ \t]*(?P<people>[^\n]+)", re.MULTILINE | re.IGNORECASE
)
_ASIDE_BEFORE = re.compile(
    r"\b(?:(?P<relative>next of kin|nok|mother|father|mum|dad|wife|husband|partner|daughter|son|sister|brother|carer|parent|guardian|"
    r"friend|neighbour)(?! of\b)|daughter|son|wife|husband|mother|father|brother|sister|emergency contact|consultant|gp|officer|solicitor|"
    r"keyworker|key worker|social worker|surgeon|nurse|signed by|seen by|reviewed by|referred by|care of|under|c/o|contact)"
    r"\b[^\n.:;)]{0,20}[:,]?[ \t]*$",
    re.IGNORECASE,
)
_HOUSE_NUMBER = re.compile(r"\d[A-Za-z]?,?[ \t]?$")
_PLACE_BEFORE = re.compile(r"\b(?:on|at|in|near|the|via|into|off)[ \t]+$", re.IGNORECASE)
_SENTENCE_START = re.compile(r"(?:^|[\n.!?:;*•\-–\])>])[ \t]*$")
# Right behind a name, up to a date: what says that it is the birth date.
_BORN = re.compile(
    r"^[\s,;–-]{0,4}[(\[]?\s*(?:d\.?\s?o\.?\s?b\.?|born(?: on)?(?: the)?|b\.?|(?:date of )?birth(?: ?date)?|d of b)[\s:.=–-]{0,4}$",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"^[ \t]{0,2}[(\[][ \t]?$")
_BORN_BEHIND = re.compile(r"[ \t]*[(\[]?(?:d\.?o\.?b|date of birth|born)\b", re.IGNORECASE)
_NUMBER_LABEL = re.compile(
    r"^[\s,;–-]{0,4}[(\[]?\s*(?:nhs|chi|h&c|hcn?|n\.?i|nino|national insurance|pnc(?:id)?|cro|noms|nomis|prison(?:er)?)\b\.?"
    r"(?:[ \t]?(?:no|num|number|id|ref))?\.?[\s:=#]{0,3}$",
    re.IGNORECASE,
)
_SMALL_LETTERS = re.compile(
    r"\b(?P<name>[a-z]{3,}[ \t]+[a-z]{2,}(?:[-'][a-z]+)?)[ \t]*[,(]?[ \t]*(?:d\.?o\.?b\b|born\b)[^\n\d]{0,8}$"
)
_FURTHEST_ANCHOR = 40
_GROWN_UP = 18
"""A date in brackets behind words that are no known name is a birth date only where it would be a grown-up's."""


class Proof(IntEnum):
    """How plainly what stands right behind capitalised words shows that they are a person's name."""

    NONE = 0
    BRACKET = 1
    SAID = 2


class Anchors:
    """Birth dates and numbers that may stand right behind a name, and so show that it is one."""

    def __init__(self, text: str, hits: Sequence[Hit]) -> None:
        self._text = text
        self._hits = [hit for hit in hits if hit.kind not in {"postcode", "phone", "email"}]
        self._starts = [hit.start for hit in self._hits]
        self._latest_year = date.today().year - _GROWN_UP

    def follows(self, end: int) -> Proof:
        """Whether what stands right behind the words that end at `end` can only belong to a person."""
        at = bisect_left(self._starts, end)
        while at < len(self._hits) and self._starts[at] - end <= _FURTHEST_ANCHOR:
            proof = self._proof(self._text[end : self._starts[at]], self._hits[at])
            if proof != Proof.NONE:
                return proof
            at += 1
        return Proof.NONE

    def _proof(self, gap: str, hit: Hit) -> Proof:
        if hit.kind != "date_of_birth":
            return Proof.SAID if _NUMBER_LABEL.match(gap) else Proof.NONE
        if _BORN.match(gap) or (len(gap) <= 4 and _BORN_BEHIND.match(self._text, hit.end)):
            return Proof.SAID
        grown_up = int(hit.value[:4]) <= self._latest_year
        return Proof.BRACKET if grown_up and _BRACKET.match(gap) else Proof.NONE


def find(
    text: str,
    found_labels: Sequence[Label],
    postcode_lines: frozenset[int],
    numbers_end: frozenset[int],
    hits: Sequence[Hit],
) -> list[WrittenName]:
    """Every name in `text`, in order, none overlapping. `postcode_lines` are the numbers of the lines that hold a postcode;
    at `numbers_end` identifiers end, so that what follows is not a street; `hits` are the identifiers that may be in the text."""
    found = sorted(
        [
            *_headers(text),
            *labels.labelled(text, found_labels),
            *_salutations(text),
            *address_blocks.find(text, postcode_lines),
            *_in_text(text, numbers_end, Anchors(text, hits)),
            *_in_small_letters(text, hits),
        ],
        key=lambda name: (-name.rank - 10 * name.aside, name.start),
    )
    kept: list[WrittenName] = []
    for name in found:
        at = bisect_left(kept, name.start, key=lambda other: other.start)
        if not ((at < len(kept) and kept[at].start < name.end) or (at and kept[at - 1].end > name.start)):
            kept.insert(at, name)
    closings = [(match.start(), _end_of_closing(text, match.end())) for match in _CLOSING.finditer(text)]
    return [
        name._replace(aside=True) if not name.aside and name.rank < LABELLED and _signs(name.start, closings) else name
        for name in kept
    ]


def _signs(at: int, closings: Sequence[tuple[int, int]]) -> bool:
    """Whether what stands at `at` is in the lines of whoever signs."""
    last = bisect_left(closings, (at, 0)) - 1
    return last >= 0 and at < closings[last][1]


def _end_of_closing(text: str, at: int) -> int:
    """How far the lines of whoever signs go: a few lines, not into the next letter."""
    limit = at + 160
    for mark in ("\f", "\nDear "):
        found = text.find(mark, at, limit)
        limit = found if found >= 0 else limit
    return limit


def _headers(text: str) -> Iterator[WrittenName]:
    """Correspondents of a mail; a letter's `To:`, without an address of mail, is whom it is about if it is a person."""
    for match in _HEADER.finditer(text):
        people, at = match["people"], match.start("people")
        if match.group()[:2].lower() == "to" and "@" not in people:
            first = people.partition(",")[0]
            if not ORGANISATION.search(first):
                whole = first if " " in first.strip() else people
                yield from written(whole, at, ADDRESSED)
            continue
        for person in re.finditer(r"[^,;<>\"]+(?:,[^,;<>\"@]+(?=<))?", people):
            yield from written(person.group(), at + person.start(), LABELLED, aside=True)


def _salutations(text: str) -> Iterator[WrittenName]:
    for match in _DEAR.finditer(text):
        yield from written(match["name"], match.start("name"), ADDRESSED)
    for match in _RE.finditer(text):
        value = _RE_WHO.sub(lambda who: " " * len(who.group()), match["name"])
        found = read(value)
        if found and not ORGANISATION.search(value[: found[2]]):
            yield from written(value, match.start("name"), LABELLED)


def _in_text(text: str, numbers_end: frozenset[int], anchors: Anchors) -> Iterator[WrittenName]:
    for match in NAME.finditer(text):
        shown = match.group()
        if not match["title"] and " " not in shown and "," not in shown and "\t" not in shown:
            continue
        trimmed = trim(shown, match.start())
        if trimmed is None:
            continue
        start, part, known = _from_forename(text, *trimmed)
        found = read(part)
        if found is None:
            continue
        name, at, end, title = found
        shown = part[at:end]
        comma = match["comma"] or ""
        likely = bool(title) or ((known or bool(comma)) and name.forename in names.forenames()) or comma.isupper()
        proof = anchors.follows(start + end)
        if proof != Proof.SAID and _is_place(text, start + at, start + end):
            continue
        if proof == Proof.NONE and (
            not likely or (not title and _is_street_or_short(text, start + at, shown, name, numbers_end))
        ):
            continue
        if not likely and (not name.forename or (proof == Proof.BRACKET and ORGANISATION.search(shown))):
            continue
        aside = _is_aside(text, start + at, own=proof != Proof.NONE and text[start + end : start + end + 1] != ",")
        yield from written(part, start, TITLED if title else GUESSED, aside=aside)


def _is_aside(text: str, start: int, *, own: bool) -> bool:
    """Whether what stands before a name says that it is somebody's relative or of the staff. A relative with a birth date or number
    of their `own` right behind the name is somebody the text is about too."""
    line = text.rfind("\n", 0, start) + 1
    before = _ASIDE_BEFORE.search(text[max(line, start - 60) : start])
    return before is not None and not (own and before["relative"])


def _from_forename(text: str, start: int, part: str) -> tuple[int, str, bool]:
    """The words from a known forename on, where it is the first, or the second of a sentence: `Called Peter Walsh`."""
    words = part.split(None, 2)
    known = names.forenames()
    if names.normalise(words[0]) in known:
        return start, part, True
    if (
        len(words) == 3
        and names.normalise(words[1]) in known
        and (part.isupper() or not words[0].isupper())
        and words[0].isalpha()
        and _SENTENCE_START.search(text, max(0, start - 4), start)
    ):
        skip = part.index(words[1], len(words[0]))
        return start + skip, part[skip:], True
    return start, part, False


def _is_place(text: str, start: int, end: int) -> bool:
    """Whether capitalised words are, or begin, the name of a street, a building or an organisation."""
    after = text[end : end + 24]
    if not after.startswith("\n") and ORGANISATION.match(after.lstrip()):
        return True
    shown = text[start:end]
    if not ORGANISATION.search(shown):
        return False
    last = names.normalise(names.words(shown)[-1])
    if last in SURNAMES_TOO:
        return bool(_PLACE_BEFORE.search(text, max(0, start - 12), start))
    return True


def _is_street_or_short(text: str, start: int, shown: str, name: PersonName, numbers_end: frozenset[int]) -> bool:
    """Whether a house number stands before the words, or they are too short to tell."""
    if len(name.surname) < 3 or (shown.isupper() and len(shown) < 9):
        return True
    end = start
    while end and text[end - 1] in " \t":
        end -= 1
    return end not in numbers_end and bool(_HOUSE_NUMBER.search(text, max(0, start - 6), start))


def _in_small_letters(text: str, hits: Sequence[Hit]) -> Iterator[WrittenName]:
    """`pt john smith dob`: a known forename and a word right before a birth date that says so."""
    for hit in hits:
        match = None
        if hit.kind == "date_of_birth":
            match = _SMALL_LETTERS.search(text, max(0, hit.start - _FURTHEST_ANCHOR - 20), hit.start)
        if match is None:
            continue
        first, last = match["name"].split(None, 1)
        name = PersonName(names.normalise(last), names.normalise(first))
        if name.forename in names.forenames() and not is_no_name(last):
            yield WrittenName(match.start("name"), match.end("name"), name, GUESSED, False)
