"""Compound files (MS-CFB): the container of Word, Excel and PowerPoint before 2007, of Outlook messages, and of encrypted OOXML.

Reads the directory and the streams, each chain of sectors bounded. Left out: the tree that orders the directory (its entries
are read one after another, so those that were deleted from the tree are seen too), and its times.
"""

from __future__ import annotations

import struct

from lossproof.block.source import Source
from lossproof.discover.formats.reasons import damaged, unsupported

MAGIC = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)

STREAM_BYTES = 64 << 20
_LAST = 0xFFFFFFFA
_ENTRIES = 100_000


class CompoundFile:
    """The streams of a compound file by name; of several with one name, the first. Raises `FormatError` when it is damaged."""

    def __init__(self, source: Source) -> None:
        self._source = source
        header = source.read_at(0, 512)
        if len(header) < 512 or not header.startswith(MAGIC):
            raise damaged("a damaged compound file")
        shift, mini_shift = struct.unpack_from("<HH", header, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise damaged("a compound file with impossible sector sizes")
        self._sector_bytes = 1 << shift
        (directory,) = struct.unpack_from("<I", header, 48)
        self._cutoff, mini_fat, _, difat, _ = struct.unpack_from("<5I", header, 56)
        self._fat = self._read_fat(header, difat)
        self._mini_fat = _numbers(self._chain(mini_fat, STREAM_BYTES))
        self.streams: dict[str, tuple[int, int]] = {}
        self._mini = b""
        self._read_directory(self._chain(directory, _ENTRIES * 128))

    def read(self, name: str) -> bytes:
        """A stream's bytes, at most 64 MiB. A missing one raises `FormatError`."""
        if name not in self.streams:
            raise damaged("a stream is missing from a compound file")
        start, size = self.streams[name]
        if size > STREAM_BYTES:
            raise unsupported("too_large", "a document of more than 64 MiB in a compound file")
        return self._short(start, size) if size < self._cutoff else self._chain(start, size)[:size]

    def _sector(self, number: int) -> bytes:
        return self._source.read_at((number + 1) * self._sector_bytes, self._sector_bytes)

    def _read_fat(self, header: bytes, difat: int) -> list[int]:
        sectors = list(struct.unpack_from("<109I", header, 76))
        seen: set[int] = set()
        while difat < _LAST and difat not in seen:
            seen.add(difat)
            numbers = _numbers(self._sector(difat))
            if not numbers:
                break
            sectors.extend(numbers[:-1])
            difat = numbers[-1]
        limit = self._source.size_bytes // self._sector_bytes + 1
        fat: list[int] = []
        for sector in sectors:
            if sector < _LAST and len(fat) < limit:
                fat.extend(_numbers(self._sector(sector)))
        return fat

    def _chain(self, start: int, size: int) -> bytes:
        parts, number, left = [], start, size
        while number < _LAST and left > 0:
            part = self._sector(number)
            if not part or number >= len(self._fat):
                break
            parts.append(part)
            left -= len(part)
            number = self._fat[number]
        return b"".join(parts)

    def _short(self, start: int, size: int) -> bytes:
        parts, number, left = [], start, size
        while number < len(self._mini_fat) and left > 0:
            parts.append(self._mini[number * 64 : number * 64 + 64])
            left -= 64
            number = self._mini_fat[number]
        return b"".join(parts)[:size]

    def _read_directory(self, directory: bytes) -> None:
        for offset in range(0, len(directory) - 127, 128):
            name_bytes, kind = struct.unpack_from("<HB", directory, offset + 64)
            start, size = struct.unpack_from("<II", directory, offset + 116)
            if kind == 5:
                self._mini = self._chain(start, min(size, STREAM_BYTES))
            elif kind == 2 and 2 <= name_bytes <= 64:
                name = directory[offset : offset + name_bytes - 2].decode("utf-16-le", "replace")
                self.streams.setdefault(name, (start, size))


def _numbers(sector: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(sector) // 4}I", sector[: len(sector) // 4 * 4]))
