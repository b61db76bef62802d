"""How running text stands on its lines: which line ends are only where the paper ended, and what is a table or a sheet of labels.

Documents made for paper, and mail, break their lines anywhere: inside a number, a date, a name. `without_tables` takes out what
is laid out in columns; `flowing` then gives the rest with such line ends taken away, and keeps those that mean something, in
lists, forms and address blocks. Left out: lines of less than 40 characters, and words that are hyphenated at a line end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from lossproof.discover import engine, headings
from lossproof.discover.findings import Findings
from lossproof.discover.tables import TableReader
from lossproof.errors import FormatError

_FIELDS = re.compile(r"\s{2,}|\s*[|\t]\s*")
_FILLED_IN = re.compile(r"_{2,}")
_RULE = re.compile(r"^[\s|+=:_-]*$")
_LABELLED_CELL = re.compile(r"[:=]\s*[^\s|]")
# What could go on over a line end: a number, a date, or a name. Most lines begin with none of them.
_GOES_ON = re.compile(r"\n[ \t]?(?=[A-Z0-9(\u00c0-\u00de])")
_BEGINS_ANEW = re.compile(r"[-*•(\[]?(?:\d{1,3}[.)][ \t]|[^\W\d_][\w /.'’()-]{0,30}:|\d{1,2}[/.:]\d{1,2}\b|Dear\b)")
_ENDS_HERE = re.compile(r"[^\W\d_]{4,}\.$|[!?:;]$|\d{2,}\.$")
_SHORTEST_LINE = 40
_SHORTEST_FIXED_LINE = 60
_PROSE_WORDS, _PROSE_SHARE = 4, 0.4
"""A line of running text has so many words that begin with a small letter, and such a share of them."""


def flowing(text: str) -> str:
    """The text with spaces for the line ends inside its paragraphs, and without the marks of filled-in forms."""
    if "__" in text:
        text = _FILLED_IN.sub(lambda blank: " " * len(blank.group()), text)
    if "\u25a0" in text:  # what some writers of PDF leave where a tab stood
        text = text.replace("\u25a0", "\t")
    if "\n" not in text:
        return text
    text = _without_fixed_ends(text)
    parts: list[str] = []
    done = 0
    for mark in _GOES_ON.finditer(text):
        if _inside_paragraph(text, mark.start(), mark.end()):
            parts += (text[done : mark.start()], " ")
            done = mark.end()
    return "".join(parts) + text[done:] if parts else text


def _inside_paragraph(text: str, end: int, after: int) -> bool:
    """Whether the line that ends at `end` goes on at `after`: it is prose, and the next word had no room on it."""
    start = text.rfind("\n", 0, end) + 1
    line = text[start:end].rstrip()
    if len(line) < _SHORTEST_LINE or not _is_prose(line) or _ENDS_HERE.search(line) or _BEGINS_ANEW.match(text, after):
        return False
    next_end = text.find("\n", after)
    following = text[after : next_end if next_end >= 0 else len(text)]
    if line.lstrip()[:1].isdigit() and following[:1].isdigit():
        return False  # a list of numbered lines
    before = text[text.rfind("\n", 0, start - 1) + 1 : start - 1] if start else ""
    return len(line) + 1 + len(following.split(None, 1)[0]) > max(len(before), len(following))


def _is_prose(line: str) -> bool:
    words = line.split()
    small = sum(1 for word in words if word[0].islower())
    return small >= _PROSE_WORDS and small >= _PROSE_SHARE * len(words)


def _without_fixed_ends(text: str) -> str:
    """Text that was cut into lines of one length, also inside words, with those cuts mended."""
    lines = text.split("\n")
    lengths = Counter(map(len, lines))
    width = max(lengths)
    nearly = sum(count for length, count in lengths.items() if length > width - 5)
    if width < _SHORTEST_FIXED_LINE or lengths[width] < 3 or lengths[width] < 0.6 * nearly:
        return text
    whole: list[str] = []
    cut = False
    for line in lines:
        if cut and line.strip():
            whole[-1] += line
        else:
            whole.append(line)
        cut = len(line) == width and not line.endswith("  ") and _is_prose(line)
    return "\n".join(whole)


def without_tables(text: str, source: str, findings: Findings) -> str:
    """Read groups of lines that are laid out in columns as tables; the text that is left, with blank lines in their place."""
    if "  " not in text and "\t" not in text and "|" not in text:
        return text
    lines = text.split("\n")
    fields = [len(_FIELDS.split(line.strip())) if line.strip() else 0 for line in lines]
    at = 0
    while at < len(lines):
        end = _alike(fields, at, 3)
        rows = [_FIELDS.split(line.strip()) for line in lines[at:end]]
        if end - at >= 2 and _is_table(rows):
            kept = [row for row, line in zip(rows, lines[at:end], strict=True) if not _RULE.match(line)]
            TableReader(source).read(kept, findings)
            lines[at:end] = [""] * (end - at)
        elif fields[at] >= 2 and (below := _alike(fields, at, fields[at])) - at >= 3:
            rows = [_FIELDS.split(line.strip()) for line in lines[at:below]]
            if _is_sheet_of_labels(rows):
                lines[at] = "\n" + "\n\n".join("\n".join(column) for column in zip(*rows, strict=True)) + "\n"
                lines[at + 1 : below] = [""] * (below - at - 1)
            end = max(end, below)
        at = max(end, at + 1)
    return "\n".join(lines)


def _alike(fields: Sequence[int], at: int, least: int) -> int:
    """The end of the lines from `at` on that have about as many fields, and at least so many."""
    end = at
    slack = 1 if least == 3 else 0
    while end < len(fields) and fields[end] >= least and abs(fields[end] - fields[at]) <= slack:
        end += 1
    return end


def _is_table(rows: Sequence[Sequence[str]]) -> bool:
    """Whether lines in columns are a table: four with a heading, or fewer where every column has one that is known."""
    head = [cell for cell in rows[0] if cell]
    if len(rows[0]) < 3 or any(_LABELLED_CELL.search(cell) for cell in rows[0]):
        return False
    known = sum(1 for cell in head if headings.role(cell))
    return known > 0 if len(rows) >= 4 else known == len(head)


def _is_sheet_of_labels(rows: Sequence[Sequence[str]]) -> bool:
    """Whether addresses stand side by side: a line of nothing but postcodes."""
    return any(all(_is_postcode(cell) for cell in row) for row in rows)


def _is_postcode(cell: str) -> bool:
    if not 6 <= len(cell) <= 8 or " " not in cell:
        return False
    try:
        engine.validate("postcode", cell)
    except FormatError:
        return False
    return True
