"""PDF: pages, forms, notes, attached files, scans; loops, truncation, passwords."""

from __future__ import annotations

import io

from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from discover.formats.made import NAME, NUMBER, pdf, read


def by_hand(objects: list[bytes], *, root: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1, with its cross-reference table."""
    raw, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(raw))
        raw += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(
        b"%010d 00000 n \n" % place for place in places
    )
    return (
        raw + table + b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, root, len(raw))
    )


def test_each_page_is_prose():
    found = read(pdf(), "letter.pdf")
    assert found.prose == f"Dear {NAME}\nNHS No: {NUMBER}\nSecond page\n"
    assert not found.error


def test_bytes_before_the_mark_do_not_hide_a_pdf():
    assert NAME in read(b"junk from a mail\n" + pdf(), "x").prose


def test_pages_that_are_only_a_picture_are_named():
    file, picture = io.BytesIO(), ImageReader(Image.new("L", (40, 40), 200))
    drawing = canvas.Canvas(file)
    for page in range(1, 7):
        if page == 2:
            drawing.drawString(72, 700, "A page with enough words to be read")
        drawing.drawImage(picture, 0, 0, 500, 500)
        drawing.showPage()
    drawing.save()
    found = read(file.getvalue(), "scan.pdf")
    assert found.unread == [("page 1", "scanned_page"), ("pages 3 to 6", "scanned_page")]
    assert "enough words" in found.prose


def test_filled_forms_are_read():
    file = io.BytesIO()
    drawing = canvas.Canvas(file)
    drawing.drawString(72, 700, "Referral form")
    drawing.acroForm.textfield(name="who", value="Filled Person", x=72, y=600, width=300)
    drawing.save()
    found = read(file.getvalue(), "form.pdf")
    assert "Referral form" in found.prose
    assert "Filled Person" in found.prose


def test_notes_and_attached_files_are_read():
    attached = b"Name,No\r\nAnn,1\r\nBo,2\r\n"
    found = read(
        by_hand([
            b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(list.csv) 5 0 R]>>>>>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Annots[4 0 R]>>",
            b"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(A note about Ann)>>",
            b"<</Type/Filespec/F(list.csv)/UF(list.csv)/EF<</F 6 0 R>>>>",
            b"<</Type/EmbeddedFile/Length %d/Params<</Size %d>>>>\nstream\n%s\nendstream" % (len(attached), len(attached), attached),
        ]),
        "a.pdf",
    )  # fmt: skip
    assert "A note about Ann" in found.prose
    assert found.members == ["list.csv"]
    assert found.rows == [["Name", "No"], ["Ann", "1"], ["Bo", "2"]]


def test_a_pdf_with_a_password_says_so_and_one_that_only_forbids_printing_is_read():
    assert read(pdf(encrypt=StandardEncryption("secret", canPrint=0)), "a.pdf").error == "encrypted"
    assert NAME in read(pdf(encrypt=StandardEncryption("", ownerPassword="owner", canPrint=0)), "a.pdf").prose


def test_a_truncated_pdf_is_damaged_or_gives_what_is_left():
    whole = pdf()
    assert read(whole[:200], "a.pdf").error == "damaged"
    assert read(whole[: len(whole) * 2 // 3], "a.pdf").error in ("damaged", "")


def test_page_trees_and_contents_that_loop_come_to_an_end():
    loops = [
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 9>>"],
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R 2 0 R]/Count 3>>",
            b"<</Type/Page/Parent 3 0 R/MediaBox[0 0 9 9]>>",
        ],
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X 4 0 R>>>>>>",
            b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>/Length 4>>\nstream\n/X Do\nendstream",
        ],
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 2000000000>>",
            b"<</Type/Page/Parent 2 0 R>>",
        ],
    ]
    for objects in loops:
        found = read(by_hand(objects), "loop.pdf")
        assert found.error in ("", "damaged")
    previous = pdf().replace(b"/Size", b"/Prev 9/Size")
    assert read(previous, "loop.pdf").error in ("", "damaged")


def test_more_pages_than_are_read_are_named():
    tree = b"<</Type/Pages/Kids[" + b"3 0 R " * 5100 + b"]/Count 5100>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    found = read(by_hand([b"<</Type/Catalog/Pages 2 0 R>>", tree, page]), "long.pdf")
    assert ("pages 5001 to 5100", "too_large") in found.unread


def test_properties_and_bookmarks_are_read_and_what_programs_put_there_is_not():
    file = io.BytesIO()
    drawing = canvas.Canvas(file)
    drawing.setTitle("Letter about Zo\u00eb Example")
    drawing.bookmarkPage("one")
    drawing.bookmarkPage("two")
    drawing.addOutlineEntry("Example, Ann", "one", 0)
    drawing.addOutlineEntry("Sample, Bo", "two", 1)
    drawing.showPage()
    drawing.save()
    found = read(file.getvalue(), "a.pdf")
    assert found.prose == "Title: Letter about Zo\u00eb Example\nExample, Ann\nSample, Bo\n"


def test_bookmarks_that_loop_come_to_an_end():
    found = read(
        by_hand([
            b"<</Type/Catalog/Pages 2 0 R/Outlines 3 0 R>>",
            b"<</Type/Pages/Kids[6 0 R]/Count 1>>",
            b"<</Type/Outlines/First 4 0 R/Last 5 0 R>>",
            b"<</Title(Ann Example)/Parent 3 0 R/Next 5 0 R/First 5 0 R>>",
            b"<</Title(Bo Example)/Parent 3 0 R/Next 4 0 R>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        ]),
        "a.pdf",
    )  # fmt: skip
    assert found.prose == "Ann Example\nBo Example\n"


def test_a_stamp_on_a_scanned_page_does_not_make_it_read():
    buffer = io.BytesIO()
    page = canvas.Canvas(buffer, pagesize=(400, 600), invariant=1)
    page.drawImage(ImageReader(Image.new("RGB", (40, 60), "grey")), 0, 0, 400, 600)
    page.drawString(20, 20, "Received by fax 12/01/2009 09:14 from 01632 960000, page 1 of 3")
    page.save()
    assert ("page 1", "scanned_page") in read(buffer.getvalue(), "a.pdf").unread
