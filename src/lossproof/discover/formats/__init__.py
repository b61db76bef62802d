"""File formats: bytes in, prose, rows and files inside out. One module a format, found by folder.

A module is a format when it has `texts`. `SUFFIXES` are the endings (lower case, with the dot) that promise it, `MAGIC` the
prefixes that show it, `CERTAINTY` how much a claim of it says (0 any text, 1 text in rows, 2 text with a grammar, 3 bytes with
a magic number, 4 a document inside a package), and `detect`, where there is one, tells what a prefix cannot. The surest claim
wins; among equals, the one whose suffix the name has. Bytes are believed before names.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from typing import Protocol, cast

from lossproof.block.source import Source
from lossproof.discover.formats import text, visible
from lossproof.discover.formats.reasons import damaged, unsupported
from lossproof.discover.spans import Prose, Span

__all__ = ["Format", "all_formats", "spans", "warm"]

_LATE_IMPORTS = ("heapq",)
"""What the standard library imports only when it is used by a format here."""


_WINDOWS_MARK, _MARK_BYTES = "system volume information/wpsettings.dat", 32
"""What Windows leaves on every stick that it formats: a few bytes about its search index, nothing of a person's."""


class Format(Protocol):
    """What a module of this folder defines to be a format."""

    __name__: str
    SUFFIXES: tuple[str, ...]
    MAGIC: tuple[bytes, ...]
    CERTAINTY: int

    def texts(self, source: Source) -> Iterator[Span]:
        """What is in it. Raises `FormatError`, `UnsupportedError` or `KeyRequiredError`, before or after some spans."""


@cache
def all_formats() -> tuple[Format, ...]:
    """Every format of the folder, the surest first."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        if hasattr(loaded, "texts"):
            found.append(cast("Format", loaded))
    return tuple(sorted(found, key=lambda module: (-module.CERTAINTY, module.__name__)))


def warm() -> None:
    """Load everything that reading will need, for a process that is about to lose its file system."""
    all_formats()
    for module in _LATE_IMPORTS:
        importlib.import_module(module)
    text.warm()


def spans(source: Source, name: str) -> Iterator[Span]:
    """What is in a file: its format is found by its bytes first and by `name` second. An empty file gives nothing.

    Raises, possibly after some spans, `FormatError` (damaged), `UnsupportedError` (not read, or not wholly) or
    `KeyRequiredError` (a password is needed), each with a `code` from `reasons.REASONS`; nothing else. Bytes of no known
    kind give the text that a finder could see in them, and then `UnsupportedError` (`unknown_format`).
    """
    if name.lower().endswith(_WINDOWS_MARK) and source.size_bytes <= _MARK_BYTES:
        return
    head = source.read_at(0, text.HEAD_BYTES)
    if not head or (not head.strip(b"\x00") and _all_zero(source)):
        return
    found = _recognise(source, name.lower(), head)
    if found is not None:
        yield from found.texts(source)
        return
    for block in visible.strings(source):
        yield Prose(block)
    suffix = "." + name.lower().rpartition(".")[2]
    if any(suffix in known.SUFFIXES for known in all_formats()):
        raise damaged(f"the bytes are not what the name promises ({suffix[1:]})")
    raise unsupported("unknown_format")


def _recognise(source: Source, name: str, head: bytes) -> Format | None:
    best: Format | None = None
    for known in all_formats():
        if best is not None and (known.CERTAINTY < best.CERTAINTY or name.endswith(best.SUFFIXES)):
            break
        if known.MAGIC and not head.startswith(known.MAGIC):
            continue
        if (best is None or name.endswith(known.SUFFIXES)) and _detects(known, source, name):
            best = known
    return best


def _detects(known: Format, source: Source, name: str) -> bool:
    detect: Callable[[Source, str], bool] | None = getattr(known, "detect", None)
    return detect is None or detect(source, name)


def _all_zero(source: Source) -> bool:
    """Whether there is nothing but zeros: a recovered file whose clusters were wiped."""
    offset = 0
    while block := source.read_at(offset, 1 << 20):
        if block.count(0) != len(block):
            return False
        offset += len(block)
    return True
