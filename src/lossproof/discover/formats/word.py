"""Word documents, DOCX (ECMA-376 part 1, WordprocessingML): the body, headers, footers, notes, comments, properties, custom XML.

Deleted revisions are read too: a finder can. Lists in tables come as rows. Left out: field codes and macros. Attached files
come as members.
"""

from __future__ import annotations

from collections.abc import Iterator

from lossproof.block.source import Source
from lossproof.discover.formats import package
from lossproof.discover.formats.office_text import part_spans
from lossproof.discover.formats.properties import package_properties
from lossproof.discover.spans import Span

SUFFIXES = (".docx", ".docm", ".dotx", ".dotm")
MAGIC = package.MAGIC
CERTAINTY = 4

_BODY = "word/document.xml"
_PARTS = ("word/header", "word/footer", "word/footnotes", "word/endnotes", "word/comments", "word/glossary/document")
_CUSTOM = "customXml/item"


def detect(source: Source, name: str) -> bool:  # noqa: ARG001  one signature for every format
    """Whether the package has a Word document's body."""
    return _BODY in package.names(source)


def texts(source: Source) -> Iterator[Span]:
    """Prose and rows of each part. Raises `FormatError` or `KeyRequiredError` where the body cannot be read."""
    document = package.Package(source, "Word document")
    yield from part_spans(document, _BODY, "")
    for prefix in (*_PARTS, _CUSTOM):
        for name in document.names(prefix):
            if not name.startswith("customXml/itemProps"):
                where = name.rpartition("/")[2].removesuffix(".xml")
                read = part_spans(document, name, where, any_element=prefix == _CUSTOM)
                yield from package.attempt(where, read)
    yield from package_properties(document)
    yield from document.embedded("word/embeddings/", "word/media/")
