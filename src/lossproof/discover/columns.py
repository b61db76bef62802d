"""What each column of a table holds: by its heading, else by a vote of its cells, else by how names and births look.

At least four filled cells in five that hold a valid identifier of one kind settle a column. A check digit makes such a vote
proof; a kind without one also needs a person in the same row. A table without headings gets its names from the lexicon.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from lossproof.discover import categories, engine, headings, names
from lossproof.discover.engine import Hit
from lossproof.discover.identifiers import date_of_birth

VOTE = 0.8
"""The share of filled cells that makes a column's meaning certain (facts: column vote)."""

_CATEGORY_VOTE, _CATEGORY_CELLS, _CATEGORY_SAMPLE = 0.4, 10, 300

_VOTERS = (
    "nhs_number", "nino", "pnc_id", "cro_number", "chi_number", "hc_number", "iban", "driving_licence", "email",
    "postcode", "payment_card", "phone", "prison_number",
)  # fmt: skip
_OTHER_DATES = re.compile(
    r"date|appt|appoint|admi|disch|start|end|order|due|sent|seen|visit|creat|updat|modif|recei|issue|expir|time|when"
)
_DATE_PARTS = re.compile(r"^\s*(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{2}|\d{4})\b")
_SERIAL = re.compile(r"^[1-9]\d{3,4}$")
_COMPACT = re.compile(r"^(19|20)\d{6}$")
_LETTERS = re.compile(r"^[^\W\d_][^\d_@/\\<>{}]*$")
WITH_DIGITS = re.compile(r"\S*\d\S*")
"""A word with a digit in it: not part of a name."""
_HEADING_ROWS = 12


@dataclass(slots=True)
class Columns:
    """What each column holds, by index."""

    roles: list[str]
    surname_first: dict[int, bool | None] = field(default_factory=dict)
    day_first: dict[int, bool] = field(default_factory=dict)

    def of(self, *wanted: str) -> list[int]:
        """Indices of the columns with one of these roles."""
        return [at for at, role in enumerate(self.roles) if role in wanted]

    @property
    def names_somebody(self) -> bool:
        """Whether a column names the people of the rows."""
        return bool(self.of("surname", "name"))


class Grid:
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


@lru_cache(maxsize=65536)
def birth_date(text: str, day_first: bool) -> str:
    """The birth date in a cell of a column of them, as ISO 8601, or an empty string: a spreadsheet's day number too."""
    if _SERIAL.match(text):
        # spreadsheets count days from 1899-12-30 (ECMA-376 part 1, 18.17.4.1, with the leap year that 1900 was not)
        return (date(1899, 12, 30) + timedelta(days=int(text))).isoformat() if int(text) > 366 else ""
    if _COMPACT.match(text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    found = date_of_birth.read(text, day_first=day_first)
    return found.isoformat() if found else ""


def heading_row(rows: list[list[str]]) -> int | None:
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


def form_records(rows: list[list[str]]) -> list[tuple[list[str], list[str]]] | None:
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


def settle(header: Sequence[str] | None, rows: list[list[str]], grid: Grid) -> Columns:
    """The columns of a table, from its headings (None: it has none), its first rows and their hits."""
    width = max([len(header or ()), *(len(row) for row in rows)], default=0)
    roles = [headings.role(cell) for cell in header or ()] + [""] * width
    columns = Columns(roles[:width])
    filled = [[row[at].strip() for row in rows if at < len(row) and row[at].strip()] for at in range(width)]
    for at, cells in enumerate(filled):
        if columns.roles[at] in {"name", "other_name", "surname", "forename"} and cells:
            nameless = sum(
                1 for cell in cells if _has_digits(cell) and not _LETTERS.match(WITH_DIGITS.sub(" ", cell).strip())
            )
            if nameless > len(cells) / 2:
                columns.roles[at] = ""
    _vote(columns, grid, filled)
    _vote_category(columns, filled)
    _guess_names(columns, filled, headed=header is not None)
    _guess_birth(columns, filled, header)
    for at in columns.of("name", "other_name"):
        columns.surname_first[at] = _surname_first(filled[at])
    for at in columns.of("date_of_birth"):
        columns.day_first[at] = _day_first(filled[at])
    return columns


def _vote(columns: Columns, grid: Grid, filled: list[list[str]]) -> None:
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


def _vote_category(columns: Columns, filled: list[list[str]]) -> None:
    """A column in which two cells in five speak of one category is about it, whatever its heading: `For`, `Admitted with`."""
    for at, cells in enumerate(filled):
        if columns.roles[at] or len(cells) < _CATEGORY_CELLS:
            continue
        sample = cells[:_CATEGORY_SAMPLE]
        found = Counter(
            category for cell in sample for category in {term.category for term in categories.find_terms(cell)}
        )
        for category, count in found.most_common(1):
            if count >= _CATEGORY_VOTE * len(sample):
                columns.roles[at] = f"category:{category}"


def _guess_names(columns: Columns, filled: list[list[str]], *, headed: bool) -> None:
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


def _guess_birth(columns: Columns, filled: list[list[str]], header: Sequence[str] | None) -> None:
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
            if not _SERIAL.match(cell) and (born := birth_date(cell, day_first=True))
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
