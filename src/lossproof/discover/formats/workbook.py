"""Workbooks, XLSX (ECMA-376 part 1, SpreadsheetML): every sheet, hidden ones too, read as a stream.

Read here and not by python-calamine, which first lays a sheet out as a full rectangle: one stray cell in the last corner of a
sheet makes that 17 thousand million cells. A stream costs the cells that are there, whatever the sheet says of its size.

Also read, as prose: comments, text boxes, headers and footers, shared strings that no cell uses any more, and the copies of
other data that pivot tables and links to other workbooks keep, and the properties. Left out: formulas and charts.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from lossproof.block.source import Source
from lossproof.discover.formats import package
from lossproof.discover.formats.cells import Grid, number_text
from lossproof.discover.formats.office_text import part_spans
from lossproof.discover.formats.properties import package_properties
from lossproof.discover.formats.reasons import unsupported
from lossproof.discover.spans import Prose, Rows, Span
from lossproof.errors import FormatError

SUFFIXES = (".xlsx", ".xlsm", ".xltx", ".xltm")
MAGIC = package.MAGIC
CERTAINTY = 4

_BOOK = "xl/workbook.xml"
_STRINGS = "xl/sharedStrings.xml"
_STRING_CHARACTERS = 64 << 20
_LAST_COLUMN = 16_384
_COPIES = ("xl/pivotCache/", "xl/externalLinks/")
_NOTES = ("xl/comments", "xl/threadedComments/", "xl/drawings/drawing")

_REFERENCE = re.compile(r"([A-Za-z]{1,3})[0-9]{1,7}\Z")


def detect(source: Source, name: str) -> bool:  # noqa: ARG001  one signature for every format
    """Whether the package has a workbook in XML."""
    return _BOOK in package.names(source)


def texts(source: Source) -> Iterator[Span]:
    """The rows of each sheet, then what stands beside them. Raises `FormatError` where the package cannot be read."""
    document = package.Package(source, "workbook")
    book = _Book(document)
    for name, part in book.sheets():
        yield from package.attempt(name, _sheet(document, part, name, book))
    yield from book.unused_strings()
    for prefix in _NOTES:
        for part in document.names(prefix):
            where = part.rpartition("/")[2].removesuffix(".xml")
            yield from package.attempt(where, part_spans(document, part, where))
    for prefix in _COPIES:
        for part in document.names(prefix):
            yield from package.attempt(part, _copies(document, part))
    yield from package_properties(document)
    yield from document.embedded("xl/embeddings/", "xl/media/")


class _Book:
    """What the cells of every sheet refer to: shared strings, number formats, the date system."""

    def __init__(self, document: package.Package) -> None:
        self._document = document
        self.strings: list[str] = []
        self.used = bytearray()
        self.formats: list[str] = []
        self.since_1904 = False
        if _STRINGS in document:
            self._read_strings()
        if "xl/styles.xml" in document:
            self._read_formats()

    def sheets(self) -> list[tuple[str, str]]:
        """(name, part) of every sheet in the book's order; then parts that the book does not name."""
        listed: list[tuple[str, str]] = []
        targets = self._targets()

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "sheet":
                identifier = next((value for key, value in attributes.items() if key.endswith(":id")), "")
                listed.append((attributes.get("name", ""), targets.get(identifier, "")))
            elif tag == "workbookPr":
                self.since_1904 = attributes.get("date1904") in ("1", "true")

        _drain(self._document, _BOOK, start)
        listed = [(name, part) for name, part in listed if part in self._document]
        known = {part for _, part in listed}
        rest = [part for part in self._document.names("xl/worksheets/sheet") if part not in known]
        return listed + [(part.rpartition("/")[2], part) for part in rest]

    def string(self, index: str) -> str:
        """A shared string by its number as the cell writes it; empty when there is none."""
        if not index.isdigit() or len(index) > 9 or int(index) >= len(self.strings):
            return ""
        self.used[int(index)] = 1
        return self.strings[int(index)]

    def unused_strings(self) -> Iterator[Span]:
        """Strings that stand in the file and in no cell: what was deleted from it, or is in a sheet that was not read."""
        left = [text for text, used in zip(self.strings, self.used, strict=True) if not used and text.strip()]
        for first in range(0, len(left), 10_000):
            yield Prose("\n".join(left[first : first + 10_000]) + "\n", "text in no cell")

    def format(self, style: str) -> str:
        """The number format of a cell's style, as its code."""
        return self.formats[int(style)] if style.isdigit() and len(style) < 9 and int(style) < len(self.formats) else ""

    def _targets(self) -> dict[str, str]:
        targets: dict[str, str] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship":
                target = attributes.get("Target", "")
                targets[attributes.get("Id", "")] = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")

        if "xl/_rels/workbook.xml.rels" in self._document:
            _drain(self._document, "xl/_rels/workbook.xml.rels", start)
        return targets

    def _read_strings(self) -> None:
        parts: list[str] = []
        characters = 0
        inside = phonetic = False

        def start(tag: str, _: dict[str, str]) -> None:
            nonlocal inside, phonetic
            inside = tag == "t"
            phonetic = phonetic or tag == "rPh"

        def end(tag: str) -> None:
            nonlocal inside, phonetic
            inside = False
            if tag == "rPh":
                phonetic = False
            elif tag == "si":
                self.strings.append("".join(parts))
                parts.clear()

        def text(text: str) -> None:
            nonlocal characters
            if inside and not phonetic:
                characters += len(text)
                if characters > _STRING_CHARACTERS:
                    raise unsupported("too_large", "a workbook with more than 64 Mi characters of text")
                parts.append(text)

        for _ in self._document.parse(_STRINGS, start, end, text):
            if len(self.strings) > _STRING_CHARACTERS // 16:
                raise unsupported("too_large", "a workbook with more than four million strings")
        self.used = bytearray(len(self.strings))

    def _read_formats(self) -> None:
        codes: dict[str, str] = {}
        inside = False

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal inside
            if tag == "numFmt":
                codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            elif tag == "cellXfs":
                inside = True
            elif tag == "xf" and inside:
                number = attributes.get("numFmtId", "0")
                self.formats.append(codes.get(number, f"#{number}"))

        def end(tag: str) -> None:
            nonlocal inside
            inside = inside and tag != "cellXfs"

        for _ in self._document.parse("xl/styles.xml", start, end, lambda _: None):
            pass


class _Cells:
    """The cells of one sheet, told as elements."""

    def __init__(self, grid: Grid, book: _Book) -> None:
        self.notes: list[str] = []
        self._grid = grid
        self._book = book
        self._attributes: dict[str, str] = {}
        self._column = 0
        self._kind = ""
        self._parts: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._attributes = attributes
            reference = _REFERENCE.match(attributes.get("r", ""))
            self._column = _column(reference[1]) if reference else self._column + 1
            self._parts.clear()
        elif tag in ("v", "t"):
            self._kind = "value"
        elif tag.endswith(("Header", "Footer")):
            self._kind = "note"
        elif tag == "row":
            self._column = 0

    def end(self, tag: str) -> None:
        if self._kind and tag in ("v", "t"):
            self._kind = ""
        elif tag == "c" and self._parts:
            if self._column <= _LAST_COLUMN:
                self._grid.cell(self._column - 1, self._value("".join(self._parts)))
            self._parts.clear()
        elif tag == "row":
            self._grid.end_row()
        elif self._kind == "note":
            self._kind = ""

    def text(self, text: str) -> None:
        if self._kind == "value":
            self._parts.append(text)
        elif self._kind == "note":
            self.notes.append(text)

    def _value(self, text: str) -> str:
        kind = self._attributes.get("t", "n")
        if kind == "s":
            return self._book.string(text)
        if kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        if kind == "n":
            return number_text(text, self._book.format(self._attributes.get("s", "")), since_1904=self._book.since_1904)
        return text


def _sheet(document: package.Package, part: str, name: str, book: _Book) -> Iterator[Span]:
    grid = Grid()
    cells = _Cells(grid, book)
    try:
        for _ in document.parse(part, cells.start, cells.end, cells.text):
            for rows in grid.take():
                yield Rows(rows, name)
    except FormatError:
        for rows in grid.end():
            yield Rows(rows, name)
        raise
    for rows in grid.end():
        yield Rows(rows, name)
    if cells.notes:
        yield Prose("\n".join(cells.notes) + "\n", f"{name}, header and footer")


def _copies(document: package.Package, part: str) -> Iterator[Span]:
    """The values that a pivot table or a link keeps of data that stand elsewhere: `v` attributes and `v` elements."""
    values: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "s" and "v" in attributes:
            values.append(attributes["v"])
        elif tag in ("r", "row"):
            values.append("\n")

    for _ in document.parse(part, start, lambda _: None, lambda text: values.append(text) if text.strip() else None):
        if len(values) > 10_000:
            yield Prose("\t".join(values) + "\n", part)
            values.clear()
    if any(value.strip() for value in values):
        yield Prose("\t".join(values) + "\n", part)


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _drain(document: package.Package, part: str, start: Callable[[str, dict[str, str]], None]) -> None:
    for _ in document.parse(part, start, lambda _: None, lambda _: None):
        pass
