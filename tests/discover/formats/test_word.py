"""Word documents: body, tables, notes, revisions; bombs, truncation, passwords."""

from __future__ import annotations

import io

import docx
import pytest

from discover.formats.made import NAME, NUMBER, TABLE, compound, read, word_document, zipped


def body(inner: str, **parts: str) -> bytes:
    space = 'xmlns:w="urn:w" xmlns:mc="urn:mc"'
    document = f"<w:document {space}><w:body>{inner}</w:body></w:document>"
    return zipped({"word/document.xml": document.encode(), **{name: text.encode() for name, text in parts.items()}})


def test_paragraphs_tables_and_headers_are_read():
    found = read(word_document(), "letter.docx")
    assert f"Dear {NAME}\nNHS No: {NUMBER}\n" in found.prose
    assert "Ward 7 header" in found.prose
    assert found.rows == TABLE
    assert not found.error
    assert not found.unread


def test_bytes_are_believed_before_names():
    assert read(word_document(), "letter.zip").rows == TABLE
    assert read(word_document(), "").rows == TABLE


def test_a_form_laid_out_as_a_table_stays_together_as_prose():
    document = docx.Document()
    table = document.add_table(rows=0, cols=2)
    for label, value in (("Name:", NAME), ("NHS No", NUMBER), ("DOB", "04/03/1961"), ("Ward", "7")):
        row = table.add_row().cells
        row[0].text, row[1].text = label, value
    file = io.BytesIO()
    document.save(file)
    found = read(file.getvalue(), "form.docx")
    assert not found.tables
    assert f"Name: {NAME}\nNHS No: {NUMBER}\nDOB: 04/03/1961\n" in found.prose


def test_revisions_tabs_breaks_and_special_hyphens_are_text_and_fallbacks_are_not():
    found = read(
        body(
            "<w:p><w:r><w:t>943</w:t><w:noBreakHyphen/><w:t>476</w:t><w:tab/><w:t>A</w:t><w:br/></w:r>"
            "<w:del><w:r><w:delText>deleted words</w:delText></w:r></w:del><w:pPr><w:tabs><w:tab w:pos='1'/></w:tabs></w:pPr></w:p>"
            "<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Choice>"
            "<mc:Fallback><w:p><w:r><w:t>again</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent><w:posOffset>1234567890</w:posOffset>"
        ),
        "a.docx",
    )
    assert found.prose == "943-476\tA\ndeleted words\nbox\n"


def test_notes_comments_and_custom_xml_are_read():
    note = "<x><p><t>{}</t></p></x>"
    found = read(
        body(
            "<w:p><w:r><w:t>main</w:t></w:r></w:p>",
            **{
                "word/footnotes.xml": note.format("a footnote"),
                "word/comments.xml": note.format("a comment"),
                "customXml/item1.xml": "<patient><name>Ann Example</name><nhs>943 476 5919</nhs></patient>",
            },
        ),
        "a.docx",
    )
    assert "a footnote\n" in found.prose
    assert "a comment\n" in found.prose
    assert "Ann Example\n943 476 5919\n" in found.prose


def test_attached_files_are_members_and_large_pictures_are_named():
    found = read(
        body(
            "<w:p/>",
            **{
                "word/embeddings/list.csv": "Name,No\nAnn,1\nBo,2\n",
                "word/media/scan.png": "x" * 50_000,
                "word/media/logo.png": "x",
            },
        ),
        "a.docx",
    )
    assert found.rows[1:] == [["Ann", "1"], ["Bo", "2"]]
    assert found.unread == [("word/media/scan.png", "image_not_read")]


def test_a_truncated_document_is_damaged():
    whole = word_document()
    assert read(whole[: len(whole) // 2], "a.docx").error == "damaged"


def test_text_before_damaged_xml_is_not_lost():
    found = read(
        zipped({"word/document.xml": b"<w:d><w:p><w:r><w:t>Ann Example</w:t></w:r></w:p>" + b" " * 70_000 + b"<oops"}),
        "a.docx",
    )
    assert found.prose == "Ann Example\n"
    assert found.error == "damaged"


def test_a_document_that_needs_a_password_says_so():
    assert read(compound({"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b"x"}), "a.docx").error == "encrypted"


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><d>&b;</d>', "damaged"),
        (b"<a>" * 100_000, "damaged"),
        (b"<?xml version='1.0' encoding='UTFV8'?><a/>", "damaged"),
        (b"<?xml version='1.0' encoding='utf-16-le'?><a/>", "damaged"),
        (b"<a>" + b" " * (200 << 20) + b"</a>", "archive_bomb"),
    ],
)
def test_bombs_of_xml_are_refused(xml, code):
    assert read(zipped({"word/document.xml": xml}), "a.docx").error == code


def form(rows) -> str:
    """What a table of these rows is read as, when it is read as prose."""
    document = docx.Document()
    table = document.add_table(rows=0, cols=max(map(len, rows)))
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=False):
            cell.text = value
    file = io.BytesIO()
    document.save(file)
    found = read(file.getvalue(), "form.docx")
    assert not found.tables
    return found.prose


def test_labels_and_values_that_alternate_come_as_pairs_with_and_without_colons():
    lines = "Surname: Example\nFirst name: Ann\nDate of birth: 04/03/1961\nReligion: none\n"
    rows = [["Surname", "Example", "First name", "Ann"], ["Date of birth", "04/03/1961", "Religion", "none"]]
    assert form([*rows, ["Ward", "7", "Sex", "F"]]) == lines + "Ward: 7\nSex: F\n"
    rows = [[cell + ":" * (at % 2 == 0) for at, cell in enumerate(row)] for row in rows]
    assert form([["Patient details", "", "", ""], *rows]) == "Patient details\n" + lines


def test_a_value_of_several_lines_or_cells_stays_with_its_label():
    rows = [["Name", "Ann Example"], ["Address", "1 High Street\nLeeds"], ["", "LS1 4AP"], ["GP", "Dr Sample"]]
    assert form(rows) == "Name: Ann Example\nAddress: 1 High Street\nLeeds\nLS1 4AP\nGP: Dr Sample\n"
    rows = [["Surname", "Example", ""], ["Address", "1 High Street", "LS1 4AP"], ["DOB", "04/03/1961", ""]]
    assert form(rows) == "Surname: Example\nAddress: 1 High Street\tLS1 4AP\nDOB: 04/03/1961\n"


def test_a_form_filled_in_side_by_side_comes_person_by_person():
    rows = [["Surname", "Example", "Sample"], ["Forename", "Ann", "Bo"], ["DOB", "04/03/1961", "12/05/1970"]]
    assert form(rows) == (
        "Surname: Example\nForename: Ann\nDOB: 04/03/1961\n\nSurname: Sample\nForename: Bo\nDOB: 12/05/1970\n"
    )


def test_a_list_whose_headings_are_not_all_known_is_no_form():
    rows = [["Name", "Religion", "DOB"], ["Ann Example", "none", "04/03/1961"], ["Bo Sample", "none", "12/05/1970"]]
    document = docx.Document()
    table = document.add_table(rows=0, cols=3)
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = value
    file = io.BytesIO()
    document.save(file)
    assert read(file.getvalue(), "list.docx").rows == rows
