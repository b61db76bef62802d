"""OpenDocument 1.3 texts, sheets and presentations (ODT, ODS, ODP): content, comments, headers, footers and properties.

Cells repeated in a row are read as often as they are said to be, within the widest sheet; a repeated row is read once.
Left out: formulas, charts, and tracked deletions' authorship. Encrypted ones need their password.
"""

from __future__ import annotations

from collections.abc import Iterator

from lossproof.block.source import Source
from lossproof.discover.formats import package
from lossproof.discover.formats.cells import Grid, number_text
from lossproof.discover.formats.page import Page
from lossproof.discover.formats.properties import package_properties
from lossproof.discover.formats.reasons import locked
from lossproof.discover.spans import Rows, Span
from lossproof.errors import FormatError

SUFFIXES = (".odt", ".ods", ".odp", ".ott", ".ots")
MAGIC = package.MAGIC
CERTAINTY = 4

_CONTENT = "content.xml"
_LAST_COLUMN = 16_384


def detect(source: Source, name: str) -> bool:  # noqa: ARG001  one signature for every format
    """Whether the package has content and the manifest of an OpenDocument."""
    return {_CONTENT, "META-INF/manifest.xml"} <= package.names(source)


def texts(source: Source) -> Iterator[Span]:
    """Sheets as rows, the rest as prose and rows. Raises `KeyRequiredError` where the content is encrypted."""
    document = package.Package(source, "OpenDocument file")
    if b"encryption-data" in b"".join(document.pieces("META-INF/manifest.xml")):
        raise locked("an OpenDocument file that needs a password")
    yield from _part(document, _CONTENT, "")
    if "styles.xml" in document:
        yield from package.attempt("styles", _part(document, "styles.xml", "header and footer"))
    yield from package_properties(document)
    yield from document.embedded("Pictures/")


def _part(document: package.Package, part: str, where: str) -> Iterator[Span]:
    marks = _Marks(where)
    try:
        for _ in document.parse(part, marks.start, marks.end, marks.text):
            yield from marks.take()
    except FormatError:
        yield from marks.finish()
        raise
    yield from marks.finish()


class _Marks:
    """What the elements of a part mean: cells in a spreadsheet, text and tables elsewhere."""

    def __init__(self, where: str) -> None:
        self._page = Page(where)
        self._sheet = ""
        self._in_sheets = False
        self._grid = Grid()
        self._column = 0
        self._cell: dict[str, str] | None = None
        self._parts: list[str] = []
        self._note = 0
        self._paragraph = 0
        self._done: list[Span] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "spreadsheet":
            self._in_sheets = True
        elif tag == "annotation":
            self._note += 1
            self._page.line()
        elif tag in ("p", "h"):
            self._paragraph += 1
        elif tag in ("tab", "s", "line-break"):
            self.text({"tab": "\t", "s": " ", "line-break": "\n"}[tag])
        elif self._in_sheets:
            self._start_in_sheet(tag, attributes)
        elif tag == "table":
            self._page.table()
        elif tag == "table-row":
            self._page.row()
        elif tag in ("table-cell", "covered-table-cell"):
            self._page.cell()

    def end(self, tag: str) -> None:
        if tag == "annotation":
            self._note -= 1
            self._page.line()
        elif tag in ("p", "h"):
            self._paragraph -= 1
            if self._cell is None or self._note:
                self._page.line()
            else:
                self._parts.append("\n")
        elif self._in_sheets:
            self._end_in_sheet(tag)
        elif tag == "table":
            self._page.end_table()

    def text(self, text: str) -> None:
        if not self._paragraph:
            return
        if self._cell is not None and not self._note:
            self._parts.append(text)
        else:
            self._page.text(text)

    def take(self) -> list[Span]:
        """The spans completed since the last call."""
        self._done.extend(Rows(rows, self._sheet) for rows in self._grid.take())
        done, self._done = self._done, []
        return done + self._page.take()

    def finish(self) -> list[Span]:
        """Everything that is left."""
        self._done.extend(Rows(rows, self._sheet) for rows in self._grid.end())
        return self.take() + self._page.end()

    def _start_in_sheet(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table":
            self._done.extend(Rows(rows, self._sheet) for rows in self._grid.end())
            self._sheet = attributes.get("table:name", "")
        elif tag == "table-row":
            self._column = 0
        elif tag in ("table-cell", "covered-table-cell"):
            self._cell = attributes
            self._parts.clear()

    def _end_in_sheet(self, tag: str) -> None:
        if tag == "table-row":
            self._grid.end_row()
        elif tag in ("table-cell", "covered-table-cell") and self._cell is not None:
            value = _value(self._cell, "".join(self._parts).strip())
            times = self._cell.get("table:number-columns-repeated", "1")
            end = self._column + (int(times) if times.isascii() and times.isdigit() and len(times) < 9 else 1)
            if value:
                for column in range(self._column, min(end, _LAST_COLUMN)):
                    self._grid.cell(column, value)
            self._column = end
            self._cell = None
        elif tag == "spreadsheet":
            self._in_sheets = False


def _value(cell: dict[str, str], shown: str) -> str:
    """A cell as text: its date in ISO 8601; its number, unless what is shown is the same with leading zeros."""
    kind = cell.get("office:value-type", "string")
    if kind == "date":
        return cell.get("office:date-value", shown).removesuffix("T00:00:00")
    if kind == "float":
        value = number_text(cell.get("office:value", ""))
        digits = "".join(character for character in shown if character.isdigit())
        return shown if digits.lstrip("0") == value else value or shown
    return shown
