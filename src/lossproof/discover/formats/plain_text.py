"""Plain text in any common encoding: what every other text format falls back to."""

from __future__ import annotations

from collections.abc import Iterator

from lossproof.block.source import Source
from lossproof.discover.formats import text
from lossproof.discover.spans import Prose, Span

SUFFIXES = (".txt", ".text", ".log", ".md", ".asc", ".ini", ".cfg", ".yml", ".yaml", ".sql", ".ics")
MAGIC: tuple[bytes, ...] = ()
CERTAINTY = 0


def detect(source: Source, name: str) -> bool:  # noqa: ARG001  one signature for every format
    """Whether the bytes are text at all."""
    return text.is_text(source)


def texts(source: Source) -> Iterator[Span]:
    """The text as `Prose`, a block at a time."""
    for block in text.blocks(source):
        yield Prose(block)
