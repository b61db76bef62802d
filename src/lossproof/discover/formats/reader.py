"""A `Source` as the file object that zipfile, tarfile and PDFium want, and as whole bytes where it is small enough."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lossproof.block.source import Source
from lossproof.discover.formats.reasons import unsupported

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

WHOLE_BYTES = 64 << 20
"""A file of at most this size may be held in memory at once."""


class SourceFile(io.RawIOBase):
    """A seekable, read-only binary file over a source. Closing it leaves the source alone."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._position = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Offset of the next byte to be read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move as `io.IOBase.seek` does. Raises `ValueError` for a place before the start."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size_bytes}[whence]
        if base + offset < 0:
            raise ValueError("seek before the start")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill `buffer` from the source; fewer bytes only at its end."""
        view = memoryview(buffer).cast("B")
        part = self._source.read_at(self._position, len(view))
        view[: len(part)] = part
        self._position += len(part)
        return len(part)


def open_file(source: Source) -> io.BufferedReader:
    """The source as a buffered, seekable binary file."""
    return io.BufferedReader(SourceFile(source), 1 << 16)


def whole(source: Source, limit_bytes: int = WHOLE_BYTES) -> bytes:
    """All bytes of a source. Raises `UnsupportedError` (`too_large`) beyond `limit_bytes`."""
    if source.size_bytes > limit_bytes:
        raise unsupported("too_large", f"more than {limit_bytes >> 20} MiB of a kind that is read as a whole")
    found = source.read_at(0, source.size_bytes)
    if len(found) < source.size_bytes:
        found += source.read_at(len(found), source.size_bytes - len(found))  # a damaged source says here what is wrong
    return found


def pieces(source: Source, size_bytes: int = 1 << 20) -> Iterator[bytes]:
    """The source's bytes in order, at most `size_bytes` at a time."""
    offset = 0
    while piece := source.read_at(offset, size_bytes):
        yield piece
        offset += len(piece)
