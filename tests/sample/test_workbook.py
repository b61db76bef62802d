import io
from datetime import date, datetime

import python_calamine

from lossproof.sample.workbook import Sheet, workbook


def test_a_workbook_is_read_back_as_it_was_meant():
    rows = [
        ["Name", "NHS no.", "Born", "Weight"],
        ["O'Brien & <Söhne>", 7123456789, date(1931, 2, 3), 61.5],
        [" spaced ", None, date(2009, 9, 14), ""],
    ]
    content = workbook([Sheet("Q2 & Q3", rows), Sheet("Old", [["Name"]], hidden=True)], datetime(2009, 9, 14))
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert [(sheet.name, str(sheet.visible)) for sheet in book.sheets_metadata] == [
        ("Q2 & Q3", "SheetVisibleEnum.Visible"),
        ("Old", "SheetVisibleEnum.Hidden"),
    ]
    assert book.get_sheet_by_index(0).to_python() == [
        rows[0],
        ["O'Brien & <Söhne>", 7123456789.0, date(1931, 2, 3), 61.5],
        [" spaced ", "", date(2009, 9, 14), ""],
    ]
