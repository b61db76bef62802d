"""TAR archives (POSIX.1-2017 pax, ustar and GNU): each regular file a file of its own.

Left out: sparse GNU members, and what is no regular file. A packed archive (.tar.gz) is read as its packing first.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator

from lossproof.block.source import Source, Window
from lossproof.discover.formats.reader import open_file
from lossproof.discover.formats.reasons import damaged, misreadings
from lossproof.discover.formats.unpacked import allowance_of
from lossproof.discover.spans import Member, Span, Unread

SUFFIXES = (".tar",)
MAGIC: tuple[bytes, ...] = ()
CERTAINTY = 3


def detect(source: Source, name: str) -> bool:  # noqa: ARG001  one signature for every format
    """Whether the first header has tar's mark and its sum."""
    head = source.read_at(0, 512)
    if len(head) < 512 or head[257:262] != b"ustar":
        return False
    stated = head[148:156].strip(b" \x00")
    return stated.isdigit() and int(stated, 8 if b"8" not in stated and b"9" not in stated else 10) in _sums(head)


def texts(source: Source) -> Iterator[Span]:
    """Each file as a `Member` within the source; a damaged end as `Unread`. Raises `FormatError` where nothing can be read."""
    with misreadings("tar archive"):
        try:
            archive = tarfile.open(fileobj=open_file(source), mode="r:", errorlevel=0)  # noqa: SIM115  closes nothing of its own
        except tarfile.TarError:
            raise damaged("a damaged tar archive") from None
    allowance = allowance_of(source)
    while True:
        with misreadings("tar archive"):
            try:
                entry = archive.next()
            except tarfile.TarError:
                yield Unread("the rest of the archive", "damaged", "the next header is damaged")
                return
        if entry is None:
            # The library takes a damaged header for the end; the end is zeros, or nothing.
            if source.read_at(archive.offset, 512).strip(b"\x00"):
                yield Unread("the rest of the archive", "damaged", "the next header is damaged")
            return
        archive.members = []  # type: ignore[attr-defined]  # the library would keep every header it has seen
        if not allowance.entry():
            yield Unread(entry.name, "archive_bomb", "too many entries: this one and those after it")
            return
        if entry.issparse():
            yield Unread(entry.name, "archive_not_read", "a sparse entry")
        elif entry.isreg():
            if entry.offset_data + entry.size > source.size_bytes:
                yield Unread(entry.name, "damaged", "the archive ends inside this entry")
            yield Member(entry.name, Window(source, entry.offset_data, entry.size))


def _sums(head: bytes) -> tuple[int, int]:
    """The header's sum with its own field as blanks: of unsigned bytes, and of signed ones as old programs made it."""
    unsigned = sum(head) - sum(head[148:156]) + 8 * 0x20
    high = sum(byte > 127 for byte in head[:148] + head[156:])
    return unsigned, unsigned - 256 * high
