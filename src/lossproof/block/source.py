"""A bounded, read-only, counted byte source: what every parser is given instead of a file.

A read never goes past the source's end (it comes back short instead), never before its start, and never beyond the
source's budget: a parser that is led round in circles by lying bytes stops with `FormatError`.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from lossproof.errors import FormatError, InputError


class Source(Protocol):
    """Bytes at offsets. `size_bytes` is the source's length; `read_at` returns at most `size` bytes, fewer only at the
    end.
    """

    @property
    def size_bytes(self) -> int:
        """Length in bytes."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; empty at or after the end."""

    def holes(self) -> Iterator[tuple[int, int]]:
        """(offset, size) of ranges known to read as zeros without reading them, in order."""


class Meter:
    """Counts the bytes read through any number of sources and stops a reader at `budget_bytes` (None: no limit)."""

    __slots__ = ("budget_bytes", "bytes_read")

    def __init__(self, budget_bytes: int | None = None) -> None:
        self.budget_bytes = budget_bytes
        self.bytes_read = 0

    def add(self, size: int) -> None:
        """Count `size` bytes before they are read. Raises `FormatError` when the budget would be passed."""
        if self.budget_bytes is not None and self.bytes_read + size > self.budget_bytes:
            raise FormatError("the headers send the reader further than a verdict may read")
        self.bytes_read += size

    @property
    def left_bytes(self) -> int:
        """What the budget still allows."""
        return 2**63 if self.budget_bytes is None else self.budget_bytes - self.bytes_read


class FileSource:
    """A regular file or block device, by descriptor (borrowed: the opener closes it)."""

    __slots__ = ("fd", "meter", "size_bytes")

    def __init__(self, fd: int, size_bytes: int, meter: Meter | None = None) -> None:
        self.fd = fd
        self.size_bytes = size_bytes
        self.meter = meter or Meter()

    def read_at(self, offset: int, size: int) -> bytes:
        """See `Source`. An unreadable sector raises `FormatError`."""
        size = min(size, self.size_bytes - offset)
        if offset < 0 or size <= 0:
            return b""
        self.meter.add(size)
        parts: list[bytes] = []
        while size > 0:
            try:
                part = os.pread(self.fd, min(size, 1 << 26), offset)
            except OSError as error:
                raise FormatError(f"cannot read at byte {offset}: {error.strerror}") from None
            if not part:
                break
            parts.append(part)
            offset += len(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def holes(self) -> Iterator[tuple[int, int]]:
        """Holes of a sparse file, by SEEK_HOLE. Nothing on a device or where the file system does not say."""
        position = 0
        try:
            while position < self.size_bytes:
                start = os.lseek(self.fd, position, os.SEEK_HOLE)
                if start >= self.size_bytes:
                    return
                try:
                    end = os.lseek(self.fd, start, os.SEEK_DATA)
                except OSError as error:
                    if error.errno != errno.ENXIO:
                        return
                    end = self.size_bytes
                yield start, min(end, self.size_bytes) - start
                position = end
        except OSError:
            return


class BytesSource(NamedTuple):
    """Bytes in memory."""

    data: bytes

    @property
    def size_bytes(self) -> int:
        """Length in bytes."""
        return len(self.data)

    def read_at(self, offset: int, size: int) -> bytes:
        """See `Source`."""
        return self.data[offset : offset + size] if offset >= 0 and size > 0 else b""

    def holes(self) -> Iterator[tuple[int, int]]:
        """None."""
        return iter(())


class Window(NamedTuple):
    """A range of another source, as a source of its own. The range is cut to what is there."""

    inner: Source
    offset_bytes: int
    wanted_bytes: int

    @property
    def size_bytes(self) -> int:
        """Length in bytes, at most what the inner source holds."""
        return max(0, min(self.wanted_bytes, self.inner.size_bytes - self.offset_bytes))

    def read_at(self, offset: int, size: int) -> bytes:
        """See `Source`."""
        if offset < 0:
            return b""
        return self.inner.read_at(self.offset_bytes + offset, min(size, self.size_bytes - offset))

    def holes(self) -> Iterator[tuple[int, int]]:
        """The inner source's holes, cut to the window."""
        end = self.offset_bytes + self.size_bytes
        for start, size in self.inner.holes():
            low, high = max(start, self.offset_bytes), min(start + size, end)
            if low < high:
                yield low - self.offset_bytes, high - low


def open_source(path: str | os.PathLike[str], meter: Meter | None = None) -> FileSource:
    """Open a disk image or block device read-only; the caller closes `fd`.

    Raises `InputError` where there is nothing, a folder, a pipe, or no permission.
    """
    try:
        fd = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        )
    except FileNotFoundError:
        raise InputError(f"{path}: no such file or device", hint="name a device, a disk image or a folder") from None
    except PermissionError:
        raise InputError(
            f"{path}: permission denied", hint="reading a device needs root; reading an image does not"
        ) from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode):
        size = os.fstat(fd).st_size
    elif stat.S_ISBLK(mode):
        size = os.lseek(fd, 0, os.SEEK_END)
    else:
        os.close(fd)
        raise InputError(f"{path}: not a disk image or a device", hint="name a device, a disk image or a folder")
    return FileSource(fd, size, meter or Meter())
