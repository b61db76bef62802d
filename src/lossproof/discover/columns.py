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
"""The share of filled cells that makes a column's meaning certain."""

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
_YEARS = re.compile(r"\b(?:19|20)\d\d\b")
_HEADING_ROWS = 12
_LONGEST_HEADING = 80
_NINO_WITH_SUFFIX = 9
"""Without its suffix any two letters and six digits are one: a column of them needs a heading."""
_CHECKED = ("nhs_number", "hc_number", "chi_number", "iban")
"""Kinds whose check digits make a column certain even against its heading."""
_CHECK_LETTERS = ("pnc_id", "cro_number")
"""Kinds of which one wrong value in 23 passes: a column of references that mostly fail is none."""


@dataclass(slots=True)
class Columns:
    """What each column holds, by index."""

    roles: list[str]
    whose: list[str]
    refused: set[tuple[int, str]] = field(default_factory=set)
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
            whole = hit.end - hit.start >= length - 1
            if whole and (hit.kind != "nino" or len(hit.value) == _NINO_WITH_SUFFIX):
                self.covering[column][hit.kind] += 1


@lru_cache(maxsize=4096)
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
    if best is None or not (best_score >= 4 or best == 0) or _says_a_value(rows[best]):
        return None
    return best


def _says_a_value(row: list[str]) -> bool:
    """Whether a row holds values, and so is no heading: digits where no heading is known, an identifier, a sentence."""
    if any(_has_digits(_YEARS.sub("", cell)) for cell in row if not headings.role(cell)) or any(
        len(cell) > _LONGEST_HEADING for cell in row
    ):
        return True
    known = engine.identifiers()
    return any(known[hit.kind].STRONG or hit.kind == "date_of_birth" for hit in engine.find("\t".join(row)))


def _has_digits(text: str) -> bool:
    return sum(character.isdigit() for character in text) >= 4


def form_records(rows: list[list[str]]) -> list[tuple[list[str], list[str]]] | None:
    """A form, laid out as labels with their values behind them: its records, or None where it is no form.

    Labels stand in the first column with one value, or with one for each record, or alternate with values along a row.
    """
    cells = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if len(cells) < 2 or max(map(len, cells)) < 2 or sum(map(_is_label, cells[0])) > (len(cells[0]) + 1) // 2:
        return None
    pairs = [pair for row in cells for pair in _pairs_of(row)]
    labelled = sum(1 for row in cells if _is_label(row[0]))
    if len(pairs) < 2 or labelled < max(2, len(cells) / 3):
        return None
    columns = max(len(values) for _, values in pairs)
    if columns > 1 and all(len(values) in {0, 1, columns} for _, values in pairs):
        return [
            ([label for label, _ in pairs], [(values + [""] * columns)[at] for _, values in pairs])
            for at in range(columns)
        ]
    records: list[tuple[list[str], list[str]]] = []
    header: list[str] = []
    record: list[str] = []
    for label, values in pairs:
        if label in header:
            records.append((header, record))
            header, record = [], []
        header.append(label)
        record.append(" ".join(values))
    return [*records, (header, record)]


def _is_label(cell: str) -> bool:
    return (
        len(cell) <= _LONGEST_HEADING
        and headings.role(cell.rstrip(" :")) not in {"", "other"}
        and not _has_digits(cell)
    )


def _pairs_of(row: list[str]) -> list[tuple[str, list[str]]]:
    """The labels of a row, each with the values that follow it; a first cell that is no known label is one all the same."""
    pairs: list[tuple[str, list[str]]] = []
    for at, cell in enumerate(row):
        if _is_label(cell) or (at == 0 and cell):
            pairs.append((cell.rstrip(" :"), []))
        elif pairs and cell:
            pairs[-1][1].append(cell)
    return pairs


def settle(header: Sequence[str] | None, rows: list[list[str]], grid: Grid) -> Columns:
    """The columns of a table, from its headings (None: it has none), its first rows and their hits."""
    width = max([len(header or ()), *(len(row) for row in rows)], default=0)
    known = [headings.whose(cell) for cell in header or ()] + [("", "")] * width
    columns = Columns([role for _, role in known[:width]], [whose for whose, _ in known[:width]])
    filled = [[row[at].strip() for row in rows if at < len(row) and row[at].strip()] for at in range(width)]
    for at, cells in enumerate(filled):
        if columns.roles[at] in {"name", "other_name", "surname", "forename"} and cells:
            nameless = sum(
                1 for cell in cells if _has_digits(cell) and not _LETTERS.match(WITH_DIGITS.sub(" ", cell).strip())
            )
            if nameless > len(cells) / 2:
                columns.roles[at] = ""
    _sort_out_names(columns, filled)
    _vote(columns, grid, filled)
    _vote_category(columns, filled)
    _guess_names(columns, filled, headed=header is not None)
    _guess_birth(columns, filled, header)
    for at in columns.of("name", "other_name"):
        order = _surname_first(filled[at])
        headed = headings.surname_first(header[at]) if header and at < len(header) else None
        columns.surname_first[at] = order if order is not None else headed
    for at in columns.of("date_of_birth"):
        columns.day_first[at] = _day_first(filled[at])
    return columns


def _sort_out_names(columns: Columns, filled: list[list[str]]) -> None:
    """Of two columns headed as names whose cells are single words, one holds the forenames and the other the surnames."""
    known = names.forenames()
    single = [
        at
        for at in columns.of("name")
        if not columns.whose[at]
        and filled[at]
        and sum(1 for cell in filled[at] if len(names.words(cell)) == 1) >= VOTE * len(filled[at])
    ]
    if columns.of("surname") and not columns.of("forename") and len(single) == 1:
        columns.roles[single[0]] = "forename"
    elif columns.of("forename") and not columns.of("surname") and len(single) == 1:
        columns.roles[single[0]] = "surname"
    elif len(single) == 2:
        share = [sum(names.normalise(cell) in known for cell in filled[at]) / len(filled[at]) for at in single]
        forename = single[share[1] > share[0]]
        columns.roles[forename] = "forename"
        columns.roles[single[1] if forename == single[0] else single[0]] = "surname"


def _vote(columns: Columns, grid: Grid, filled: list[list[str]]) -> None:
    checkless: list[int] = []
    for at, cells in enumerate(filled):
        count = grid.covering[at]
        certain = next((kind for kind in _CHECKED if count[kind] >= max(3, VOTE * len(cells))), "")
        if certain and columns.roles[at] not in {*_CHECKED, "utr"}:
            columns.roles[at] = certain
        if len(cells) >= _CATEGORY_CELLS:
            columns.refused.update((at, kind) for kind in (*_CHECKED, *_CHECK_LETTERS) if count[kind] < len(cells) / 2)
        if columns.roles[at] not in {"", "other", "local"} or len(cells) < 3:
            continue
        for kind in _VOTERS:
            if count[kind] >= VOTE * len(cells) and (kind != "prison_number" or len(cells) >= 3):
                if columns.roles[at] == "local" and kind in {"nino", "postcode", "phone", "prison_number"}:
                    continue  # a heading says more than a shape
                columns.roles[at] = kind
                if kind == "prison_number":
                    checkless.append(at)
                break
    for at in checkless:
        if not columns.names_somebody and not columns.of("date_of_birth", "pnc_id", "cro_number"):
            columns.roles[at] = ""


def _vote_category(columns: Columns, filled: list[list[str]]) -> None:
    """A column in which two cells in five speak of one category is about it, whatever its heading: `For`, `Problem`."""
    for at, cells in enumerate(filled):
        headed = columns.roles[at].startswith("category:")
        if not (headed or (not columns.roles[at] and len(cells) >= _CATEGORY_CELLS)):
            continue
        sample = cells[:_CATEGORY_SAMPLE]
        found = Counter(
            category for cell in sample for category in {term.category for term in categories.find_terms(cell)}
        )
        for category, count in found.most_common(1):
            if count >= _CATEGORY_VOTE * len(sample) and not (
                headed and found[columns.roles[at].removeprefix("category:")]
            ):
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
    beside = [at for at in (best - 1, best + 1) if at in single and len(set(filled[at])) > min(20, len(filled[at]) / 4)]
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
