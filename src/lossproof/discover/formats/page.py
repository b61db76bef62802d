"""Builds prose and tables from a document's marks, for every format that has paragraphs and tables: DOCX, PPTX, ODT, HTML.

A table that lists things becomes `Rows`. A table that only lays a page out, or pairs labels with values ("Name | Ann Lee"),
stays in the prose, so that what stands together is read together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from lossproof.discover.spans import Prose, Rows, Span

ROWS_AT_ONCE = 2000
CELLS_AT_ONCE = 200_000
_PROSE_CHARACTERS = 4 << 20
_CELL_CHARACTERS = 1 << 20
_DEPTH = 50
_FORM_COLUMNS = 30

_LABEL = re.compile(
    r"(patient|client|prisoner|offender|full|first|last|given|family|maiden)?\W*"
    r"(names?|surname|forenames?|nhs|hospital|chi|nino?|national insurance|pnc|cro|prison|noms|d\.? ?o\.? ?b|date|born|birth|"
    r"address|post ?code|tel|telephone|phone|mobile|e-?mail|contact|gp|consultant|ward|clinic|diagnos[ie]s|allerg\w+|offence|"
    r"sex|gender|age|ref|reference|number|no|id|unit|mrn|next of kin|title|status|result|reason|specialty)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Table:
    """A table whose end has not come yet. `layout` is set once another table that counts stands inside it."""

    name: str
    rows: list[list[str]] = field(default_factory=list)
    cells: int = 0
    row: list[str] | None = None
    cell: list[str] | None = None
    cell_characters: int = 0
    columns: int = 1
    layout: bool = False
    flushed: bool = False


class Page:
    """Takes text and marks in the order of the document; `take` gives the spans that are complete so far."""

    def __init__(self, where: str = "") -> None:
        self._where = where
        self._prose: list[str] = []
        self._characters = 0
        self._tables: list[_Table] = []
        self._deeper = 0
        self._count = 0
        self._done: list[Span] = []

    def text(self, text: str) -> None:
        """Running text."""
        if self._tables and self._tables[-1].cell is not None:
            table = self._tables[-1]
            assert table.cell is not None  # noqa: S101  narrowed above
            if table.cell_characters < _CELL_CHARACTERS:
                table.cell.append(text)
                table.cell_characters += len(text)
                return
        self._prose.append(text)
        self._characters += len(text)
        if self._characters > _PROSE_CHARACTERS:
            self._flush()

    def line(self) -> None:
        """The end of a line or paragraph; several in a row make one blank line at most."""
        cell = self._tables[-1].cell if self._tables else None
        parts = self._prose if cell is None else cell
        if parts and parts[-2:] != ["\n", "\n"]:
            parts.append("\n")

    def table(self) -> None:
        """A table begins; inside a cell, a nested one."""
        if len(self._tables) >= _DEPTH:
            self._deeper += 1
            return
        self._count += 1
        self._tables.append(_Table(f"{self._where} table {self._count}".strip()))

    def row(self) -> None:
        """A row begins, and the one before it ends."""
        if self._tables and not self._deeper:
            self._end_row()
            self._tables[-1].row = []

    def cell(self) -> None:
        """A cell begins, and the one before it ends."""
        if not self._tables or self._deeper:
            return
        table = self._tables[-1]
        self._end_cell()
        if table.row is None:
            table.row = []
        table.cell, table.cell_characters, table.columns = [], 0, 1

    def spanning(self, columns: str) -> None:
        """The cell that is open covers `columns`, as the document writes that number."""
        if self._tables and not self._deeper and columns.isascii() and columns.isdigit() and len(columns) <= 3:
            self._tables[-1].columns = int(columns)

    def end_table(self) -> None:
        """The innermost table ends."""
        if self._deeper:
            self._deeper -= 1
            return
        if not self._tables:
            return
        self._end_row()
        table = self._tables.pop()
        if table.rows and (table.flushed or (not table.layout and _lists_things(table.rows))):
            if self._tables:
                self._tables[-1].layout = True
            self._flush()
            self._done.append(Rows(table.rows, table.name))
        else:
            self.line()
            for line in _written_out(table.rows):
                self.text(line)
                self.line()

    def take(self) -> list[Span]:
        """The spans completed since the last call."""
        done, self._done = self._done, []
        return done

    def end(self) -> list[Span]:
        """Everything that is left: the document is over, whatever is still open."""
        while self._tables:
            self._deeper = 0
            self.end_table()
        self._flush()
        return self.take()

    def _flush(self) -> None:
        text = re.sub(r"[ \t]+\n", "\n", "".join(self._prose)).strip("\n")
        self._prose, self._characters = [], 0
        if text.strip():
            self._done.append(Prose(text + "\n", self._where))

    def _end_cell(self) -> None:
        table = self._tables[-1]
        if table.cell is not None and table.row is not None:
            table.row.append("".join(table.cell).strip())
            table.row.extend([""] * (table.columns - 1))
        table.cell = None

    def _end_row(self) -> None:
        table = self._tables[-1]
        self._end_cell()
        if table.row and any(table.row):
            table.rows.append(table.row)
            table.cells += len(table.row)
        table.row = None
        if len(table.rows) >= ROWS_AT_ONCE or table.cells >= CELLS_AT_ONCE:
            self._flush()
            self._done.append(Rows(table.rows, table.name))
            table.rows, table.cells, table.flushed = [], 0, True


def _lists_things(rows: list[list[str]]) -> bool:
    """Whether a table has one thing a row, rather than a label and its value, or a page's layout."""
    columns, _ = Counter(len(row) for row in rows).most_common(1)[0]
    if columns < 2 or len(rows) < 2:
        return False
    if max(len(cell) for row in rows for cell in row) > 2000:
        return False
    first_column = _is_label_column([row[0] for row in rows])
    if first_column and len(_label_columns(rows)) > 1 and not any(map(_are_labels, rows[0], rows[0][1:])):
        return False
    if sum(is_label(cell) for cell in rows[0]) >= 2 and not _is_label_column([row[0] for row in rows[1:]]):
        return not any(cell.rstrip().endswith(":") for cell in rows[0])
    if first_column:
        return False
    return len(rows) >= 3 and columns >= 3


def is_label(cell: str) -> bool:
    """Whether a cell begins with a word that labels what stands beside or below it: "Surname", "NHS No"."""
    return len(cell) <= 40 and bool(_LABEL.match(cell))


def _are_labels(*cells: str) -> bool:
    return all(is_label(cell) or cell.rstrip().endswith(":") for cell in cells)


def _is_label_column(cells: list[str]) -> bool:
    labels = sum(map(_are_labels, cells))
    return labels >= 2 and labels * 2 >= len(cells)


def _label_columns(rows: list[list[str]]) -> list[int]:
    """The columns of labels in a form, none beside another; none where the table is too wide for a form."""
    found: list[int] = []
    if max(map(len, rows), default=0) > _FORM_COLUMNS:
        return found
    for at, column in enumerate(zip_longest(*rows, fillvalue="")):
        if _is_label_column([cell for cell in column if cell]) and at - 1 not in found:
            found.append(at)
    return found


def _written_out(rows: list[list[str]]) -> Iterator[str]:
    """The lines of a table that stays in the prose: `label: value` for each pair of a form."""
    labels = _label_columns(rows)
    if labels[:1] != [0]:
        yield from map(_as_lines, rows)
        return
    people = _value_columns(rows) if labels == [0] else []
    for at in people:
        yield from (_pair(row[0], row[at : at + 1]) for row in rows)
        yield ""
    for row in rows if not people else ():
        starts = [0, *(at for at in labels[1:] if at < len(row) and row[at])]
        ends = [*starts[1:], len(row)]
        yield from (_pair(row[start], row[start + 1 : end]) for start, end in zip(starts, ends, strict=True))


def _value_columns(rows: list[list[str]]) -> list[int]:
    """The columns of a form filled in side by side for several people; none where a row is one value in pieces."""
    columns = [
        at for at, cells in enumerate(zip_longest(*rows, fillvalue="")) if at and sum(map(bool, cells)) * 2 > len(rows)
    ]
    numbered = [[_has_number(cell) for cell in row[1:] if cell] for row in rows]
    if len(columns) < 2 or not all(all(row) or not any(row) for row in numbered):
        return []
    return columns if any(len(row) > 1 and all(row) for row in numbered) else []


def _has_number(cell: str) -> bool:
    return sum(map(str.isdigit, cell)) >= 4


def _pair(label: str, values: list[str]) -> str:
    """One line of a form; the value may go on over further lines."""
    value = "\t".join(value for value in values if value)
    return f"{label.rstrip(' :')}: {value}" if value and label else label + value


def _as_lines(row: list[str]) -> str:
    """A row of a layout table: `label: value` for each pair, on one line where the cells are short."""
    cells = [cell for cell in row if cell]
    if any("\n" in cell or len(cell) > 200 for cell in cells):
        return "\n".join(cells)
    text = ""
    for cell in cells:
        text += cell + (" " if cell.endswith(":") else ": " if is_label(cell) else "\t")
    return text.rstrip(" \t:")
