import io
import re
import zipfile
from datetime import datetime

import pypdfium2

from lossproof.sample.documents import Letter, docx, pdf
from lossproof.sample.stream import Stream

LETTER = Letter(
    ("INFIRMARY", "Road 1"),
    ("Dear Dr Núñez (cardiology) \\ Wiśniewski", "", "word " * 60, "Yours"),
    (("Date of birth", "3 April 1961"), ("Name", "O'Brien & Co")),
    1,
)


def test_a_pdf_shows_every_word_of_the_letter():
    document = pypdfium2.PdfDocument(pdf(LETTER))
    text = document[0].get_textpage().get_text_bounded()
    assert "Dear Dr Núñez (cardiology) \\ Wisniewski" in text
    assert text.count("word") == 60
    assert re.search("Date of birth +3 April 1961", text)
    document.close()


def test_a_long_pdf_has_more_pages():
    document = pypdfium2.PdfDocument(pdf(Letter(("x",), ["line"] * 120)))
    assert len(document) == 3
    document.close()


def test_a_docx_holds_every_word_even_where_a_run_is_cut():
    content = docx(LETTER, datetime(2009, 1, 2), Stream(1, "cuts"))
    archive = zipfile.ZipFile(io.BytesIO(content))
    body, header = archive.read("word/document.xml").decode(), archive.read("word/header1.xml").decode()
    paragraphs = [re.sub("<[^>]+>", "", paragraph) for paragraph in re.findall("<w:p>.*?</w:p>", body)]
    assert paragraphs == [
        "Dear Dr Núñez (cardiology) \\ Wiśniewski",
        "Date of birth",
        "3 April 1961",
        "Name",
        "O'Brien &amp; Co",
        "",
        "word " * 60,
        "Yours",
    ]
    assert "INFIRMARY" in header
    assert body.index("<w:tbl>") > body.index("Wiśniewski"[:3])
