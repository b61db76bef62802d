"""A volume as libtsk (The Sleuth Kit, through pytsk3) reads it: bytes in, a file-system handle out.

The type is decided here by the volume's own signature and handed to libtsk, which is never asked to guess: its
guessing runs parsers that are not wanted (UFS, YAFFS2), and gives up where an old file system's signature survives
beside the new one's. Left out: APFS (libtsk reads it only inside a pool), ReFS, F2FS, Btrfs, XFS, UDF, classic HFS.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

import pytsk3

from lossproof.block.source import Source
from lossproof.errors import FormatError, LossproofError, UnsupportedError

#: What pytsk3 raises on bytes that it does not like, as found by fuzzing it; anything else is a defect of ours.
TSK_ERRORS = (OSError, RuntimeError, ValueError, TypeError, AttributeError, KeyError, OverflowError, SystemError)


class VolumeImage(pytsk3.Img_Info):  # type: ignore[misc]
    """libtsk's view of a `Source`. A read that the source refuses comes back empty: to libtsk, a bad sector."""

    def __init__(self, source: Source) -> None:
        self._source = source
        super().__init__(url="", type=pytsk3.TSK_IMG_TYPE_EXTERNAL)

    def get_size(self) -> int:
        """Length in bytes."""
        return self._source.size_bytes

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`."""
        try:
            return self._source.read_at(offset, size)
        except LossproofError:
            return b""

    def close(self) -> None:
        """Nothing: the source is borrowed."""


class Kind(NamedTuple):
    """A family of file systems: its name, how libtsk calls it, and how a volume says that it is one."""

    name: str
    tsk_type: int
    claims: Callable[[bytes], bool]


def _is_fat(head: bytes) -> bool:
    """A BIOS parameter block (Microsoft FAT specification 1.03, section 3.1) and the 55 AA that ends its sector."""
    if head[510:512] != b"\x55\xaa" or head[3:11] in (b"NTFS    ", b"EXFAT   ", b"-FVE-FS-"):
        return False
    sector_bytes, cluster_sectors, reserved, tables = struct.unpack_from("<HBHB", head, 11)
    return (
        sector_bytes in (512, 1024, 2048, 4096)
        and cluster_sectors.bit_count() == 1
        and reserved > 0
        and tables in (1, 2)
    )


def _is_hfsplus(head: bytes) -> bool:
    """A volume header (Apple TN1150, "Volume Header"), bare or wrapped in a classic HFS volume ("HFS Wrapper")."""
    return head[0x400:0x402] in (b"H+", b"HX") or (head[0x400:0x402] == b"BD" and head[0x47C:0x47E] == b"H+")


KINDS = (
    Kind("ntfs", pytsk3.TSK_FS_TYPE_NTFS, lambda head: head[3:11] == b"NTFS    "),
    Kind("exfat", pytsk3.TSK_FS_TYPE_EXFAT, lambda head: head[3:11] == b"EXFAT   "),
    Kind("fat", pytsk3.TSK_FS_TYPE_FAT_DETECT, _is_fat),
    Kind("ext", pytsk3.TSK_FS_TYPE_EXT_DETECT, lambda head: head[0x438:0x43A] == b"\x53\xef"),
    Kind("hfsplus", pytsk3.TSK_FS_TYPE_HFS, _is_hfsplus),
    Kind("iso9660", pytsk3.TSK_FS_TYPE_ISO9660, lambda head: head[0x8001:0x8006] == b"CD001"),
)
HEAD_BYTES = 0x8800


def open_kind(source: Source) -> tuple[Kind, pytsk3.FS_Info]:
    """The file system that the volume's signature names, opened.

    Raises `FormatError` when it is damaged, `UnsupportedError` (code `file_system_not_examined`) when it is none of
    `KINDS`.
    """
    head = source.read_at(0, HEAD_BYTES).ljust(HEAD_BYTES, b"\0")
    claimed = [kind for kind in KINDS if kind.claims(head)]
    for kind in claimed:
        try:
            return kind, pytsk3.FS_Info(VolumeImage(source), 0, kind.tsk_type)
        except TSK_ERRORS:
            continue
    if claimed:
        raise FormatError(f"the {claimed[0].name} file system is damaged and cannot be opened")
    error = UnsupportedError("no file system that can be examined is on this volume")
    error.code = "file_system_not_examined"
    raise error


def exfat_tables(source: Source) -> list[tuple[int, int]]:
    """(offset, size) in bytes of an exFAT volume's allocation tables, which libtsk keeps to itself.

    exFAT specification, section 3.1: FatOffset, FatLength, ClusterHeapOffset, BytesPerSectorShift, NumberOfFats.

    Cut to what lies before the cluster heap, so that no lie in the boot sector reaches a file's bytes.
    """
    boot = source.read_at(0, 512).ljust(512, b"\0")
    fat_offset, fat_length, heap_offset = struct.unpack_from("<III", boot, 80)
    sector_shift, tables = boot[108], boot[110]
    end = min(fat_offset + fat_length * tables, heap_offset)
    if not 9 <= sector_shift <= 12 or end <= fat_offset or end << sector_shift > source.size_bytes:
        return []
    return [(fat_offset << sector_shift, (end - fat_offset) << sector_shift)]
