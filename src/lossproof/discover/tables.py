"""People in a table: which column holds what, and one mention a row.

A column's meaning comes from its heading (`headings.role`), and where that says nothing from a vote of its cells: at least four
in five hold a valid identifier of one kind. A check digit makes such a vote proof; a kind without one also needs
a person in the same row. A table without headings gets its names from the lexicon of forenames.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from lossproof.discover import categories, engine, headings, names
from lossproof.discover.engine import Hit
from lossproof.discover.findings import Findings
from lossproof.discover.identifiers import date_of_birth
from lossproof.discover.mention import Mention
from lossproof.errors import FormatError

VOTE = 0.8
"""The share of filled cells that makes a column's meaning certain (facts: column vote)."""

_VOTERS = (
    "nhs_number", "nino", "pnc_id", "cro_number", "chi_number", "hc_number", "iban", "driving_licence", "email",
    "postcode", "payment_card", "phone", "prison_number",
)  # fmt: skip
_CONTACTS = frozenset({"postcode", "phone", "email"})
_NOTHING = frozenset(
    ["", "n/a", "na", "none", "nil", "no", "not", "known", "unknown", "null", "-", "--", ".", "?", "tbc", "x", "0", "n"]
)
_OTHER_DATES = re.compile(
    r"date|appt|appoint|admi|disch|start|end|order|due|sent|seen|visit|creat|updat|modif|recei|issue|expir|time|when"
)
_DATE_PARTS = re.compile(r"^\s*(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{2}|\d{4})\b")
_SERIAL = re.compile(r"^[1-9]\d{3,4}$")
_COMPACT = re.compile(r"^(19|20)\d{6}$")
_LETTERS = re.compile(r"^[^\W\d_][^\d_@/\\<>{}]*$")
_WITH_DIGITS = re.compile(r"\S*\d\S*")
_HEADING_ROWS = 12


@dataclass(slots=True)
class _Columns:
    """What each column holds, by index."""

    roles: list[str]
    surname_first: dict[int, bool | None] = field(default_factory=dict)
    day_first: dict[int, bool] = field(default_factory=dict)

    def of(self, *wanted: str) -> list[int]:
        return [at for at, role in enumerate(self.roles) if role in wanted]

    @property
    def names_somebody(self) -> bool:
        return bool(self.of("surname", "name"))


class TableReader:
    """Reads one table, given in one or several pieces; the columns are settled on the first piece."""

    def __init__(self, source: str, header: Sequence[str] | None = None) -> None:
        self._source = source
        self._header = list(header) if header else None
        self._columns: _Columns | None = None

    def read(self, rows: list[list[str]], findings: Findings) -> None:
        """Add what the next rows say to `findings`."""
        if self._columns is None and self._header is None:
            form = _form_records(rows)
            if form is not None:
                for header, record in form:
                    TableReader(self._source, header).read([record], findings)
                return
            at = _heading_row(rows)
            if at is not None:
                self._header, rows = rows[at], rows[at + 1 :]
        grid = _Grid(rows)
        if self._columns is None:
            self._columns = _settle_columns(self._header, rows, grid)
        for row, hits in zip(rows, grid.hits, strict=True):
            self._row(row, hits, self._columns, findings)

    def _row(self, row: list[str], hits: list[tuple[int, Hit]], columns: _Columns, findings: Findings) -> None:
        record = _Record(self._source)
        by_column: dict[int, list[Hit]] = defaultdict(list)
        for column, hit in hits:
            by_column[column].append(hit)
        for at, cell in enumerate(row):
            role = columns.roles[at] if at < len(columns.roles) else ""
            if cell and (text := cell.strip()):
                record.cell(role, text, by_column.get(at, []), columns, at)
        record.close(findings)


class _Grid:
    """The hits of every cell of some rows, found in one pass over their joined text."""

    def __init__(self, rows: list[list[str]]) -> None:
        self.hits: list[list[tuple[int, Hit]]] = [[] for _ in rows]
        self.covering: dict[int, Counter[str]] = defaultdict(Counter)
        starts: list[int] = []
        places: list[tuple[int, int, int]] = []
        parts: list[str] = []
        position = 0
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell:
                    starts.append(position)
                    places.append((at, column, len(cell.strip())))
                    parts.append(cell)
                    position += len(cell) + 1
        text = "\t".join(part.replace("\t", " ").replace("\n", " ") for part in parts)
        for hit in engine.find(text):
            cell_at = bisect_right(starts, hit.start) - 1
            row_at, column, length = places[cell_at]
            self.hits[row_at].append((column, hit))
            if hit.end - hit.start >= length - 1:
                self.covering[column][hit.kind] += 1


@dataclass(slots=True)
class _Record:
    """One row being read."""

    source: str
    surname: str = ""
    forename: str = ""
    born: str = ""
    strong: list[tuple[str, str]] = field(default_factory=list)
    local: list[str] = field(default_factory=list)
    contact: dict[str, str] = field(default_factory=dict)
    categories: set[str] = field(default_factory=set)
    others: list[names.PersonName] = field(default_factory=list)
    bank: dict[str, str] = field(default_factory=dict)
    accepted: list[tuple[str, str]] = field(default_factory=list)
    loose: list[Hit] = field(default_factory=list)

    def cell(self, role: str, text: str, hits: list[Hit], columns: _Columns, at: int) -> None:
        """Take what one filled cell says under its column's role."""
        if role == "surname":
            self.surname = self.surname or names.normalise(" ".join(names.words(text)))
        elif role == "forename":
            first = names.words(text)[:1]
            self.forename = self.forename or (names.normalise(first[0]) if first else "")
        elif role in {"name", "other_name"}:
            self._name(role, text, columns.surname_first.get(at))
        elif role == "date_of_birth":
            self._birth(text, columns.day_first.get(at, True))
        elif role == "local":
            if any(character.isdigit() for character in text) and len(text) <= 20:
                self.local.append(f"{self.source}\x1f{text.upper().replace(' ', '')}")
        elif role in {"sort_code", "account"}:
            self.bank[role] = re.sub(r"\D", "", text)
        elif role.startswith("category:"):
            if text.lower().strip(" .") not in _NOTHING:
                self.categories.add(role.removeprefix("category:"))
        elif role != "other":
            self._identifiers(role, hits)
            if not role and len(text) > 3:
                self.categories.update(_categories(text))

    def _name(self, role: str, text: str, surname_first: bool | None) -> None:
        name = names.split(_WITH_DIGITS.sub(" ", text), surname_first)
        if name is None:
            return
        if role == "other_name" or self.surname:
            if name.surname and name.forename and role == "other_name":
                self.others.append(name)
        else:
            self.surname, self.forename = name.surname, self.forename or name.forename

    def _birth(self, text: str, day_first: bool) -> None:
        born = _birth_date(text, day_first)
        if born:
            self.born = self.born or born
            self.accepted.append(("date_of_birth", born))

    def _identifiers(self, role: str, hits: list[Hit]) -> None:
        for hit in hits:
            if hit.kind == role or (
                hit.kind in {"postcode", "phone", "email"} and role in {"address", "phone", "email"}
            ):
                self._take(hit)
            elif not role and hit.kind not in {"phone", "postcode"} and engine.alone(hit.kind, hit.value):
                self.loose.append(hit)

    def _take(self, hit: Hit) -> None:
        self.accepted.append((hit.kind, hit.value))
        identifier = engine.identifiers()[hit.kind]
        if identifier.STRONG:
            self.strong.append((hit.kind, hit.value))
        if hit.kind in _CONTACTS:
            self.contact.setdefault(hit.kind, hit.value)

    def close(self, findings: Findings) -> None:
        """Turn the row into mentions."""
        held = {kind for kind, _ in self.strong}
        for hit in self.loose:
            if hit.kind not in held:
                self._take(hit)
        if len(self.bank) == 2:
            try:
                account = engine.identifiers()["bank_account"].validate(
                    f"{self.bank['sort_code']} {self.bank['account']}"
                )
                self.accepted.append(("bank_account", account))
            except FormatError:
                pass
        for kind, value in self.accepted:
            findings.saw(kind, value)
        categories_of_ids = {category for kind, _ in self.strong if (category := engine.identifiers()[kind].CATEGORY)}
        findings.add(
            Mention(
                surname=self.surname,
                forename=self.forename,
                born=self.born,
                strong=tuple(dict.fromkeys(self.strong)),
                local=tuple(self.local),
                postcode=self.contact.get("postcode", ""),
                phone=self.contact.get("phone", ""),
                email=self.contact.get("email", ""),
                categories=tuple(sorted(self.categories | categories_of_ids)),
            )
        )
        for other in self.others:
            findings.add(Mention(surname=other.surname, forename=other.forename))


@lru_cache(maxsize=8192)
def _categories(text: str) -> frozenset[str]:
    return frozenset(term.category for term in categories.find_terms(text))


@lru_cache(maxsize=65536)
def _birth_date(text: str, day_first: bool) -> str:
    if _SERIAL.match(text):
        # spreadsheets count days from 1899-12-30 (ECMA-376 part 1, 18.17.4.1, with the leap year that 1900 was not)
        return (date(1899, 12, 30) + timedelta(days=int(text))).isoformat() if int(text) > 366 else ""
    if _COMPACT.match(text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    found = date_of_birth.read(text, day_first=day_first)
    return found.isoformat() if found else ""


def _heading_row(rows: list[list[str]]) -> int | None:
    """The row that names the columns: the one with most known headings among the first few, and no identifier in it."""
    best, best_score = None, 0
    for at, row in enumerate(rows[:_HEADING_ROWS]):
        roles = [headings.role(cell) for cell in row]
        score = sum(1 for role in roles if role and role != "other") * 4 + sum(1 for role in roles if role == "other")
        filled = sum(1 for cell in row if cell.strip())
        if score > best_score and filled >= min(2, max(map(len, rows[:_HEADING_ROWS]))):
            best, best_score = at, score
    if (
        best is not None
        and (best_score >= 4 or best == 0)
        and not any(_has_digits(cell) for cell in rows[best] if not headings.role(cell))
    ):
        return best
    return None


def _has_digits(text: str) -> bool:
    return sum(character.isdigit() for character in text) >= 4


def _form_records(rows: list[list[str]]) -> list[tuple[list[str], list[str]]] | None:
    """A form laid out as label and value in two columns: its records, or None where it is no form."""
    if not rows or max(map(len, rows)) < 2:
        return None
    pairs = [(row[0], next((cell for cell in row[1:] if cell.strip()), "")) for row in rows if row and row[0].strip()]
    labelled = sum(1 for label, _ in pairs if headings.role(label.rstrip(" :")) not in {"", "other"})
    known_across = sum(1 for cell in rows[0] if headings.role(cell) not in {"", "other"})
    if labelled < 2 or labelled < len(pairs) / 3 or known_across > 1:
        return None
    records: list[tuple[list[str], list[str]]] = []
    header: list[str] = []
    record: list[str] = []
    for label, value in pairs:
        if label in header:
            records.append((header, record))
            header, record = [], []
        header.append(label.rstrip(" :"))
        record.append(value)
    return [*records, (header, record)]


def _settle_columns(header: Sequence[str] | None, rows: list[list[str]], grid: _Grid) -> _Columns:
    width = max([len(header or ()), *(len(row) for row in rows)], default=0)
    roles = [headings.role(cell) for cell in header or ()] + [""] * width
    columns = _Columns(roles[:width])
    filled = [[row[at].strip() for row in rows if at < len(row) and row[at].strip()] for at in range(width)]
    for at, cells in enumerate(filled):
        if columns.roles[at] in {"name", "other_name", "surname", "forename"} and cells:
            nameless = sum(
                1 for cell in cells if _has_digits(cell) and not _LETTERS.match(_WITH_DIGITS.sub(" ", cell).strip())
            )
            if nameless > len(cells) / 2:
                columns.roles[at] = ""
    _vote(columns, grid, filled)
    _guess_names(columns, filled, headed=header is not None)
    _guess_birth(columns, filled, header)
    for at in columns.of("name", "other_name"):
        columns.surname_first[at] = _surname_first(filled[at])
    for at in columns.of("date_of_birth"):
        columns.day_first[at] = _day_first(filled[at])
    return columns


def _vote(columns: _Columns, grid: _Grid, filled: list[list[str]]) -> None:
    covering = grid.covering
    checkless: list[int] = []
    for at, cells in enumerate(filled):
        if columns.roles[at] not in {"", "other", "local"} or len(cells) < 3:
            continue
        for kind in _VOTERS:
            if covering[at][kind] >= VOTE * len(cells) and (kind != "prison_number" or len(cells) >= 3):
                if columns.roles[at] == "local" and kind in {"postcode", "phone", "prison_number"}:
                    continue
                columns.roles[at] = kind
                if kind == "prison_number":
                    checkless.append(at)
                break
    for at in checkless:
        if not columns.names_somebody and not columns.of("date_of_birth", "pnc_id", "cro_number"):
            columns.roles[at] = ""


def _guess_names(columns: _Columns, filled: list[list[str]], *, headed: bool) -> None:
    """Where no heading names a person, look for the names themselves."""
    anchored = bool(columns.of(*_VOTERS[:6], "date_of_birth", "prison_number", "local"))
    if columns.names_somebody or (headed and not anchored):
        return
    known = names.forenames()
    single: dict[int, float] = {}
    for at, cells in enumerate(filled):
        sample = cells[:500]
        if (
            columns.roles[at]
            or len(sample) < 3
            or sum(1 for cell in sample if _LETTERS.match(cell)) < VOTE * len(sample)
        ):
            continue
        split_words = [[names.normalise(word) for word in names.words(cell)] for cell in sample]
        several = sum(1 for parts in split_words if 2 <= len(parts) <= 4 and any(part in known for part in parts))
        if several >= 0.5 * len(sample):
            columns.roles[at] = "name"
            return
        single[at] = sum(1 for parts in split_words if parts and parts[0] in known) / len(sample)
    best = max(single, key=lambda at: single[at], default=None)
    if best is None or single[best] < 0.4:
        return
    beside = [at for at in (best - 1, best + 1) if at in single and len(set(filled[at])) > len(filled[at]) / 4]
    if beside:
        columns.roles[best] = "forename"
        columns.roles[beside[0]] = "surname"


def _guess_birth(columns: _Columns, filled: list[list[str]], header: Sequence[str] | None) -> None:
    """An unnamed column of dates spread over decades beside names is a date of birth."""
    if columns.of("date_of_birth") or not (columns.names_somebody or columns.of(*_VOTERS[:6])):
        return
    for at, cells in enumerate(filled):
        if (
            columns.roles[at]
            or len(cells) < 3
            or (header and at < len(header) and _OTHER_DATES.search(headings.normal(header[at])))
        ):
            continue
        years = [
            int(born[:4])
            for cell in cells[:500]
            if not _SERIAL.match(cell) and (born := _birth_date(cell, day_first=True))
        ]
        if len(years) >= VOTE * len(cells[:500]) and max(years) - min(years) >= 20:
            columns.roles[at] = "date_of_birth"
            return


def _surname_first(cells: Iterable[str]) -> bool | None:
    """The order of the words of a whole-name column, by its cells' majority; None where commas or capitals tell each apart."""
    known = names.forenames()
    first = last = 0
    for cell in list(cells)[:500]:
        parts = [names.normalise(word) for word in names.words(cell) if names.normalise(word) not in names.TITLES]
        if "," in cell or len(parts) < 2:
            continue
        first += parts[0] in known or len(parts[0]) == 1
        last += parts[-1] in known or len(parts[-1]) == 1
    if first == last:
        return None
    return last > first


def _day_first(cells: Iterable[str]) -> bool:
    """Whether numeric dates of a column put the day first: yes unless only the other reading fits them all."""
    first = second = 0
    for cell in cells:
        if parts := _DATE_PARTS.match(cell):
            first += int(parts[1]) > 12
            second += int(parts[2]) > 12
    return first >= second


def rows_of(lines: Sequence[str], pattern: re.Pattern[str]) -> Iterator[list[str]]:
    """Lines of a text table as rows, cut at `pattern`."""
    for line in lines:
        yield pattern.split(line.strip())
