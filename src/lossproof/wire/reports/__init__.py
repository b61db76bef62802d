"""What other systems report about encryption, as `ReportedDevice`s. One module a source, found by folder.

A module is a source when it has `NAME`. `TITLE` says for people what it is and `KNOWN` which headings its tables have;
`recognises(report)` tells whether a report is of it, and `read(report)` gives its devices. No source makes a device safer than
it says: what is not said is a doubt. Left out: asking those systems over their own interfaces (a person exports a file).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple, Protocol, cast

import msgspec

from lossproof.errors import FormatError
from lossproof.model.reported import ReportedDevice
from lossproof.wire.table import Table

__all__ = ["Report", "Source", "decode_json", "is_json", "read_report", "sources"]

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


class Report(NamedTuple):
    """A file that came in: JSON documents (the file's one, or one a line), or a table."""

    documents: tuple[object, ...] = ()
    table: Table | None = None


class Source(Protocol):
    """What a module of this folder defines to be a source."""

    NAME: str
    TITLE: str
    KNOWN: frozenset[str]

    def recognises(self, report: Report) -> bool:
        """Whether the report is of this source."""

    def read(self, report: Report) -> Iterator[ReportedDevice]:
        """Its devices. Raises `FormatError`."""


@cache
def sources() -> tuple[Source, ...]:
    """Every source of the folder, by name."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        if hasattr(loaded, "NAME"):
            found.append(cast("Source", loaded))
    return tuple(found)


def read_report(report: Report) -> tuple[Source, Iterator[ReportedDevice]]:
    """The source of a report, and its devices. Raises `FormatError` where none knows it, or two do."""
    found = [source for source in sources() if source.recognises(report)]
    if len(found) != 1:
        raise FormatError(
            "no report that is known" if not found else "a report that two sources claim",
            hint="taken are: " + "; ".join(source.TITLE for source in sources()),
        )
    return found[0], found[0].read(report)


def is_json(content: bytes) -> bool:
    """Whether a file begins as JSON does, in UTF-8 or in the UTF-16 that a Windows console writes."""
    return _text(content[:400], partly=True).lstrip()[:1] in {"{", "["}


def decode_json(content: bytes) -> Report:
    """The JSON documents of a file: one, or one a line. Raises `FormatError`."""
    text = _text(content)
    try:
        return Report(documents=(msgspec.json.decode(text),))
    except (msgspec.MsgspecError, RecursionError):
        pass
    try:
        return Report(documents=tuple(msgspec.json.decode(line) for line in text.splitlines() if line.strip()))
    except (msgspec.MsgspecError, RecursionError):
        raise FormatError("a file that begins like JSON and is none", hint="export it again, whole") from None


def _text(content: bytes, *, partly: bool = False) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding, "ignore" if partly else "strict").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise FormatError("a file that begins like JSON and is not text in UTF-8 or UTF-16") from None
