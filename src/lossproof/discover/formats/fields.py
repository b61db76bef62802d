"""Whether lines cut at a delimiter are the rows of a table, or sentences that happen to hold as many commas or bars each.

No specification: the cells decide. Fields are short and of one kind down a column, or stand under a heading. Sentences leave
long pieces, pieces with words and numbers mixed, and labels with their values ("Surname: Carter").
"""

from __future__ import annotations

import re
from collections import Counter

from lossproof.discover.formats.page import is_label

_SAMPLE_ROWS, _FEWEST_ROWS, _SAMPLE_CELLS = 100, 5, 5000
_ONE_KIND = 0.8
_MOST_WORDS = 5
_HEADING_CHARACTERS, _HEADING_WORDS = 40, 5

_PAIR = re.compile(r"[^\W\d_][\w .'’/()-]{0,40}:[ \t]*[^\s/\\]")
_WORD = re.compile(r"[^\W\d_][^\W\d_.'’\-&/]*(?:[.'’\-&/][^\W\d_]*)*\.?")
_CODE_LETTERS = re.compile(r"[A-Z]{1,2}")
_IN_DATES = re.compile(
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec|january|february|march|april|june|july|august|september|october|november|"
    r"december|am|pm|utc|gmt|bst)",
    re.IGNORECASE,
)


def are_fields(rows: list[list[str]], delimiter: str, *, promised: bool) -> bool:
    """Whether rows of one width, cut at `delimiter`, look like a table; less is asked where a name promises one."""
    sample = rows[: max(_FEWEST_ROWS, min(_SAMPLE_ROWS, _SAMPLE_CELLS // max(1, len(rows[0]))))]
    if promised and has_heading(sample):
        return True
    kinds = [Counter(kind for cell in column if (kind := _kind(cell))) for column in zip(*sample, strict=True)]
    filled = [column for column in kinds if column]
    running = sum(column["prose"] for column in filled) / max(1, sum(column.total() for column in filled))
    if promised:
        return running <= 0.5
    if len(filled) < 2:
        return False
    if has_heading(sample):
        return True
    values = sum(column["value"] >= _ONE_KIND * column.total() for column in filled)
    words = sum(column["words"] >= _ONE_KIND * column.total() for column in filled)
    if _spaced(sample, delimiter):
        return values > 0 and values + words == len(filled)
    return running < 0.5 and values + words > 0


def has_heading(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: short words without digits, over values or as labels that are well known."""
    first, *rest = rows
    cells = [cell.strip(" \t\"'") for cell in first]
    filled = [cell for cell in cells if cell]
    if len(filled) < 2 or not rest or not all(_may_head(cell) for cell in filled):
        return False
    labels = sum(map(is_label, filled))
    if labels >= 2 and labels > 2 * sum(is_label(cell) for row in rest for cell in row) / len(rest):
        return True
    below = (
        [kind for row in rest if (kind := _kind(row[at]))] for at, cell in enumerate(cells) if _kind(cell) == "words"
    )
    return any(column and column.count("value") >= _ONE_KIND * len(column) for column in below)


def knows_heading(rows: list[list[str]]) -> bool:
    """Whether the first row is of labels that are well known, so that one row under it already makes a table."""
    return bool(rows) and has_heading(rows) and sum(is_label(cell.strip()) for cell in rows[0]) >= 2


def _may_head(cell: str) -> bool:
    short = len(cell) <= _HEADING_CHARACTERS and len(cell.split()) <= _HEADING_WORDS
    return short and sum(map(str.isdigit, cell)) < 3 and not cell.endswith((".", "!", ":")) and not _PAIR.match(cell)


def _kind(cell: str) -> str:
    """`value` (number, date, code), `words` (up to three), `prose` (a sentence, or a label with its value), or `mixed`."""
    text = cell.strip(" \t\"'")
    if not text:
        return ""
    words = text.split()
    if len(words) > _MOST_WORDS or "\t" in text or (len(words) > 3 and text.endswith((".", "!", "?"))):
        return "prose"
    if _PAIR.match(text):
        return "prose"
    plain = [word for word in words if _WORD.fullmatch(word)]
    if len(plain) == len(words) <= 3:
        return "words"
    if len(words) == 1 or all(_CODE_LETTERS.fullmatch(word) or _IN_DATES.fullmatch(word) for word in plain):
        return "value"
    return "mixed"


def _spaced(rows: list[list[str]], delimiter: str) -> bool:
    """Whether the delimiter is followed by a blank, as in writing: machines put none."""
    if delimiter not in ",;":
        return False
    later = [cell for row in rows for cell in row[1:] if cell.strip()]
    return sum(cell[0] == " " for cell in later) >= _ONE_KIND * max(1, len(later))
