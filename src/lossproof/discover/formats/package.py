"""Documents that are ZIP packages of XML parts: Office Open XML (ECMA-376 part 2) and OpenDocument (1.3 part 2).

Finds out which document a package is from its central directory, and reads its XML parts within bounds: no document type
definition (so no entities of its own), a bounded size, a bounded depth.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Iterator
from xml.parsers import expat

from lossproof.block.source import Source
from lossproof.discover.formats.reader import open_file
from lossproof.discover.formats.reasons import damaged, locked, misreadings, unsupported
from lossproof.discover.formats.unpacked import Allowance, allowance_of, is_bomb
from lossproof.discover.formats.zip_archive import member
from lossproof.discover.spans import Member, Span, Unread
from lossproof.errors import FormatError, UnsupportedError

MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")

PART_BYTES = 1 << 30
"""An XML part that unpacks to more is not read."""

LOGO_BYTES = 32 << 10
"""A smaller picture inside a document is taken for a logo or an icon; a larger one may be a scan and is listed as not read."""

_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".wmf", ".emf", ".heic", ".webp", ".jfif")
_DEPTH = 2000
_FEED_BYTES = 1 << 16


def names(source: Source) -> frozenset[str]:
    """The entry names in a ZIP's central directory, up to its first MiB; empty when there is no such directory."""
    tail_offset = max(0, source.size_bytes - (1 << 16) - 22)
    tail = source.read_at(tail_offset, (1 << 16) + 22)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or end + 22 > len(tail):
        return frozenset()
    size, offset = struct.unpack_from("<II", tail, end + 12)
    # Counted back from the end record, so that bytes before the archive do not matter.
    start = tail_offset + end - size
    directory = source.read_at(start if start >= 0 else offset, min(size, 1 << 20))
    found, position = set(), 0
    while directory[position : position + 4] == b"PK\x01\x02" and position + 46 <= len(directory):
        name_size, extra_size, comment_size = struct.unpack_from("<HHH", directory, position + 28)
        found.add(directory[position + 46 : position + 46 + name_size].decode("utf-8", "replace"))
        position += 46 + name_size + extra_size + comment_size
    return frozenset(found)


class Package:
    """An opened package. Every reading method raises `FormatError`, `UnsupportedError` or `KeyRequiredError`, nothing else."""

    def __init__(self, source: Source, what: str) -> None:
        self.what = what
        self.allowance: Allowance = allowance_of(source)
        with misreadings(what):
            self._archive = zipfile.ZipFile(open_file(source))
            self._entries = {entry.filename: entry for entry in self._archive.infolist()}

    def names(self, prefix: str = "", suffix: str = ".xml") -> list[str]:
        """The parts whose names begin and end so, in natural order (sheet2 before sheet10)."""
        found = [name for name in self._entries if name.startswith(prefix) and name.endswith(suffix)]
        return sorted(found, key=lambda name: (len(name), name))

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part's bytes, a piece at a time. A missing part raises `FormatError`, an encrypted one `KeyRequiredError`."""
        entry = self._entries.get(name)
        if entry is None:
            raise damaged(f"a part is missing from a {self.what}")
        if entry.flag_bits & 0x41:
            raise locked(f"a part of a {self.what} needs a password")
        if entry.file_size > PART_BYTES or is_bomb(entry.compress_size, entry.file_size):
            raise unsupported("archive_bomb", f"a part of a {self.what} unpacks to far more than a document holds")
        with misreadings(self.what):
            stream = self._archive.open(entry)
            while piece := stream.read(_FEED_BYTES):
                self.allowance.unpack(len(piece))
                yield piece

    def parse(
        self,
        name: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None],
        text: Callable[[str], None],
    ) -> Iterator[None]:
        """Parse an XML part, telling `start` (name without prefix, attributes), `end` and `text`; pauses after every piece."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        depth = 0

        def begin(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > _DEPTH:
                raise damaged(f"elements inside elements without end in a {self.what}")
            start(tag.rpartition(":")[2], attributes)

        def finish(tag: str) -> None:
            nonlocal depth
            depth -= 1
            end(tag.rpartition(":")[2])

        def refuse(*_: object) -> None:
            raise damaged(f"a document type definition in a {self.what}")

        parser.StartElementHandler = begin
        parser.EndElementHandler = finish
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = refuse
        try:
            for piece in self.pieces(name):
                parser.Parse(piece, False)
                yield
            parser.Parse(b"", True)
            yield
        except (expat.ExpatError, LookupError, ValueError, OSError):  # the last three: a character set that nobody has
            raise damaged(f"damaged XML in a {self.what}") from None

    def embedded(self, *prefixes: str) -> Iterator[Span]:
        """Files inside the document as `Member`, and pictures that may be scans as `Unread`."""
        for name, entry in self._entries.items():
            if not name.startswith(prefixes) or entry.filename.endswith("/") or name.endswith((".xml", ".rels")):
                continue
            if not name.lower().endswith(_PICTURES):
                yield Member(name, member(self._archive, entry, self.allowance))
            elif entry.file_size > LOGO_BYTES:
                yield Unread(name, "image_not_read", "a picture in the document")


def attempt(where: str, spans: Iterator[Span]) -> Iterator[Span]:
    """The spans of one part of a document; when it cannot be read to its end, an `Unread`, so that the other parts go on."""
    try:
        yield from spans
    except (FormatError, UnsupportedError) as error:
        yield Unread(where, error.code, str(error))
