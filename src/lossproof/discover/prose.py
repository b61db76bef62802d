"""People in running text: letters, mails, notes, lists without columns.

The text is read once, in order, as a row of events: names, strong identifiers, birth dates, contact details. A record goes on
until an event contradicts it (another number of the same kind, another birth date, another person who leads to one); then
the next record begins. So a letter is one record, a mail merge is one a letter, and a list is one a line.

A hit counts only when it is certain: its kind stands alone, or a word that names it stands within 300 characters, or it
is one of a list of its kind. A date is a birth date only where the text says so or it follows a name at once.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from lossproof.discover import categories, engine, labels, layout, written_names
from lossproof.discover.certainty import PRIORITY, certain, follows_name, possible
from lossproof.discover.engine import Hit
from lossproof.discover.findings import Findings
from lossproof.discover.labels import Label
from lossproof.discover.mention import Mention
from lossproof.discover.name_shapes import ADDRESSED, GUESSED, TITLED, WrittenName
from lossproof.discover.names import PersonName, compatible
from lossproof.discover.people import ISSUED

_BORN_BEFORE = re.compile(
    r"(?:\bd\.?\s?o\.?\s?b\b\.?|\bborn\b|birth\s?date|date\s?of\s?birth|\bbirth\b|\bb\.)"
    r"(?:[^\n\d]{0,24}|[ \t]*[?:]?[ \t]*\n[ \t]*(?:A[.:)][ \t]*)?)$",
    re.IGNORECASE,
)
_BORN_AFTER = re.compile(r"^\s*[\])]?\s*[(\[]?\s*(?:d\.?o\.?b|date of birth|born)\b", re.IGNORECASE)
_ORGANISATION = re.compile(
    r"\b(hospital|infirmary|trust|clinic|surgery|practice|council|prison|hmp|ltd|limited|department|centre|university)\b",
    re.IGNORECASE,
)
_LOCAL_NUMBER = re.compile(r"[A-Z]{0,3}\d[\w/-]{2,14}\b")
_CLAUSE = re.compile(r"[^;|\n.]*(?:\bd\.?o\.?b\.?|\bno\.)?[^;|\n.]*$", re.IGNORECASE)
_NO_COMMA = re.compile(r"[ \t]*[(\[]?[^,;|\n()\[\]]*$")
_ANCHORS = frozenset(PRIORITY) - {"postcode", "phone", "email"}
_NEAR, _FAR = 200, 900
_BESIDE, _ABOVE, _IN_CLAUSE = 80, 600, 40
"""How far a name may stand behind its number: on the same line, as the head of a block below; and before it in one clause."""


class _Event(NamedTuple):
    """Something at a place in the text."""

    start: int
    end: int
    kind: str
    value: str
    written: WrittenName | None = None


@dataclass(slots=True)
class _Record:
    """One record being read."""

    start: int
    name: PersonName | None = None
    rank: int = 0
    strong: dict[str, list[str]] = field(default_factory=dict)
    born: str = ""
    local: list[str] = field(default_factory=list)
    contact: dict[str, str] = field(default_factory=dict)
    end: int = 0

    @property
    def anchored(self) -> bool:
        return bool(self.strong or self.born)

    def contradicts(self, event: _Event) -> bool:
        """Whether the event must be about somebody else."""
        if event.kind == "date_of_birth":
            return bool(self.born) and self.born != event.value
        held = self.strong.get(event.kind, [])
        return bool(held) and event.value not in held and event.kind in {*ISSUED, "pnc_id", "cro_number"}


def read(text: str, source: str, findings: Findings) -> None:
    """Add what a text says to `findings`. `source` names the file, for numbers that mean something only within it."""
    text = layout.flowing(layout.without_tables(text, source, findings))
    if not text.strip():
        return
    found = engine.find(text)
    lines = _Lines(text)
    found_labels = labels.find(text)
    written = written_names.find(
        text,
        found_labels,
        frozenset(lines.number(hit.start) for hit in found if hit.kind == "postcode"),
        frozenset(hit.end for hit in found if hit.kind != "date_of_birth"),
        found,
    )
    hits = certain(text, found, _ends(text, found, written))
    findings.possible += possible(text, found, hits)
    hits = [hit for hit in hits if hit.kind != "date_of_birth" or _is_birth(text, hit, written)]
    for hit in hits:
        findings.saw(hit.kind, hit.value)
    events = sorted(_events(text, hits, written, found_labels, source))
    _Reader(text, events, findings).run()


def _ends(text: str, found: Sequence[Hit], written: Sequence[WrittenName]) -> list[int]:
    """Where names end, and the dates right behind them: a number there is theirs."""
    ends = [name.end for name in written]
    dates = [hit.end for hit in found if hit.kind == "date_of_birth" and follows_name(text, hit.start, ends)]
    return sorted([*ends, *dates])


class _Reader:
    """Walks the events and closes a record where the next one begins."""

    def __init__(self, text: str, events: Sequence[_Event], findings: Findings) -> None:
        self.text = text
        self.events = events
        self.findings = findings
        self.terms = categories.find_terms(text)
        self.records: list[_Record] = []
        self.asides: set[tuple[PersonName, str]] = set()
        self.current = _Record(0)

    def run(self) -> None:
        """Read every event and give out the mentions."""
        for at, event in enumerate(self.events):
            if event.written is not None:
                self._name(at, event.written)
            elif event.kind in {"postcode", "phone", "email"}:
                self._contact(at, event)
            elif event.kind == "local":
                if event.value not in self.current.local:
                    self.current.local.append(event.value)
            else:
                self._anchor(event)
            self.current.end = event.end
        self._close(len(self.text))
        self._emit()

    def _name(self, at: int, written: WrittenName) -> None:
        current = self.current
        if written.aside:
            self.asides.add((written.name, self._mail_after(at)))
        elif current.name is not None and _same(current.name, written.name):
            if self._is_a_namesake(at, written):
                self._close(written.start)
                self.current = _Record(written.start, written.name, written.rank)
                return
            if len(written.name.forename) > len(current.name.forename):
                current.name = written.name
            current.rank = max(current.rank, written.rank)
        elif current.name is None and not current.anchored:
            current.name, current.rank = written.name, written.rank
        elif not current.anchored:
            if written.rank >= current.rank:
                if current.contact:
                    self._close(written.start)
                elif current.name is not None and current.rank > GUESSED:
                    self.asides.add((current.name, ""))
                self.current = _Record(written.start if current.contact else current.start, written.name, written.rank)
            elif self._owns_what_follows(at, written):
                self._close(written.start)
                self.current = _Record(written.start, written.name, written.rank)
            elif written.rank > GUESSED:
                self.asides.add((written.name, ""))
        elif current.name is None and self._beside(current, written):
            current.name, current.rank = written.name, written.rank
        elif self._leads(at, written):
            self._close(written.start)
            self.current = _Record(written.start, written.name, written.rank)
        elif current.name is None and (self._beside(current, written, lines=1) or self._heads(current, written)):
            current.name, current.rank = written.name, written.rank
        elif written.rank > GUESSED or len(written.name.forename) > 1:
            self.asides.add((written.name, ""))

    def _beside(self, current: _Record, written: WrittenName, *, lines: int = 0) -> bool:
        """Whether a name follows its number closely: on the same line, or so many lines further."""
        return written.start - current.end < _BESIDE and self.text.count("\n", current.end, written.start) <= lines

    def _heads(self, current: _Record, written: WrittenName) -> bool:
        """Whether a name heads the letter or block below a number that nobody else has claimed."""
        return written.rank >= ADDRESSED and written.start - current.end < _ABOVE

    def _leads(self, at: int, written: WrittenName) -> bool:
        """Whether this name begins another record: an anchor that contradicts the current one follows before another such name."""
        reach = _FAR if written.rank > TITLED else _NEAR
        for event in self.events[at + 1 :]:
            if event.start - written.end > reach:
                return False
            if event.written is not None and not event.written.aside and event.written.rank >= written.rank:
                if not _same(event.written.name, written.name):
                    return False
            elif event.kind in _ANCHORS:
                return self.current.contradicts(event) or (
                    self.current.name is not None
                    and not self._repeats(event)
                    and (written.rank > GUESSED or self._on_its_own_line(written, event))
                )
        return False

    def _owns_what_follows(self, at: int, written: WrittenName) -> bool:
        """Whether a birth date or number follows a name with not even a comma between."""
        following = self.events[at + 1] if at + 1 < len(self.events) else None
        if following is None or following.start - written.end > _IN_CLAUSE or following.kind not in _ANCHORS:
            return False
        return _NO_COMMA.match(self.text, written.end, following.start) is not None

    def _on_its_own_line(self, written: WrittenName, event: _Event) -> bool:
        """Whether a name and what follows it in the same clause stand on a line below the current record."""
        return (
            event.start - written.end <= _IN_CLAUSE
            and "\n" in self.text[self.current.end : written.start]
            and _CLAUSE.match(self.text, written.end, event.start) is not None
        )

    def _is_a_namesake(self, at: int, written: WrittenName) -> bool:
        """Whether what follows a name at once contradicts the record of the same name."""
        following = self.events[at + 1] if at + 1 < len(self.events) else None
        if following is None or following.kind not in _ANCHORS or following.start - written.end > _BESIDE:
            return False
        return self.current.contradicts(following)

    def _repeats(self, event: _Event) -> bool:
        return event.value == self.current.born or event.value in self.current.strong.get(event.kind, ())

    def _anchor(self, event: _Event) -> None:
        if self.current.contradicts(event):
            self._close(event.start)
            self.current = _Record(event.start)
        if event.kind == "date_of_birth":
            self.current.born = event.value
        elif event.value not in self.current.strong.setdefault(event.kind, []):
            self.current.strong[event.kind].append(event.value)

    def _contact(self, at: int, event: _Event) -> None:
        before = self.events[at - 1] if at else None
        if (
            before is not None
            and before.written is not None
            and before.written.aside
            and "\n" not in self.text[before.end : event.start]
        ):
            return
        if self.current.name is not None or self.current.anchored:
            self.current.contact.setdefault(event.kind, event.value)

    def _mail_after(self, at: int) -> str:
        following = self.events[at + 1] if at + 1 < len(self.events) else None
        if following is not None and following.kind == "email" and following.start - self.events[at].end < 5:
            return following.value
        return ""

    def _close(self, end: int) -> None:
        self.current.end = max(self.current.end, min(end, self.current.end + 2000))
        if self.current.name or self.current.anchored or self.current.local or self.current.contact:
            self.records.append(self.current)

    def _emit(self) -> None:
        known = engine.identifiers()
        for record in self.records:
            shown = {term.category for term in self.terms if record.start <= term.start < record.end}
            shown |= {category for kind in record.strong if (category := known[kind].CATEGORY)}
            strong = tuple((kind, value) for kind, values in record.strong.items() for value in values)
            name = (
                record.name
                if record.name and (record.rank > GUESSED or strong or record.born or record.name.forename)
                else None
            )
            self.findings.add(
                Mention(
                    surname=name.surname if name else "",
                    forename=name.forename if name else "",
                    born=record.born,
                    strong=strong,
                    local=tuple(record.local),
                    postcode=record.contact.get("postcode", ""),
                    phone=record.contact.get("phone", ""),
                    email=record.contact.get("email", ""),
                    categories=tuple(sorted(shown)),
                )
            )
        for name, mail in sorted(self.asides):
            if len(name.forename) > 1:
                self.findings.add(Mention(surname=name.surname, forename=name.forename, email=mail))


class _Lines:
    """Line numbers of character offsets."""

    def __init__(self, text: str) -> None:
        self.ends = [match.start() for match in re.finditer("\n", text)]

    def number(self, at: int) -> int:
        """The line, from 0, that holds the character at `at`."""
        return bisect_left(self.ends, at)


def _same(one: PersonName, other: PersonName) -> bool:
    return one.surname == other.surname and compatible(one.forename, other.forename)


def _events(
    text: str, hits: Sequence[Hit], written: Sequence[WrittenName], labels: Sequence[Label], source: str
) -> Iterator[_Event]:
    known = engine.identifiers()
    for name in written:
        yield _Event(name.start, name.end, "name", "", name)
    for hit in hits:
        if hit.kind == "postcode" and _letterhead(text, hit.start):
            continue
        if hit.kind in {"postcode", "phone", "email", "date_of_birth"} or known[hit.kind].STRONG:
            yield _Event(hit.start, hit.end, hit.kind, hit.value)
    for label in labels:
        number = _LOCAL_NUMBER.match(text, label.start) if label.role == "local" else None
        if number:
            yield _Event(number.start(), number.end(), "local", f"{source}\x1f{number.group().upper()}")


def _letterhead(text: str, at: int) -> bool:
    """Whether a postcode stands in the address of an organisation: the block that it closes begins with one."""
    block = text[max(text.rfind("\n\n", 0, at), 0) : at].strip("\n")
    first = block.split("\n", 1)[0]
    return "\n" in block and ":" not in first and bool(_ORGANISATION.search(first))


def _is_birth(text: str, hit: Hit, written: Sequence[WrittenName]) -> bool:
    """Whether a date is a birth date: said so just before or after, or right after a name."""
    line = text.rfind("\n", 0, hit.start) + 1
    if _BORN_BEFORE.search(text[max(0, hit.start - 40) : hit.start]) or _BORN_AFTER.match(text[hit.end : hit.end + 24]):
        return True
    at = bisect_left(written, hit.start, key=lambda name: name.start) - 1
    return at >= 0 and written[at].end >= line and follows_name(text, hit.start, [written[at].end])
