"""XML (1.0) of no known document kind: exports of records, read as rows where elements repeat, else as `name: value` lines.

Each child of the root is one record; elements and attributes inside it give columns with a dot. What is damaged, has a document
type definition or is larger than 16 MiB is read as plain text, so nothing is lost. Left out: comments and processing instructions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from lossproof.block.source import Source
from lossproof.discover.formats import html_page, text
from lossproof.discover.formats.json_text import Tables
from lossproof.discover.formats.reader import whole
from lossproof.discover.spans import Prose, Span

SUFFIXES = (".xml", ".fodt", ".fods")
MAGIC: tuple[bytes, ...] = ()
CERTAINTY = 2

_TREE_BYTES = 16 << 20
_DEPTH = 200


def detect(source: Source, name: str) -> bool:
    """Whether the text begins with an XML declaration, or has the name of XML and begins with an element; a web page is none."""
    head = text.head_text(source) if text.is_text(source) else ""
    begins = head.lstrip().startswith("<?xml") or (name.lower().endswith(SUFFIXES) and head.lstrip().startswith("<"))
    return begins and not html_page.detect(source, name)


def texts(source: Source) -> Iterator[Span]:
    """The records as rows and prose; the plain text where it cannot be parsed."""
    records = _records(source)
    if records is None:
        for block in text.blocks(source):
            yield Prose(block)
        return
    tables = Tables()
    for tag, record in records:
        yield from tables.add(tag, record, alone=len(records) == 1)
    yield from tables.end()


def _records(source: Source) -> list[tuple[str, Any]] | None:
    """(name, content) of the root's attributes and of each of its children; None when it is not to be parsed."""
    if source.size_bytes > _TREE_BYTES:
        return None
    tree = _Tree()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    parser.StartDoctypeDeclHandler = tree.refuse
    try:
        parser.Parse(whole(source), True)
    except (expat.ExpatError, ValueError, LookupError, MemoryError, OSError):
        return None
    return tree.records


class _Tree:
    """Elements become dicts: a name that comes twice gives a list, an element with nothing inside its text."""

    def __init__(self) -> None:
        self.records: list[tuple[str, Any]] = []
        self._open: list[tuple[dict[str, Any], list[str]]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _DEPTH:
            raise ValueError("elements inside elements without end")
        names = {_local(name): value for name, value in attributes.items() if not name.startswith("xmlns")}
        if not self._open and names:
            self.records.append((_local(tag), names))
            names = {}
        self._open.append((names, []))

    def end(self, tag: str) -> None:
        content, parts = self._open.pop()
        words = "".join(parts).strip()
        value: Any = words
        if content:
            value = content | ({"text": words} if words else {})
        if len(self._open) < 2:
            if self._open or words:
                self.records.append((_local(tag), value))
            return
        parent, name = self._open[-1][0], _local(tag)
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]

    def text(self, text: str) -> None:
        if self._open:
            self._open[-1][1].append(text)

    def refuse(self, *_: object) -> None:
        raise ValueError("a document type definition")


def _local(name: str) -> str:
    return name.rpartition(":")[2]
