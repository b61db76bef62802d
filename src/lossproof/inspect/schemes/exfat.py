"""exFAT. Specification: Microsoft exFAT file system specification, section 3 (volume structure; checksum: 3.4).
Left out: the allocation table, directories, TexFAT's second table."""

from __future__ import annotations

from lossproof.block.fields import le32, le64
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.schemes import sized
from lossproof.model.volume import Layer

NAME = "exfat"
SPEC = "Microsoft exFAT file system specification, section 3"
SIGNATURE = b"EXFAT   "


def detect(source: Source) -> bool:
    """Whether FileSystemName is EXFAT and MustBeZero is zero (sections 3.1.2 and 3.1.3)."""
    sector = source.read_at(0, 512)
    return sector[3:11] == SIGNATURE and not any(sector[11:64])


def read(source: Source) -> Layer:
    """The volume; `uuid` is its serial number. Finding `header_damaged` where the boot checksum does not hold."""
    sector = source.read_at(0, 512)
    if sector[3:11] != SIGNATURE or len(sector) < 512:
        raise FormatError("not an exFAT boot sector")
    shift = sector[108]
    if not 9 <= shift <= 12:
        raise FormatError("an impossible exFAT sector size")
    serial = le32(sector, 100)
    size_bytes, findings = sized(le64(sector, 72) << shift, source)
    return Layer(
        scheme=NAME,
        offset_bytes=0,
        size_bytes=size_bytes,
        version=f"{sector[105]}.{sector[104]:02}",
        uuid=f"{serial >> 16:04X}-{serial & 0xFFFF:04X}",
        findings=findings if _checksum_holds(source, 1 << shift) else (*findings, "header_damaged"),
    )


def _checksum_holds(source: Source, sector_bytes: int) -> bool:
    """Section 3.4: a rotating sum over the first 11 sectors, without VolumeFlags and PercentInUse."""
    region = source.read_at(0, 12 * sector_bytes)
    if len(region) < 12 * sector_bytes:
        return False
    total = 0
    for at, value in enumerate(region[: 11 * sector_bytes]):
        if at not in {106, 107, 112}:
            total = ((total >> 1) | (total & 1) << 31) + value & 0xFFFFFFFF
    return le32(region, 11 * sector_bytes) == total
