"""NTFS. Specification: Linux-NTFS documentation, "$Boot"; Microsoft's "NTFS boot sector" tables agree.
Left out: the master file table beyond its first signature; files encrypted one by one (EFS)."""

from __future__ import annotations

from lossproof.block.fields import le16, le64
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.schemes import sized
from lossproof.model.volume import Layer

NAME = "ntfs"
SPEC = "Linux-NTFS documentation, $Boot"
SIGNATURE = b"NTFS    "


def detect(source: Source) -> bool:
    """Whether the OEM id is NTFS and the sector size is one that NTFS has."""
    sector = source.read_at(0, 512)
    return sector[3:11] == SIGNATURE and len(sector) == 512 and le16(sector, 11) in {256, 512, 1024, 2048, 4096}


def read(source: Source) -> Layer:
    """The volume; `uuid` is its serial number. Finding `header_damaged`: no file record where the MFT should be."""
    if not detect(source):
        raise FormatError("not an NTFS boot sector")
    sector = source.read_at(0, 512)
    sector_bytes = le16(sector, 11)
    # The copy of the boot sector lies right behind the volume's sectors and belongs to it.
    size_bytes, findings = sized((le64(sector, 40) + 1) * sector_bytes, source)
    per_cluster = sector[13] if sector[13] <= 0x80 else 1 << (0x100 - sector[13] & 0x1F)
    mft = le64(sector, 48) * per_cluster * sector_bytes
    if "truncated" not in findings and source.read_at(mft, 4) != b"FILE":
        findings = (*findings, "header_damaged")
    return Layer(scheme=NAME, offset_bytes=0, size_bytes=size_bytes, uuid=f"{le64(sector, 72):016X}", findings=findings)
