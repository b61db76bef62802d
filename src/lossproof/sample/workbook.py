"""Spreadsheets as a hospital's office program writes them.

Specification: ECMA-376 Part 1, SpreadsheetML (18.2 workbook, 18.3 worksheets, 18.4 shared strings, 18.8 styles), Part 2
(package). Left out: formulas, formats other than the short date, document properties.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from xml.sax.saxutils import escape

from lossproof.sample.archive import zipped

Cell = str | int | float | date | None
_EPOCH = date(1899, 12, 30)  # day 0 of a serial date after February 1900, ECMA-376 Part 1, 18.17.4.1
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CONTENT = "http://schemas.openxmlformats.org/package/2006/content-types"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="2">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


class Sheet(NamedTuple):
    """One worksheet: rows of cells, a date as a serial number in the short date format, a number as a number."""

    name: str
    rows: Sequence[Sequence[Cell]]
    hidden: bool = False


def workbook(sheets: Sequence[Sheet], written_at: datetime) -> bytes:
    """An XLSX file. A sheet's name is at most 31 characters without `[]:*?/\\`; dates are after February 1900."""
    strings: dict[str, int] = {}
    bodies = [_worksheet(sheet, strings) for sheet in sheets]
    numbers = range(1, len(sheets) + 1)
    shared = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings)
    return zipped(
        [
            ("[Content_Types].xml", _content_types(numbers).encode()),
            ("_rels/.rels", _relations([("rId1", "officeDocument", "xl/workbook.xml")]).encode()),
            ("xl/workbook.xml", _book(sheets).encode()),
            (
                "xl/_rels/workbook.xml.rels",
                _relations(
                    [
                        *((f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in numbers),
                        (f"rId{len(sheets) + 1}", "styles", "styles.xml"),
                        (f"rId{len(sheets) + 2}", "sharedStrings", "sharedStrings.xml"),
                    ]
                ).encode(),
            ),
            ("xl/styles.xml", _STYLES.encode()),
            (
                "xl/sharedStrings.xml",
                f'{_HEAD}<sst xmlns="{_MAIN}" uniqueCount="{len(strings)}">{shared}</sst>'.encode(),
            ),
            *(
                (f"xl/worksheets/sheet{number}.xml", body.encode())
                for number, body in zip(numbers, bodies, strict=True)
            ),
        ],
        written_at,
    )


def _worksheet(sheet: Sheet, strings: dict[str, int]) -> str:
    rows = []
    for index, row in enumerate(sheet.rows, 1):
        cells = "".join(_cell(f"{chr(65 + column)}{index}", cell, strings) for column, cell in enumerate(row))
        rows.append(f'<row r="{index}">{cells}</row>')
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{"".join(rows)}</sheetData></worksheet>'


def _cell(place: str, cell: Cell, strings: dict[str, int]) -> str:
    if cell is None or cell == "":
        return ""
    if isinstance(cell, str):
        return f'<c r="{place}" t="s"><v>{strings.setdefault(cell, len(strings))}</v></c>'
    if isinstance(cell, date):
        return f'<c r="{place}" s="1"><v>{(cell - _EPOCH).days}</v></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'


def _content_types(numbers: range) -> str:
    parts = [
        ("/xl/workbook.xml", "sheet.main"),
        ("/xl/styles.xml", "styles"),
        ("/xl/sharedStrings.xml", "sharedStrings"),
        *((f"/xl/worksheets/sheet{number}.xml", "worksheet") for number in numbers),
    ]
    overrides = "".join(f'<Override PartName="{part}" ContentType="{_TYPES}.{kind}+xml"/>' for part, kind in parts)
    return (
        f'{_HEAD}<Types xmlns="{_CONTENT}">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relations(targets: Sequence[tuple[str, str, str]]) -> str:
    entries = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>' for name, kind, target in targets
    )
    return f'{_HEAD}<Relationships xmlns="{_RELATIONS}">{entries}</Relationships>'


def _book(sheets: Sequence[Sheet]) -> str:
    entries = "".join(
        f'<sheet name="{escape(sheet.name)}" sheetId="{number}"{" state=" + chr(34) + "hidden" + chr(34) if sheet.hidden else ""}'
        f' r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, 1)
    )
    return f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{entries}</sheets></workbook>'
