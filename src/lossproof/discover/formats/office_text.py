"""Text and tables of an Office Open XML part. WordprocessingML and DrawingML name their elements alike, so one reader does both."""

from __future__ import annotations

from collections.abc import Iterator

from lossproof.discover.formats.package import Package
from lossproof.discover.formats.page import Page
from lossproof.discover.spans import Span
from lossproof.errors import FormatError

_TEXT = frozenset({"t", "delText", "text"})
_LINES = frozenset({"br", "cr"})
_ENDS = frozenset({"p", "comment", "text"})


def part_spans(document: Package, name: str, where: str, *, any_element: bool = False) -> Iterator[Span]:
    """The prose and rows of one part; with `any_element`, the text of every element, a line each (custom XML)."""
    page = Page(where)
    marks = _Marks(page, any_element=any_element)
    try:
        for _ in document.parse(name, marks.start, marks.end, marks.text):
            yield from page.take()
    except FormatError:
        yield from page.end()
        raise
    yield from page.end()


class _Marks:
    """What the elements of a part mean for a page."""

    def __init__(self, page: Page, *, any_element: bool) -> None:
        self._page = page
        self._any_element = any_element
        self._in_text = 0
        self._skipped = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        # Alternate content says the same twice; the fallback is for older programs.
        if self._skipped or tag == "Fallback":
            self._skipped += 1
        elif tag in _TEXT:
            self._in_text += 1
        elif tag == "tab" and not attributes:
            self._page.text("\t")
        elif tag in _LINES:
            self._page.line()
        elif tag == "noBreakHyphen":
            self._page.text("-")
        elif tag == "tbl":
            self._page.table()
        elif tag == "tr":
            self._page.row()
        elif tag == "tc":
            self._page.cell()
            self._page.spanning(attributes.get("gridSpan", ""))
        elif tag == "gridSpan":
            self._page.spanning(next(iter(attributes.values()), ""))

    def end(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        if tag in _TEXT:
            self._in_text -= 1
        if tag == "tbl":
            self._page.end_table()
        elif tag in _ENDS or self._any_element:
            self._page.line()

    def text(self, text: str) -> None:
        if not self._skipped and (self._in_text or (self._any_element and text.strip())):
            self._page.text(text)
