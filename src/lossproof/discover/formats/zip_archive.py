"""ZIP archives (PKWARE APPNOTE 6.3): each entry a file of its own, unpacked only when it is read.

Comments on the archive and on its entries are read too. Left out: archives split over several files, and encrypted entries,
which are named as such. Names of encrypted entries are seen unless the central directory itself is encrypted.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from functools import partial

from lossproof.block.source import Source
from lossproof.discover.formats import text
from lossproof.discover.formats.reader import open_file
from lossproof.discover.formats.reasons import misreadings
from lossproof.discover.formats.unpacked import Allowance, Unpacked, allowance_of, is_bomb
from lossproof.discover.spans import Member, Prose, Span, Unread

SUFFIXES = (".zip", ".jar", ".epub", ".kmz", ".xps")
MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
CERTAINTY = 3

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def texts(source: Source) -> Iterator[Span]:
    """Each entry as a `Member`; what is encrypted or unpacks without measure as `Unread`.

    Raises `FormatError` where the central directory is damaged.
    """
    with misreadings("zip archive"):
        archive = zipfile.ZipFile(open_file(source))
    allowance = allowance_of(source)
    yield from _comment("", archive.comment)
    for entry in archive.infolist():
        if entry.filename.endswith("/"):
            continue
        if not allowance.entry():
            yield Unread(entry.filename, "archive_bomb", "too many entries: this one and those after it")
            return
        yield from _comment(entry.filename, entry.comment)
        yield _entry(archive, entry, allowance)


def member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, allowance: Allowance) -> Unpacked:
    """One entry as a source. Reading it raises `FormatError` where it is damaged."""
    return Unpacked(partial(archive.open, entry), entry.file_size, allowance, "zip entry")


def _comment(where: str, comment: bytes) -> Iterator[Span]:
    written = text.plain(comment)
    if written.strip():
        yield Prose(written + "\n", f"{where} comment".strip())


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, allowance: Allowance) -> Span:
    if entry.flag_bits & 0x41:
        return Unread(entry.filename, "encrypted", "an entry that needs a password")
    if is_bomb(entry.compress_size, entry.file_size):
        return Unread(entry.filename, "archive_bomb", "an entry that unpacks to more than a thousand times its size")
    if entry.compress_type not in _METHODS:
        return Unread(entry.filename, "archive_not_read", "an entry packed by a method that is not read")
    return Member(entry.filename, member(archive, entry, allowance))
