"""Compressed bytes as a `Source`, unpacked only when they are read, within an allowance that nested archives share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from lossproof.block.source import Source
from lossproof.discover.formats.reasons import misreadings, unsupported
from lossproof.errors import LossproofError

UNPACKED_BYTES = 2 << 30
ENTRIES = 100_000
RATIO = 1000
RATIO_FROM_BYTES = 100 << 20
KEPT_BYTES = 32 << 20
_PIECE_BYTES = 1 << 16


class Stream(Protocol):
    """Bytes in order."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


@dataclass(slots=True)
class Allowance:
    """What may still be unpacked from one archive and from all archives inside it: bytes, and entries to look at."""

    bytes_left: int = UNPACKED_BYTES
    entries_left: int = ENTRIES

    def unpack(self, size: int) -> None:
        """Count `size` unpacked bytes. Raises `UnsupportedError` (`archive_bomb`) when there are none left."""
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise unsupported("archive_bomb", "an archive that unpacks to more than 2 GiB")

    def entry(self) -> bool:
        """Count an entry; false when there have been too many."""
        self.entries_left -= 1
        return self.entries_left >= 0


@dataclass(slots=True)
class Unpacked:
    """A stream that `reopen` starts anew, as a source of `size_bytes`. Small ones are kept; large ones are for reading in order.

    Of a stream that is damaged or ends early, what comes before the damage is given; reading there raises `FormatError`.
    """

    reopen: Callable[[], Stream]
    size_bytes: int
    allowance: Allowance
    what: str
    kept: bytes | None = field(default=None, repr=False)
    _stream: Stream | None = None
    _position: int = 0
    _failure: LossproofError | None = None

    def read_at(self, offset: int, size: int) -> bytes:
        """See `Source`."""
        size = min(size, self.size_bytes - offset)
        if offset < 0 or size <= 0:
            return b""
        if self.kept is None and self.size_bytes <= KEPT_BYTES:
            self.kept = self._read_on(self.size_bytes)
            self._stream = None
        if self.kept is not None:
            if offset >= len(self.kept) and self._failure is not None:
                raise self._failure
            return self.kept[offset : offset + size]
        if self._stream is None or offset < self._position:
            with misreadings(self.what):
                self._stream, self._position, self._failure = self.reopen(), 0, None
        while self._position < offset and self._failure is None:
            self._read_on(min(1 << 20, offset - self._position))
        part = self._read_on(size) if self._failure is None else b""
        if self._failure is not None and not part:
            raise self._failure
        return part

    def holes(self) -> Iterator[tuple[int, int]]:
        """None."""
        return iter(())

    def _read_on(self, size: int) -> bytes:
        """The next `size` bytes; fewer, and the reason in `_failure`, where there are no more."""
        parts = []
        try:
            with misreadings(self.what):
                if self._stream is None:
                    self._stream, self._position = self.reopen(), 0
                while size > 0:
                    part = self._stream.read(min(size, _PIECE_BYTES))
                    if not part:
                        raise EOFError
                    self.allowance.unpack(len(part))
                    self._position += len(part)
                    size -= len(part)
                    parts.append(part)
        except LossproofError as error:
            self._failure = error
        return b"".join(parts)


def allowance_of(source: Source) -> Allowance:
    """The allowance that a source was unpacked under, or a new one for a file that stands by itself."""
    return source.allowance if isinstance(source, Unpacked) else Allowance()


def is_bomb(packed_bytes: int, unpacked_bytes: int) -> bool:
    """Whether an entry unpacks to more than 100 MiB, and more than a thousand times its size."""
    return unpacked_bytes > RATIO_FROM_BYTES and unpacked_bytes > RATIO * packed_bytes
