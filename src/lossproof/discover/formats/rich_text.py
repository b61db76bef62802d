"""Rich Text (RTF 1.9): the document's text, with its tables as rows.

Left out: pictures and embedded objects, fields' codes, and code pages other than Windows-1252 for bytes (Unicode is read).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lossproof.block.source import Source
from lossproof.discover.formats.page import Page
from lossproof.discover.formats.reader import whole
from lossproof.discover.spans import Span

SUFFIXES = (".rtf",)
MAGIC = (b"{\\rtf",)
CERTAINTY = 3

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_SKIPPED = frozenset({
    "fonttbl", "colortbl", "stylesheet", "pict", "object", "themedata", "colorschememapping", "datastore", "fldinst", "generator",
    "listtable", "listoverridetable", "latentstyles", "rsidtbl", "xmlnstbl", "info", "bin", "filetbl",
})  # fmt: skip
_TEXT = {
    "tab": "\t", "lquote": "'", "rquote": "'", "ldblquote": '"', "rdblquote": '"', "emdash": "-", "endash": "-",
    "bullet": "*", "emspace": " ", "enspace": " ",
}  # fmt: skip
_SYMBOLS = {"~": " ", "_": "-", "\\": "\\", "{": "{", "}": "}"}
_LINES = frozenset({"par", "line", "sect", "page"})
_DEPTH = 10_000
_TAKEN_EVERY = 5000


def texts(source: Source) -> Iterator[Span]:
    """Prose and rows of the document. Groups that are not closed are read to the end."""
    page = Page()
    reader = _Reader(page)
    for number, match in enumerate(_TOKEN.finditer(whole(source).decode("cp1252", "lossproof.windows"))):
        reader.take(match)
        if number % _TAKEN_EVERY == 0:
            yield from page.take()
    reader.finish()
    yield from page.end()


class _Reader:
    """The state of a document being read: groups, and the table row that is open."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._depth = 0
        self._skip_from = 0
        self._fallback = 1
        self._pass_over = 0
        self._starred = False
        self._in_table = False
        self._cells_follow = False
        self._high = 0

    def take(self, match: re.Match[str]) -> None:
        """One token."""
        word, number, byte, symbol, brace, run = match.groups()
        if brace:
            self._group(brace)
        elif self._skip_from and self._depth >= self._skip_from:
            return
        elif word:
            self._word(word, number)
        elif byte:
            self._text(bytes([int(byte, 16)]).decode("cp1252", "replace"))
        elif symbol == "*":
            self._starred = True
        elif symbol:
            self._text(_SYMBOLS.get(symbol, ""))
        elif run:
            self._text(run)

    def finish(self) -> None:
        """The document is over."""
        self._leave_table()

    def _group(self, brace: str) -> None:
        self._depth = min(self._depth + 1, _DEPTH) if brace == "{" else max(self._depth - 1, 0)
        if self._skip_from and self._depth < self._skip_from:
            self._skip_from = 0
        self._starred = False

    def _word(self, word: str, number: str | None) -> None:
        if word in _SKIPPED or (self._starred and word not in ("shpinst", "nonshppict", "revtbl")):
            self._skip_from = max(self._depth, 1)
        elif word == "u" and number:
            self._unicode(int(number))
        elif word == "uc":
            self._fallback = min(int(number or 1), 8)
        elif word in _TEXT:
            self._text(_TEXT[word])
        elif word == "trowd":
            self._enter_table()
        elif word == "pard":
            self._cells_follow = False
        elif word == "intbl":
            self._cells_follow = True
        elif word == "cell":
            self._page.cell()
        elif word == "row":
            self._page.row()
            self._page.cell()
        elif word in _LINES:
            if not self._cells_follow:
                self._leave_table()
            self._page.line()
        self._starred = False

    def _unicode(self, number: int) -> None:
        """`\\u` gives a signed 16-bit code unit, and `\\uc` says how many characters for older readers follow it."""
        unit = number & 0xFFFF
        if 0xD800 <= unit < 0xDC00:
            self._high = unit
        elif 0xDC00 <= unit < 0xE000:
            if self._high:
                self._page.text(chr(0x10000 + (self._high - 0xD800) * 0x400 + unit - 0xDC00))
            self._high = 0
        else:
            self._page.text(chr(unit))
        self._pass_over = self._fallback

    def _text(self, run: str) -> None:
        if self._pass_over:
            run, self._pass_over = run[self._pass_over :], max(0, self._pass_over - len(run))
        if run:
            if not self._cells_follow:
                self._leave_table()
            self._page.text(run)

    def _enter_table(self) -> None:
        """A row's definition: writers put it before the row's cells, after them, or both."""
        if not self._in_table:
            self._page.table()
            self._page.row()
            self._page.cell()
        self._in_table = self._cells_follow = True

    def _leave_table(self) -> None:
        if self._in_table:
            self._page.end_table()
        self._in_table = False
