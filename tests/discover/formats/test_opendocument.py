"""OpenDocument texts and sheets."""

from __future__ import annotations

from discover.formats.made import NAME, NUMBER, TABLE, open_document, open_sheet, open_text, read


def test_a_text_gives_its_paragraphs_tables_and_comments():
    found = read(open_text(), "a.odt")
    assert f"Dear {NAME}\tNHS No: {NUMBER}\n" in found.prose
    assert "Comment of a colleague" in found.prose
    assert found.rows == TABLE


def test_a_sheet_gives_dates_as_iso_whole_numbers_and_leading_zeros():
    found = read(open_sheet(), "a.ods")
    assert [[*row, "", ""][:3] for row in found.rows[:4]] == TABLE
    assert found.rows[4] == ["1961-03-04", "", "", "4012345678", "0101900033"]
    assert {table.table for table in found.tables} == {"Clinic"}


def test_cells_repeated_without_measure_stay_within_the_widest_sheet():
    cell = '<table:table-cell table:number-columns-repeated="99999999"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="99999999">{cell}{cell}</table:table-row>'
    found = read(open_document(f'<table:table table:name="t">{row}</table:table>', kind="spreadsheet"), "a.ods")
    assert [len(row) for row in found.rows] == [16_384]


def test_a_locked_document_needs_its_password():
    manifest = "<manifest:manifest xmlns:manifest='urn:m'><manifest:encryption-data/></manifest:manifest>"
    assert read(open_document("", manifest=manifest), "a.odt").error == "encrypted"


def test_a_truncated_document_is_damaged():
    assert read(open_text()[:-40], "a.odt").error == "damaged"


def test_rows_before_damage_are_not_lost():
    found = read(open_document("</oops>" + "<table:table-row>" * 3, kind="spreadsheet"), "a.ods")
    assert found.error == "damaged"
    cell = "<table:table-cell><text:p>Ann</text:p></table:table-cell>"
    found = read(
        open_document(f"<table:table><table:table-row>{cell}</table:table-row><oops", kind="spreadsheet"), "a.ods"
    )
    assert found.rows == [["Ann"]]
    assert found.error == "damaged"


def test_a_bomb_of_a_document_is_refused():
    assert read(open_document("<text:p>" + " " * (150 << 20) + "</text:p>"), "a.odt").error == "archive_bomb"
