"""Presentations, PPTX (ECMA-376 part 1, PresentationML): slides, speaker's notes, comments and properties.

Left out: charts, SmartArt beside its text, layouts and masters. Attached files come as members.
"""

from __future__ import annotations

from collections.abc import Iterator

from lossproof.block.source import Source
from lossproof.discover.formats import package
from lossproof.discover.formats.office_text import part_spans
from lossproof.discover.formats.properties import package_properties
from lossproof.discover.spans import Span

SUFFIXES = (".pptx", ".pptm", ".potx", ".ppsx")
MAGIC = package.MAGIC
CERTAINTY = 4

_PARTS = ("ppt/slides/slide", "ppt/notesSlides/", "ppt/comments/", "ppt/diagrams/data")


def detect(source: Source, name: str) -> bool:  # noqa: ARG001  one signature for every format
    """Whether the package has a presentation."""
    return "ppt/presentation.xml" in package.names(source)


def texts(source: Source) -> Iterator[Span]:
    """Prose and rows of each slide. Raises `FormatError` where the package cannot be read."""
    document = package.Package(source, "presentation")
    for prefix in _PARTS:
        for name in document.names(prefix):
            where = name.rpartition("/")[2].removesuffix(".xml")
            yield from package.attempt(where, part_spans(document, name, where))
    yield from package_properties(document)
    yield from document.embedded("ppt/embeddings/", "ppt/media/")
