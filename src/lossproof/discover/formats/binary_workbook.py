"""Workbooks in binary: XLS (MS-XLS, BIFF2 to BIFF8) and XLSB (MS-XLSB), read by python-calamine.

calamine lays a sheet out as a full rectangle, so the records are walked first for the last row and column that they name.
Left out: comments and text boxes, charts and macros.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterator

import python_calamine as calamine

from lossproof.block.source import Source
from lossproof.discover.formats import package
from lossproof.discover.formats.cells import Grid, number_text
from lossproof.discover.formats.ole2 import MAGIC as COMPOUND
from lossproof.discover.formats.ole2 import CompoundFile
from lossproof.discover.formats.reader import WHOLE_BYTES, open_file
from lossproof.discover.formats.reasons import damaged, locked, unsupported
from lossproof.discover.spans import Rows, Span, Unread
from lossproof.errors import LossproofError

SUFFIXES = (".xls", ".xlt", ".xlsb")
MAGIC = (*COMPOUND, *package.MAGIC)
CERTAINTY = 4

_CELLS = 4_000_000
"""A sheet laid out as more cells than this is not read: at 24 bytes and more a cell, it would not fit in a worker."""

_STREAMS = ("Workbook", "Book")
_FILE_PASS = 0x2F
_CELL_RECORDS = frozenset(
    {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x7E, 0xD6, 0xFD, 0x201, 0x203, 0x204, 0x205, 0x206, 0x406}
)
_MULTIPLE = frozenset({0xBD, 0xBE})


def detect(source: Source, name: str) -> bool:  # noqa: ARG001  one signature for every format
    """Whether there is a workbook's stream in a compound file, or a binary one in a package."""
    if not source.read_at(0, 8).startswith(COMPOUND):
        return "xl/workbook.bin" in package.names(source)
    try:
        return any(stream in CompoundFile(source).streams for stream in _STREAMS)
    except LossproofError:
        return False


def texts(source: Source) -> Iterator[Span]:
    """The rows of every sheet, hidden ones too. Raises `KeyRequiredError` where the workbook needs a password."""
    if source.size_bytes > WHOLE_BYTES:
        raise unsupported("too_large", "a binary workbook of more than 64 MiB")
    if source.read_at(0, 8).startswith(COMPOUND):
        _check_xls(CompoundFile(source))
    else:
        _check_xlsb(package.Package(source, "workbook"))
    book = _opened(source)
    if not book.sheets_metadata:
        raise damaged("a workbook without a sheet")
    for sheet in book.sheets_metadata:
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet:
            yield from _sheet(book, sheet.name)


def _opened(source: Source) -> calamine.CalamineWorkbook:
    try:
        return calamine.CalamineWorkbook.from_filelike(open_file(source))
    except calamine.PasswordError:
        raise locked("a workbook that needs a password") from None
    except BaseException as error:
        _refuse(error)
        raise


def _sheet(book: calamine.CalamineWorkbook, name: str) -> Iterator[Span]:
    grid = Grid()
    try:
        sheet = book.get_sheet_by_name(name)
        for row in sheet.iter_rows():
            for column, value in enumerate(row):
                grid.cell(column, _text(value))
            grid.end_row()
    except BaseException as error:  # noqa: BLE001  a panic in the reader is no `Exception`; anything else goes on
        _refuse(error, quiet=True)
        yield Unread(name, "damaged", "a sheet that could not be read")
    for rows in grid.end():
        yield Rows(rows, name)


def _refuse(error: BaseException, *, quiet: bool = False) -> None:
    """Raise `FormatError` for what calamine raises, a Rust panic included, and let what is not its own go on."""
    known = isinstance(error, (calamine.CalamineError, OSError, ValueError, TypeError, OverflowError))
    if not known and type(error).__name__ != "PanicException":
        raise error
    if not quiet:
        raise damaged("a damaged workbook") from None


def _text(value: object) -> str:
    """A cell's value as text."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number_text(repr(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.replace(microsecond=0).isoformat()
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)


def _check_xls(container: CompoundFile) -> None:
    """Raise for a password, and for a sheet whose rectangle would not fit. Each sheet begins anew at a BOF record."""
    raw = container.read(next(stream for stream in _STREAMS if stream in container.streams))
    position = rows = columns = 0
    while position + 4 <= len(raw):
        kind, size = struct.unpack_from("<HH", raw, position)
        body = position + 4
        if kind == _FILE_PASS:
            raise locked("a workbook that needs a password")
        if kind & 0xFF == 0x09:
            rows = columns = 0
        elif kind in _CELL_RECORDS and size >= 4 and body + size <= len(raw):
            row, column = struct.unpack_from("<HH", raw, body)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
        elif kind in _MULTIPLE and size >= 6 and body + size <= len(raw):
            rows = max(rows, struct.unpack_from("<H", raw, body)[0] + 1)
            columns = max(columns, struct.unpack_from("<H", raw, body + size - 2)[0] + 1)
        if rows * columns > _CELLS:
            raise unsupported("too_large", "a sheet with cells so far apart that it cannot be laid out")
        position = body + size


def _check_xlsb(document: package.Package) -> None:
    for part in document.names("xl/worksheets/", ".bin"):
        rows = columns = 0
        for kind, body in _records(b"".join(document.pieces(part))):
            if kind == 0 and len(body) >= 4:
                rows = max(rows, struct.unpack_from("<I", body)[0] + 1)
            elif 1 <= kind <= 11 and len(body) >= 4:
                columns = max(columns, struct.unpack_from("<I", body)[0] + 1)
            if rows * columns > _CELLS:
                raise unsupported("too_large", "a sheet with cells so far apart that it cannot be laid out")


def _records(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, body) of the records of a binary part: both numbers stand in seven bits a byte, least significant first."""
    position = 0
    while position < len(raw):
        kind, size = raw[position], 0
        position += 1
        if kind & 0x80 and position < len(raw):
            kind = kind & 0x7F | raw[position] << 7
            position += 1
        for shift in (0, 7, 14, 21):
            if position >= len(raw):
                raise damaged("a record without a size in a workbook")
            byte = raw[position]
            position += 1
            size |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        yield kind, raw[position : position + size]
        position += size
