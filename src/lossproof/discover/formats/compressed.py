"""Single packed files: gzip (RFC 1952), bzip2, xz and lzma, several streams one after another included.

The file inside has the name that a gzip header may give, and else none. Left out: Unix compress (.Z), Zstandard and LZ4.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from lossproof.block.source import Source
from lossproof.discover.formats.reasons import damaged, misreadings
from lossproof.discover.formats.unpacked import KEPT_BYTES, Allowance, Unpacked, allowance_of, is_bomb
from lossproof.discover.spans import Member, Span, Unread
from lossproof.errors import FormatError, UnsupportedError

SUFFIXES = (".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".lzma")
MAGIC = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00", b"\x5d\x00\x00")
CERTAINTY = 3

_PIECE_BYTES = 1 << 16
_LZMA_MEMORY_BYTES = 128 << 20


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib's decompressor with the manners of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class _Opened:
    """The unpacked bytes in order. What can be unpacked comes out before an error does."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._offset = 0
        self._fresh = _fresh_for(source.read_at(0, 6))
        self._decompressor = self._fresh()
        self._left = b""

    def read(self, size: int, /) -> bytes:
        while True:
            if self._decompressor.eof:
                rest = self._decompressor.unused_data.lstrip(b"\x00") or self._next()
                if not rest.startswith(MAGIC):
                    return b""
                self._decompressor, self._left = self._fresh(), rest
            if self._decompressor.needs_input and not self._left:
                self._left = self._next()
                if not self._left:
                    raise EOFError
            part = self._decompressor.decompress(self._left, size)
            self._left = b""
            if part:
                return part

    def _next(self) -> bytes:
        piece = self._source.read_at(self._offset, _PIECE_BYTES)
        self._offset += len(piece)
        return piece


def detect(source: Source, name: str) -> bool:
    """Whether what follows the magic number is possible; lzma has none worth the name and needs its suffix."""
    head = source.read_at(0, 10)
    if head.startswith(b"BZh"):
        return head[4:10] in (b"1AY&SY", b"\x17rE8P\x90")
    return not head.startswith(b"\x5d\x00\x00") or name.lower().endswith(".lzma")


def texts(source: Source) -> Iterator[Span]:
    """The file inside as one `Member`; whatever can be unpacked of a damaged one, and `Unread`.

    Raises `FormatError` where nothing can be unpacked.
    """
    allowance = allowance_of(source)
    reopen = partial(_Opened, source)
    size_bytes, reason, kept = _measure(reopen, source.size_bytes, allowance)
    if reason == "damaged" and not size_bytes:
        raise damaged("a damaged compressed file")
    if size_bytes:
        yield Member(
            _inner_name(source.read_at(0, 1024)), Unpacked(reopen, size_bytes, allowance, "compressed file", kept)
        )
    if reason:
        yield Unread("the rest of the file", reason, "the packed bytes could not be unpacked to their end")


def _inner_name(head: bytes) -> str:
    """The name in a gzip header (RFC 1952, 2.3.1), where it has one and no extra field."""
    if not head.startswith(b"\x1f\x8b") or head[3:4] == b"" or head[3] & 0x0C != 0x08:
        return "contents"
    return head[10:].partition(b"\x00")[0].decode("latin-1") or "contents"


def _fresh_for(head: bytes) -> Callable[[], _Decompressor]:
    if head.startswith(b"\x1f\x8b"):
        return _Gzip
    if head.startswith(b"BZh"):
        return bz2.BZ2Decompressor
    return partial(lzma.LZMADecompressor, memlimit=_LZMA_MEMORY_BYTES)


def _measure(reopen: Callable[[], _Opened], packed_bytes: int, allowance: Allowance) -> tuple[int, str, bytes | None]:
    """How many bytes can be unpacked, the reason why those are not all (else nothing), and the bytes where they are few."""
    size_bytes, reason, parts = 0, "", []
    try:
        with misreadings("compressed file"):
            stream = reopen()
            while piece := stream.read(1 << 20):
                allowance.unpack(len(piece))
                size_bytes += len(piece)
                if is_bomb(packed_bytes, size_bytes):
                    return size_bytes, "archive_bomb", None
                if size_bytes <= KEPT_BYTES:
                    parts.append(piece)
                else:
                    parts.clear()
    except FormatError:
        reason = "damaged"
    except UnsupportedError as error:
        reason = error.code
    return size_bytes, reason, b"".join(parts) if size_bytes <= KEPT_BYTES else None
