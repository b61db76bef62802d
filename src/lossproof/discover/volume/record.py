"""One file's record as libtsk hands it out: what kind it is, its attributes with their runs, and its bytes as a `Source`.

An attribute is libtsk's word for a stretch of bytes that a file owns: its contents, an NTFS stream or index, the
indirect blocks of ext. A run is a piece of it that lies in one place on the volume.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pytsk3

from lossproof.discover.volume.image import TSK_ERRORS
from lossproof.errors import FormatError

READ_BYTES = 1 << 22

_CONTENT_TYPES = (
    pytsk3.TSK_FS_ATTR_TYPE_DEFAULT,
    pytsk3.TSK_FS_ATTR_TYPE_NTFS_DATA,
    pytsk3.TSK_FS_ATTR_TYPE_HFS_DATA,
    pytsk3.TSK_FS_ATTR_TYPE_HFS_RSRC,
)
_UNNAMED = (None, b"", b"$Data", b"N/A", b"DATA")
_HOLE = int(pytsk3.TSK_FS_ATTR_RUN_FLAG_SPARSE) | int(pytsk3.TSK_FS_ATTR_RUN_FLAG_FILLER)


class Attribute(NamedTuple):
    """One attribute of a file. `runs`: (offset on the volume, size, offset in the attribute) in bytes, without holes."""

    type: int
    id: int
    name: bytes | None
    size_bytes: int
    flags: int
    runs: list[tuple[int, int, int]]

    @property
    def is_content(self) -> bool:
        """What a reader of the file gets, as against what the file system keeps about it."""
        return self.type in _CONTENT_TYPES

    @property
    def is_stream(self) -> bool:
        """NTFS data, which folders can have too."""
        return self.type == int(pytsk3.TSK_FS_ATTR_TYPE_NTFS_DATA)

    @property
    def is_unnamed(self) -> bool:
        """The file's main contents."""
        return self.name in _UNNAMED

    @property
    def is_compressed(self) -> bool:
        """By the file system: its runs hold fewer bytes than it has."""
        return bool(self.flags & int(pytsk3.TSK_FS_ATTR_COMP))

    @property
    def is_encrypted(self) -> bool:
        """By the file system (EFS)."""
        return bool(self.flags & int(pytsk3.TSK_FS_ATTR_ENC))

    @property
    def is_resident(self) -> bool:
        """Kept inside the file's record."""
        return not self.flags & int(pytsk3.TSK_FS_ATTR_NONRES)

    @property
    def is_hollow(self) -> bool:
        """Has a length, and not one byte on the medium."""
        return self.size_bytes > 0 and not self.runs and not self.is_resident

    def pieces(self, volume_bytes: int) -> Iterator[tuple[int, int]]:
        """(offset, size) on the volume of the bytes that reading the attribute gives, cut to a volume of that size."""
        limit = min(self.size_bytes, volume_bytes)
        for offset, size, position in self.runs:
            length = size if self.is_compressed else min(size, limit - position)
            length = min(length, volume_bytes - offset)
            if length > 0:
                yield offset, length

    def tails(self, volume_bytes: int) -> Iterator[tuple[int, int]]:
        """(offset, size) on the volume of what lies between the attribute's end and the end of its clusters.

        Nothing for a compressed attribute, whose last cluster's use is not known, nor for one that lies about its size.
        """
        if self.is_compressed or self.size_bytes > volume_bytes:
            return
        for offset, size, position in self.runs:
            used = min(size, max(0, self.size_bytes - position))
            length = min(size, volume_bytes - offset) - used
            if length > 0:
                yield offset + used, length


def attributes(file: pytsk3.File, block_bytes: int) -> list[Attribute]:
    """Every attribute of a file with its runs, in blocks of that size. Raises one of `TSK_ERRORS` on damage."""
    return [
        Attribute(
            int(attribute.info.type),
            int(attribute.info.id),
            attribute.info.name,
            max(0, int(attribute.info.size)),
            int(attribute.info.flags),
            [
                (run.addr * block_bytes, run.len * block_bytes, run.offset * block_bytes)
                for run in attribute
                if not int(run.flags) & _HOLE
            ],
        )
        for attribute in file
    ]


def reparse_tag(file: pytsk3.File, found: list[Attribute]) -> int | None:
    """The tag of an NTFS reparse point (MS-FSCC section 2.1.2.1): 0 where it cannot be read, None where there is none."""
    for attribute in found:
        if attribute.type == int(pytsk3.TSK_FS_ATTR_TYPE_NTFS_REPARSE):
            try:
                tag = file.read_random(0, 4, attribute.type, attribute.id)
            except TSK_ERRORS:
                return 0
            return int(struct.unpack("<I", tag)[0]) if len(tag) == 4 else 0
    return None


def is_live(file: pytsk3.File) -> bool:
    """Whether the file's record is in use."""
    meta = file.info.meta
    return meta is not None and bool(int(meta.flags) & int(pytsk3.TSK_FS_META_FLAG_ALLOC))


def is_folder(file: pytsk3.File) -> bool:
    """A directory."""
    return file.info.meta is not None and int(file.info.meta.type) == int(pytsk3.TSK_FS_META_TYPE_DIR)


def is_virtual_folder(file: pytsk3.File) -> bool:
    """A directory that libtsk makes up: `$OrphanFiles`."""
    return file.info.meta is not None and int(file.info.meta.type) == int(pytsk3.TSK_FS_META_TYPE_VIRT_DIR)


def is_regular(file: pytsk3.File) -> bool:
    """A file with contents, as against a link, a device, a socket, a pipe, a table of the file system."""
    kinds = (int(pytsk3.TSK_FS_META_TYPE_REG), int(pytsk3.TSK_FS_META_TYPE_UNDEF))
    return file.info.meta is not None and int(file.info.meta.type) in kinds


@dataclass(frozen=True, slots=True)
class VolumeFile:
    """The bytes of a file, or of one of its attributes (its type and id), as a `Source`."""

    file: pytsk3.File
    attribute: tuple[int, int] | None
    size_bytes: int

    def read_at(self, offset: int, size: int) -> bytes:
        """See `Source`. Raises `FormatError` where libtsk cannot read."""
        size = min(size, self.size_bytes - offset)
        if offset < 0 or size <= 0:
            return b""
        which = self.attribute or ()
        parts: list[bytes] = []
        while size > 0:
            try:
                part: bytes = self.file.read_random(offset, min(size, READ_BYTES), *which)
            except TSK_ERRORS:
                raise FormatError(f"cannot read the file at byte {offset}") from None
            if not part:
                break
            parts.append(part)
            offset += len(part)
            size -= len(part)
        return b"".join(parts)

    def holes(self) -> Iterator[tuple[int, int]]:
        """None."""
        return iter(())
