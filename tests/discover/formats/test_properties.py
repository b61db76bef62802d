"""Properties of documents: who wrote them, and what else stands there; nothing that programs put in by themselves."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest

from discover.formats.made import open_text, presentation, read, word_document, workbook, zipped
from lossproof.discover.formats.properties import as_prose

CORE = (
    '<cp:coreProperties xmlns:cp="urn:cp" xmlns:dc="urn:dc"><dc:title>Letter about Ann Example</dc:title>'
    "<dc:creator>Jo Writer</dc:creator><cp:lastModifiedBy>Windows User</cp:lastModifiedBy><cp:revision>12</cp:revision>"
    "<dc:subject/></cp:coreProperties>"
)
CUSTOM = (
    '<Properties xmlns:vt="urn:vt"><property pid="2" name="PatientName"><vt:lpwstr>Bo Example</vt:lpwstr></property>'
    '<property pid="3" name="Empty"><vt:lpwstr/></property></Properties>'
)


def with_parts(content: bytes, **parts: str) -> bytes:
    """A package with these parts instead of its own."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return zipped(files | {name: part.encode() for name, part in parts.items()})


@pytest.mark.parametrize(
    ("made", "name"),
    [(word_document, "a.docx"), (workbook, "a.xlsx"), (presentation, "a.pptx")],
    ids=["docx", "xlsx", "pptx"],
)
def test_who_wrote_a_document_and_its_own_properties_are_read(made, name):
    found = read(with_parts(made(), **{"docProps/core.xml": CORE, "docProps/custom.xml": CUSTOM}), name)
    assert "Title: Letter about Ann Example\n" in found.prose
    assert "PatientName: Bo Example\n" in found.prose
    assert "Windows User" not in found.prose
    assert "12" not in found.prose
    assert not found.unread


def test_an_open_document_says_who_wrote_it():
    meta = (
        '<office:document-meta xmlns:office="urn:o" xmlns:meta="urn:m" xmlns:dc="urn:dc"><meta:initial-creator>'
        "Jo Writer</meta:initial-creator>"
        '<dc:creator>Sam Writer</dc:creator><meta:user-defined meta:name="Client">Ann Example</meta:user-defined></office:document-meta>'
    )
    assert "Client: Ann Example\n" in read(with_parts(open_text(), **{"meta.xml": meta}), "a.odt").prose


def test_a_document_of_a_program_alone_has_no_properties():
    assert "Author" not in read(word_document(), "a.docx").prose
    assert list(as_prose([("Title", " untitled "), ("Author", "Anonymous")])) == []


def test_damaged_properties_are_named_and_what_comes_before_is_kept():
    found = read(with_parts(word_document(), **{"docProps/core.xml": CORE.replace("<dc:subject/>", "<oops")}), "a.docx")
    assert "Jo Writer" not in found.prose, "whoever wrote a document is on almost every one"
    assert ("docProps/core.xml", "damaged") in found.unread


def test_properties_without_end_stay_within_bounds():
    many = "<p>" + f"<property name='{'n' * 90}'>x</property>" * 200_000 + "<title>" + "x" * (9 << 20) + "</title></p>"
    raw = with_parts(word_document(), **{"docProps/custom.xml": many})
    tracemalloc.start()
    found = read(raw, "a.docx")
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()
    assert len(found.prose) < 3 << 20
