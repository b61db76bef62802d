"""Web pages (HTML as the WHATWG standard describes it, loosely): text and tables, scripts and styles left out.

The tokeniser is ours because the standard library's re-reads an unclosed comment or tag again and again (quadratic in 3.11). It
knows less: a `>` inside a quoted attribute ends the tag. Values of form fields are read, other attributes are not.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from lossproof.block.source import Source
from lossproof.discover.formats import text
from lossproof.discover.formats.page import Page
from lossproof.discover.spans import Span

SUFFIXES = (".html", ".htm", ".xhtml", ".shtml")
MAGIC: tuple[bytes, ...] = ()
CERTAINTY = 2

_START = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.{0,2000}?-->\s*)*<(!doctype\s+html|html|head|body|table|div|meta|title)\b", re.I | re.S
)
_TAG = re.compile(r"/?([A-Za-z][A-Za-z0-9:]{0,20})")
_SPAN = re.compile(r"\bcolspan\s*=\s*[\"']?([0-9]{1,3})", re.I)
_VALUE = re.compile(r"\bvalue\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.I)
_ENTITY = re.compile(r"&#?[0-9A-Za-z]{1,32};?")
_LINES = frozenset({
    "address", "article", "blockquote", "body", "br", "caption", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section",
    "tbody", "tfoot", "thead", "title", "ul",
})  # fmt: skip
_SILENT = ("script", "style", "template")
_PIECES_BETWEEN = 2000


def detect(source: Source, name: str) -> bool:
    """Whether the text begins as a web page, or has its name and some of its tags."""
    head = text.head_text(source) if text.is_text(source) else ""
    if _START.match(head):
        return True
    return name.lower().endswith(SUFFIXES) and bool(re.search(r"<(p|br|td|a|b|span|h[1-6])\b[^>]*>", head, re.I))


def texts(source: Source) -> Iterator[Span]:
    """The page's prose and rows."""
    yield from page_spans(text.blocks(source))


def page_spans(blocks: Iterable[str]) -> Iterator[Span]:
    """The prose and rows of a page's source text. Anything is a page: tags that make no sense are passed over."""
    page = Page()
    for number, (kind, token) in enumerate(token for block in blocks for token in _tokens(block)):
        if kind == "text":
            page.text(_readable(token))
        elif kind == "comment":
            words = re.sub(r"<[^>]*>", " ", token).strip()
            if words and not words.startswith("["):
                page.line()
                page.text(words)
                page.line()
        else:
            _mark(page, token)
        if number % _PIECES_BETWEEN == 0:
            yield from page.take()
    yield from page.end()


def _tokens(source: str) -> Iterator[tuple[str, str]]:
    """(`text`, `tag` or `comment`, its content) in order. Each search goes forward only, so the time is linear."""
    position, size = 0, len(source)
    closers: dict[str, int] = {}
    while position < size:
        opened = source.find("<", position)
        if opened < 0:
            yield "text", source[position:]
            return
        if opened > position:
            yield "text", source[position:opened]
        comment = source.startswith("<!--", opened)
        if not comment and not _TAG.match(source, opened + 1) and source[opened + 1 : opened + 2] not in ("!", "?"):
            yield "text", "<"
            position = opened + 1
            continue
        end_mark = "-->" if comment else ">"
        end = _find(source, end_mark, opened, closers)
        if end < 0:
            yield "text", source[opened + 1 :]
            return
        content = source[opened + 4 : end] if comment else source[opened + 1 : end]
        position = end + len(end_mark)
        yield "comment" if comment else "tag", content
        silent = content[:8].lower().split()[0].rstrip("/") if content[:8].split() else ""
        if silent in _SILENT:
            closing = re.compile(rf"</{silent}", re.I).search(source, position)
            position = closing.start() if closing else size


def _find(source: str, mark: str, start: int, known: dict[str, int]) -> int:
    """Where `mark` comes next. That there is none further on is remembered."""
    if known.get(mark) == -1:
        return -1
    known[mark] = source.find(mark, start)
    return known[mark]


def _mark(page: Page, content: str) -> None:
    match = _TAG.match(content)
    if not match:
        return
    name = match[1].lower()
    closing = content.startswith("/")
    if name == "table":
        if closing:
            page.end_table()
        else:
            page.table()
    elif name == "tr" and not closing:
        page.row()
    elif name in ("td", "th") and not closing:
        page.cell()
        span = _SPAN.search(content)
        page.spanning(span[1] if span else "")
    elif name in ("input", "button") and not closing:
        value = _VALUE.search(content)
        if value:
            page.text(f" {_readable(value[1] or value[2] or value[3] or '')} ")
    elif name in _LINES:
        page.line()


def _readable(source: str) -> str:
    """Text with its entities decoded and its white space as one blank each."""
    decoded = _ENTITY.sub(lambda match: html.unescape(match[0]), source) if "&" in source else source
    return re.sub(r"\s+", " ", decoded)
