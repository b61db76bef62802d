from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from lossproof.discover import table_file
from lossproof.discover.table_file import tables
from lossproof.errors import FormatError, InputError, LossproofError

ROWS = [["Asset tag", "Serial", "Type"], ["T-1", "AA;01", "Laptop"], ["T-2", "Ä02", "USB stick"]]


def delimited(delimiter: str, encoding: str) -> bytes:
    return "".join(delimiter.join(f'"{cell}"' for cell in row) + "\r\n" for row in ROWS).encode(encoding)


def workbook(*sheets: list[list[str]]) -> bytes:
    """A small XLSX with these sheets."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        names = "".join(f'<sheet name="S{at}" sheetId="{at}" r:id="r{at}"/>' for at in range(1, len(sheets) + 1))
        package.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{names}</sheets></workbook>'
        )
        targets = "".join(
            f'<Relationship Id="r{at}" Target="worksheets/sheet{at}.xml"/>' for at in range(1, len(sheets) + 1)
        )
        package.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{targets}</Relationships>")
        for at, rows in enumerate(sheets, 1):
            cells = "".join(
                "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) + "</row>"
                for row in rows
            )
            package.writestr(
                f"xl/worksheets/sheet{at}.xml", f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'
            )
    return made.getvalue()


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(",", "utf-8"), (";", "cp1252"), ("\t", "utf-16"), ("|", "utf-8-sig")]
)
def test_csv_of_any_common_kind_gives_its_rows(delimiter, encoding):
    assert tables(delimited(delimiter, encoding), "list.csv") == [ROWS]


def test_a_workbook_gives_every_sheet_that_has_cells():
    other = [["x", "y"], ["1", "2"]]
    assert tables(workbook([["a title"]], [], ROWS, other), "list.xlsx") == [[["a title"]], ROWS, other]


def test_one_column_is_a_table_too():
    assert tables(b"Asset tag\r\nT-1\r\n\r\nT-2\r\n", "list.csv") == [[["Asset tag"], ["T-1"], ["T-2"]]]


def test_an_empty_file_has_no_rows():
    assert tables(b"", "list.csv") == []


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), workbook(ROWS)[:-40]]
)
def test_a_damaged_file_is_refused(content):
    with pytest.raises(LossproofError) as refused:
        tables(content, "list.xlsx")
    assert isinstance(refused.value, FormatError) or refused.value.exit_status < 17


def test_more_than_anybody_lists_is_refused(monkeypatch):
    monkeypatch.setattr(table_file, "MOST_ROWS", 2)
    with pytest.raises(InputError, match="250,000 rows"):
        tables(delimited(",", "utf-8"), "list.csv")
    monkeypatch.setattr(table_file, "MOST_BYTES", 10)
    with pytest.raises(InputError, match="64 MiB"):
        tables(delimited(",", "utf-8"), "list.csv")
