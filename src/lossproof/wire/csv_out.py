"""CSV as we write it: RFC 4180, UTF-8 with a byte order mark, and no cell that a spreadsheet would run as a formula.

A cell that begins with `=`, `+`, `-`, `@`, a tab or a line end is written with an apostrophe before it, which Excel, LibreOffice
and Google Sheets take for "this is text" (OWASP, CSV Injection). `unquoted` takes it away again, so that a list which we wrote
and somebody corrected reads as it was.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What begins a formula, the full-width forms that some spreadsheets take for the same among them."""


def quoted(cell: str) -> str:
    """`cell` as text for a spreadsheet: with an apostrophe where it could be a formula, or begins with one of ours."""
    return f"'{cell}" if _begins_formula(cell.removeprefix("'")) else cell


def unquoted(cell: str) -> str:
    """What `quoted` made of a cell, as it was."""
    return cell[1:] if cell.startswith("'") and _begins_formula(cell[1:].removeprefix("'")) else cell


def _begins_formula(cell: str) -> bool:
    # A blank before it does not stop every spreadsheet.
    return cell.startswith(_FORMULA) or cell.lstrip(" ").startswith(_FORMULA)


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The file line by line, its heading first, each with its end: rows are written as they come, in bounded memory."""
    yield MARK + _line(headings)
    for row in rows:
        yield _line(row)


def csv_text(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The whole file."""
    return "".join(csv_lines(headings, rows))


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([quoted(cell) for cell in cells])
    return line.getvalue()
