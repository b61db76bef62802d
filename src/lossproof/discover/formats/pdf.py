"""PDF (ISO 32000), read by PDFium: the text of each page, of filled forms and notes on it, attached files,
bookmarks and properties.

Pages that are only a picture are named, not read. Left out: text drawn as shapes, and properties in XMP.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import pypdfium2
import pypdfium2.raw

from lossproof.block.source import BytesSource, Source
from lossproof.discover.formats.properties import as_prose
from lossproof.discover.formats.reader import WHOLE_BYTES, open_file, whole
from lossproof.discover.formats.reasons import damaged, locked, unsupported
from lossproof.discover.spans import Member, Prose, Span, Unread

pdfium: Any = pypdfium2
raw: Any = pypdfium2.raw
# The binding has no types of its own.

SUFFIXES = (".pdf",)
MAGIC: tuple[bytes, ...] = ()
CERTAINTY = 3

_PAGES = 5000
_PAGE_CHARACTERS = 4 << 20
_SCAN_CHARACTERS, _STAMP_CHARACTERS, _SCAN_SHARE, _PICTURES = 20, 400, 0.5, 200
_NOTE_BYTES = 1 << 20
_BOOKMARKS, _TITLE_BYTES = 5000, 2048
_PROPERTIES = ("Title", "Subject", "Keywords")


def detect(source: Source, name: str) -> bool:  # noqa: ARG001  one signature for every format
    """Whether the first 1,024 bytes hold the mark of a PDF, as readers ask no more."""
    return b"%PDF-" in source.read_at(0, 1024)


def texts(source: Source) -> Iterator[Span]:
    """Each page as `Prose`, runs of pages without text as `Unread`, attached files as `Member`.

    Raises `KeyRequiredError` where a password is needed, `FormatError` where PDFium finds no document.
    """
    document = _opened(source)
    try:
        pages = len(document)
        scanned: list[int] = []
        for number in range(min(pages, _PAGES)):
            spans = list(_page(document, number))
            if any(isinstance(span, Unread) and span.reason == "scanned_page" for span in spans):
                scanned.append(number + 1)
            yield from (span for span in spans if not isinstance(span, Unread) or span.reason != "scanned_page")
        for first, last in _runs(scanned):
            where = f"page {first}" if first == last else f"pages {first} to {last}"
            yield Unread(where, "scanned_page", "only a picture")
        yield from _attachments(document)
        yield from as_prose([*_properties(document), *_bookmarks(document)])
        if pages > _PAGES:
            yield Unread(f"pages {_PAGES + 1} to {pages}", "too_large", "more pages than are read")
    finally:
        document.close()


def _opened(source: Source) -> Any:
    try:
        return pdfium.PdfDocument(
            whole(source) if source.size_bytes <= WHOLE_BYTES else open_file(source), autoclose=True
        )
    except pdfium.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise locked("a PDF that needs a password") from None
        if error.err_code == raw.FPDF_ERR_SECURITY:
            raise unsupported("encrypted", "a PDF locked in a way that is not known") from None
        raise damaged("a damaged PDF") from None


def _page(document: Any, number: int) -> Iterator[Span]:
    where = f"page {number + 1}"
    try:
        page = document[number]
    except pdfium.PdfiumError:
        yield Unread(where, "damaged", "a page that could not be read")
        return
    notes = _notes(page)
    if raw.FPDFPage_GetAnnotCount(page) and raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS:
        page.close()
        page = document[number]
    try:
        written = _written(page)
        if written is None:
            yield Unread(where, "too_large", "a page with more text than is read")
        elif _is_scan(page, len(written.strip())):
            yield Unread(where, "scanned_page")
        text = "\n".join(part for part in (written, *notes) if part and part.strip())
        if text:
            yield Prose(text + "\n", where)
    finally:
        page.close()


def _written(page: Any) -> str | None:
    """The page's text, or None when it is more than 4 Mi characters. A page whose text cannot be loaded has none."""
    try:
        text = page.get_textpage()
    except pdfium.PdfiumError:
        return ""
    try:
        if text.count_chars() > _PAGE_CHARACTERS:
            return None
        found: str = text.get_text_range()
        return (
            found.replace("\r\n", "\n")
            .replace("\r", "\n")
            .replace("\x00", "")
            .replace("\ufffe", "-")
            .replace("\x02", "-")
        )
    finally:
        text.close()


def _is_scan(page: Any, characters: int) -> bool:
    """Whether a page is a picture of a page: hardly any text and a picture, or little text (a stamp) over a picture of its size."""
    if characters >= _STAMP_CHARACTERS:
        return False
    width, height = page.get_size()
    for picture in islice(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4), _PICTURES):
        try:
            left, bottom, right, top = picture.get_bounds()
        except pdfium.PdfiumError:
            return True  # nobody knows how large it is
        if characters < _SCAN_CHARACTERS or abs((right - left) * (top - bottom)) >= _SCAN_SHARE * width * height:
            return True
    return False


def _notes(page: Any) -> list[str]:
    """What notes and form fields say: their `Contents` and their value `V`."""
    found = []
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), 10_000)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        for key in (b"Contents", b"V"):
            value = _text(partial(raw.FPDFAnnot_GetStringValue, annotation, key))
            if value:
                found.append(value)
        raw.FPDFPage_CloseAnnot(annotation)
    return found


def _text(ask: Callable[[Any, int], int], limit_bytes: int = _NOTE_BYTES) -> str:
    """A text that PDFium copies as UTF-16 into a buffer that it is given; empty when there is none, or more than the limit."""
    size = ask(None, 0)
    if not 2 < size <= limit_bytes:
        return ""
    buffer = ctypes.create_string_buffer(size)
    ask(ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _properties(document: Any) -> Iterator[tuple[str, str]]:
    for key in _PROPERTIES:
        yield key, _text(partial(raw.FPDF_GetMetaText, document, key.encode()))


def _bookmarks(document: Any) -> Iterator[tuple[str, str]]:
    for bookmark in islice(document.get_toc(), _BOOKMARKS):
        yield "", _text(partial(raw.FPDFBookmark_GetTitle, bookmark.raw), _TITLE_BYTES)


def _attachments(document: Any) -> Iterator[Span]:
    for index in range(min(document.count_attachments(), 10_000)):
        try:
            attachment = document.get_attachment(index)
            name = attachment.get_name()
            content = bytes(attachment.get_data())
        except pdfium.PdfiumError:
            yield Unread(f"attached file {index + 1}", "damaged", "an attached file that could not be read")
            continue
        yield Member(name, BytesSource(content))


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of consecutive numbers."""
    first = previous = 0
    for number in numbers:
        if previous and number != previous + 1:
            yield first, previous
        if not previous or number != previous + 1:
            first = number
        previous = number
    if previous:
        yield first, previous
