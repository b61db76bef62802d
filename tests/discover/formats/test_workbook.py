"""Workbooks: values as a reader sees them, everything that stands in the file, and sheets that lie about their size."""

from __future__ import annotations

import datetime as dt
import io
import time
import tracemalloc
import zipfile

import openpyxl
import pytest

from discover.formats.made import TABLE, compound, read, workbook, zipped
from lossproof.discover.formats.cells import number_text


def sheet(inner: str, *, strings: str = "", **parts: str) -> bytes:
    files = {
        "xl/workbook.xml": '<workbook xmlns:r="urn:r"><sheets><sheet name="One" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<R><Relationship Id="r1" Target="worksheets/sheet1.xml"/></R>',
        "xl/worksheets/sheet1.xml": f"<worksheet>{inner}</worksheet>",
        **parts,
    }
    if strings:
        files["xl/sharedStrings.xml"] = f"<sst>{strings}</sst>"
    return zipped({name: text.encode() for name, text in files.items()})


def test_every_sheet_is_read_the_hidden_one_too():
    found = read(workbook(), "clinic.xlsx")
    assert [[*row, "", ""][:3] for row in found.rows[:4]] == TABLE
    assert found.rows[4] == ["Hidden Person", "QQ123456C"]
    assert [table.table for table in found.tables] == ["Clinic", "Old list"]
    assert not found.error


def test_values_read_as_a_person_sees_them():
    book = openpyxl.Workbook()
    page = book.active
    page.append(
        [
            dt.date(1961, 3, 4),
            dt.datetime(2009, 1, 12, 9, 30),
            dt.time(14, 5),
            4012345678,
            4012345678.0,
            1.5,
            True,
            "0101900033",
            101900033,
        ]
    )
    page["I1"].number_format = "0000000000"
    page["A2"], page["B2"] = 22344, "=A2+1"
    page["A2"].number_format = "dd-mmm-yy"
    page["C2"] = 943.5
    page["C2"].number_format = '[$£-809]#,##0.00;[Red]-"days"0'
    file = io.BytesIO()
    book.save(file)
    rows = read(file.getvalue(), "a.xlsx").rows
    assert rows[0] == [
        "1961-03-04",
        "2009-01-12T09:30:00",
        "14:05:00",
        "4012345678",
        "4012345678",
        "1.5",
        "TRUE",
        "0101900033",
        "0101900033",
    ]
    assert rows[1] == ["1961-03-04", "", "943.5"]


@pytest.mark.parametrize(
    ("stored", "code", "shown"),
    [
        ("22344", "#14", "1961-03-04"),
        ("22344.5", "#22", "1961-03-04T12:00:00"),
        ("0.25", "h:mm", "06:00:00"),
        ("59", "dd/mm/yyyy", "1900-02-28"),
        ("61", "dd/mm/yyyy", "1900-03-01"),
        ("9434765919", "000 000 0000", "9434765919"),
        ("34765919", "000-000-0000", "0034765919"),
        ("4.012345678E9", "General", "4012345678"),
        ("0.1", "0.00", "0.1"),
        ("99999999", "dd/mm/yyyy", "99999999"),
        ("-5", "dd/mm/yyyy", "-5"),
        ("nan", "#14", "nan"),
        ("1e400", "", "1e400"),
        ("words", "#14", "words"),
        ("٣", "", "3"),
    ],
)
def test_a_stored_number_and_its_format_give(stored, code, shown):
    assert number_text(stored, code) == shown


def test_comments_notes_and_what_no_cell_uses_any_more_are_read():
    found = read(
        sheet(
            '<sheetData><row><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>in line</t></is></c></row></sheetData>'
            "<headerFooter><oddHeader>Ward 7 confidential</oddHeader></headerFooter>",
            strings="<si><r><t>An</t></r><r><t>n</t></r><rPh><t>sound</t></rPh></si><si><t>Deleted Person</t></si>",
            **{
                "xl/comments1.xml": "<comments><comment><text><r><t>Comment about Bo</t></r></text></comment></comments>",
                "xl/pivotCache/pivotCacheDefinition1.xml": '<x><sharedItems><s v="Pivot Person"/></sharedItems></x>',
                "xl/drawings/drawing1.xml": "<x><a:p><a:r><a:t>Text box</a:t></a:r></a:p></x>",
            },
        ),
        "a.xlsx",
    )
    assert found.rows == [["Ann", "in line"]]
    for words in ("Ward 7 confidential", "Deleted Person", "Comment about Bo", "Pivot Person", "Text box"):
        assert words in found.prose
    assert "sound" not in found.prose


def test_a_sheet_that_lies_about_its_size_costs_only_its_cells():
    inner = (
        '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="str"><v>Ann</v></c></row>'
        '<row r="1048576"><c r="XFD1048576" t="str"><v>far</v></c><c r="ZZZ9" t="str"><v>beyond</v></c></row></sheetData>'
    )
    tracemalloc.start()
    started = time.process_time()
    rows = read(sheet(inner), "a.xlsx").rows
    assert rows[0] == ["Ann"]
    assert len(rows[1]) == 16_384
    assert rows[1][-1] == "far"
    assert time.process_time() - started < 2
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


def test_far_cells_in_many_rows_come_in_small_chunks():
    inner = "".join(f'<row r="{row}"><c r="XFD{row}" t="str"><v>x</v></c></row>' for row in range(1, 200))
    found = read(sheet(f"<sheetData>{inner}</sheetData>"), "a.xlsx")
    assert len(found.rows) == 199
    assert max(len(table.rows) for table in found.tables) <= 13


def test_a_damaged_sheet_does_not_hide_the_others():
    raw = sheet(
        '<sheetData><row><c t="str"><v>Ann</v></c></row><row',
        **{"xl/worksheets/sheet2.xml": "<w><row><c t='str'><v>Bo</v></c></row></w>"},
    )
    found = read(raw, "a.xlsx")
    assert found.rows == [["Ann"], ["Bo"]]
    assert found.unread == [("One", "damaged")]


@pytest.mark.parametrize("index", ["99", "-1", "x", "", "9" * 5000])
def test_a_cell_that_points_nowhere_is_empty(index):
    assert read(sheet(f'<row><c t="s"><v>{index}</v></c><c t="str"><v>y</v></c></row>'), "a.xlsx").rows == [["", "y"]]


def test_garbage_by_the_name_of_a_workbook_is_damaged_and_not_text():
    found = read(bytes(range(256)) * 40, "a.xlsx")
    assert found.error == "damaged"
    assert read(workbook()[:3000], "a.xlsx").error == "damaged"


def test_a_text_by_the_name_of_a_workbook_is_read_as_text():
    assert read("\n".join("\t".join(row) for row in [*TABLE, *TABLE]).encode(), "export.xls").rows[:4] == TABLE


def test_a_workbook_that_needs_a_password_says_so():
    assert read(compound({"EncryptionInfo": b"x", "EncryptedPackage": b"x" * 9000}), "a.xlsx").error == "encrypted"


def test_a_bomb_of_a_sheet_is_named_and_the_rest_goes_on():
    file = io.BytesIO(workbook())
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", bytes(150 << 20))
    found = read(file.getvalue(), "a.xlsx")
    assert len(found.rows) == 5
    assert found.unread == [("sheet9.xml", "archive_bomb")]
