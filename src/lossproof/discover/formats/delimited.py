"""Delimited text (RFC 4180 and what people really make): commas, semicolons, tabs or bars; found by consistent rows whose
cells are fields (`fields`).

Left out: single quotes as quoting, and columns of fixed width, which are read as plain text.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, deque
from collections.abc import Iterator

from lossproof.block.source import Source
from lossproof.discover.formats import fields, text
from lossproof.discover.formats.page import CELLS_AT_ONCE, ROWS_AT_ONCE
from lossproof.discover.spans import Prose, Rows, Span

SUFFIXES = (".csv", ".tsv", ".tab", ".psv")
MAGIC: tuple[bytes, ...] = ()
CERTAINTY = 1

_DELIMITERS = "\t;|,"
_PREAMBLE_LINES = 10
_FIELD_LINES = 100
_STRAYS = 20
_FEW_LINES = 20
_LINE_CHARACTERS = 1 << 20

csv.field_size_limit(2 * text.HEAD_BYTES * _FIELD_LINES)


def detect(source: Source, name: str) -> bool:
    """Whether the first 64 KiB are consistent rows of at least two columns, and not sentences."""
    return text.is_text(source) and bool(_delimiter(source, promised=name.lower().endswith(SUFFIXES)))


def texts(source: Source) -> Iterator[Span]:
    """`Rows` of about 2,000; a line of more than a million characters comes as `Prose`."""
    delimiter = _delimiter(source, promised=False) or _delimiter(source, promised=True) or ","
    rows: list[list[str]] = []
    cells = 0
    for row in parse(text.lines(source), delimiter):
        if isinstance(row, str):
            yield Prose(row + "\n")
            continue
        rows.append(row)
        cells += len(row)
        if len(rows) >= ROWS_AT_ONCE or cells >= CELLS_AT_ONCE:
            yield Rows(rows)
            rows, cells = [], 0
    if rows:
        yield Rows(rows)


def parse(lines: Iterator[str], delimiter: str) -> Iterator[list[str] | str]:
    """Rows of cells; blank lines are skipped, and a line too long to be a row comes as it is.

    A quote that is not closed within a hundred lines is taken as a character and not as the start of a field, so that one
    stray quote does not swallow the rest of a file. After twenty of those a quoted field must end on its line.
    """
    queue: deque[str] = deque()
    strays = 0
    while True:
        line = queue.popleft() if queue else next(lines, None)
        if line is None:
            return
        if len(line) > _LINE_CHARACTERS:
            yield line
        elif '"' in line:
            row = _quoted(line, lines, queue, delimiter, _FIELD_LINES if strays < _STRAYS else 1)
            strays += row is None
            yield line.split(delimiter) if row is None else row
        elif line and not line.isspace():
            yield line.split(delimiter)


def _quoted(line: str, lines: Iterator[str], queue: deque[str], delimiter: str, limit: int) -> list[str] | None:
    """The row that begins with `line`, which may need up to `limit` lines; None when its quote is a stray one."""
    taken = [line]
    row = _one_row(taken, delimiter)
    while row is None and len(taken) < limit:
        following = queue.popleft() if queue else next(lines, None)
        if following is None:
            break
        taken.append(following)
        if '"' in following:
            row = _one_row(taken, delimiter)
    if row is None:
        queue.extendleft(reversed(taken[1:]))
    return row


def _one_row(lines: list[str], delimiter: str) -> list[str] | None:
    """The row that these lines make together, or None when a quoted field is still open at their end."""
    joined = "\n".join(lines)
    try:
        # A second record after the first would show that the field was closed earlier: the marker tells.
        rows = list(csv.reader(io.StringIO(joined + "\n\x01"), delimiter=delimiter))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 2 and rows[1] == ["\x01"] else None


def _delimiter(source: Source, *, promised: bool) -> str:
    """The delimiter of a source's table, or nothing. Less is asked of a file whose name promises a table."""
    head, seen_bytes = text.head_text(source), text.HEAD_BYTES
    if source.size_bytes > seen_bytes and head.count("\n") < _FEW_LINES:
        head, seen_bytes = text.head_text(source, _LINE_CHARACTERS), _LINE_CHARACTERS
    if source.size_bytes > seen_bytes:
        head = head[: head.rfind("\n") + 1] or head
    lines = [line for line in head.split("\n") if line.strip()]
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) == 5:
        return lines[0][4]
    scores = {delimiter: _score(lines, delimiter, promised=promised) for delimiter in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > 0 else ""


def _score(lines: list[str], delimiter: str, *, promised: bool) -> float:
    """How much the lines look like a table with this delimiter: columns times consistency; 0 is not at all."""
    rows = [row for row in parse(iter(lines), delimiter) if not isinstance(row, str)]
    best = 0.0
    for start in range(min(_PREAMBLE_LINES, len(rows)) + 1):
        body = rows[start:]
        if len(body) < 2 or len(body[0]) < 2:
            continue
        columns, same = Counter(map(len, body)).most_common(1)[0]
        share = same / len(body)
        if columns < 2 or len(body[0]) < columns / 2 or columns * share <= best:
            continue
        alike = [row for row in body if len(row) == columns]
        if promised:
            enough = share >= 0.5
        else:
            prone = delimiter == "," and columns == 2
            enough = share >= (0.95 if prone else 0.8) and start <= len(rows) // 2
            enough = enough and (len(body) >= (3 if columns > 2 else 4) or fields.knows_heading(alike))
        if enough and fields.are_fields(alike, delimiter, promised=promised):
            best = columns * share
    return best
