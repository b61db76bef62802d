"""FAT12, FAT16 and FAT32. Specification: Microsoft FAT32 File System Specification 1.03, sections "Boot Sector and BPB"
and "FAT Type Determination". Left out: the allocation table and directories (discover reads those through pytsk3).
"""

from __future__ import annotations

from lossproof.block.fields import le16, le32
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.schemes import sized
from lossproof.model.volume import Layer

NAME = "fat"
SPEC = "Microsoft FAT32 File System Specification 1.03"
DISGUISES: frozenset[str] = frozenset()


def detect(source: Source) -> bool:
    """Whether the first sector holds a BIOS parameter block that a FAT driver would accept."""
    sector = source.read_at(0, 512)
    return len(sector) == 512 and _is_parameter_block(sector)


def read(source: Source) -> Layer:
    """The volume; `version` by the number of clusters, `uuid` the volume serial number."""
    sector = source.read_at(0, 512)
    if len(sector) < 512 or not _is_parameter_block(sector):
        raise FormatError("not a FAT boot sector")
    sector_bytes = le16(sector, 11)
    sectors = le16(sector, 19) or le32(sector, 32)
    fat_sectors = le16(sector, 22) or le32(sector, 36)
    root_sectors = -(-le16(sector, 17) * 32 // sector_bytes)
    clusters = (sectors - le16(sector, 14) - sector[16] * fat_sectors - root_sectors) // sector[13]
    version, extended = _version(clusters, is_wide=le16(sector, 22) == 0)
    serial = le32(sector, extended + 1) if sector[extended] in {0x28, 0x29} else 0
    size_bytes, findings = sized(sectors * sector_bytes, source)
    return Layer(
        scheme=NAME,
        offset_bytes=0,
        size_bytes=size_bytes,
        version=version,
        uuid=f"{serial >> 16:04X}-{serial & 0xFFFF:04X}" if serial else None,
        findings=findings if clusters > 0 else (*findings, "header_damaged"),
    )


def _version(clusters: int, *, is_wide: bool) -> tuple[str, int]:
    """Name of the variant and the offset of its extended boot signature.

    A 16-bit table size of zero makes it FAT32 whatever the count: so do Windows and Linux, against the letter of the
    text.
    """
    if is_wide:
        return "FAT32", 66
    return ("FAT12" if clusters < 4085 else "FAT16"), 38


def _is_parameter_block(sector: bytes) -> bool:
    per_cluster = sector[13]
    fat_sectors = le16(sector, 22) or le32(sector, 36)
    return (
        (sector[0] in {0xEB, 0xE9} or sector[510:512] == b"\x55\xaa")
        and le16(sector, 11) in {512, 1024, 2048, 4096}
        and per_cluster != 0
        and per_cluster & (per_cluster - 1) == 0
        and le16(sector, 14) != 0
        and sector[16] in {1, 2}
        and (sector[21] == 0xF0 or sector[21] >= 0xF8)
        and fat_sectors != 0
        and (le16(sector, 19) or le32(sector, 32)) > 0
        and (le16(sector, 22) == 0 or le16(sector, 17) != 0)
    )
