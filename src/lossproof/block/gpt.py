"""The GUID partition table: header and entries with their checksums, the copy at the end, hybrid MBR entries.

Specification: UEFI 2.10 section 5.3. Sectors of 512 and 4096 bytes, whichever puts a header at sector 1.
Left out: partition names and attributes.
"""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32

from lossproof.block import mbr
from lossproof.block.fields import guid_text, le32, le64
from lossproof.block.mbr import Partition, PartitionTable
from lossproof.block.source import Source
from lossproof.errors import FormatError

SIGNATURE = b"EFI PART"
SECTOR_SIZES = (512, 4096)
MAX_ENTRIES = 1024
MAX_ENTRY_BYTES = 4096
MAX_ENTRIES_BYTES = 256 * 1024


class Header(NamedTuple):
    """A header whose checksum holds (section 5.3.2)."""

    sector_bytes: int
    lba: int
    other_lba: int
    disk_guid: str | None
    entries_lba: int
    entry_count: int
    entry_bytes: int
    entries_crc32: int

    @property
    def entries_range(self) -> tuple[int, int]:
        """(offset, size) in bytes of the entries."""
        return self.entries_lba * self.sector_bytes, self.entry_count * self.entry_bytes


def has_table(source: Source) -> bool:
    """Whether there is a GPT: a header signature at sector 1, or a protective MBR and a header at the last sector."""
    if any(source.read_at(size, 8) == SIGNATURE for size in SECTOR_SIZES):
        return True
    protective = mbr.is_protective(source.read_at(0, 512))
    return protective and any(source.read_at(source.size_bytes - size, 8) == SIGNATURE for size in SECTOR_SIZES)


def read_table(source: Source) -> PartitionTable:
    """Partitions of the first table whose checksums hold: the one at the start, else its copy at the end.

    Raises `FormatError` when neither holds. Findings: `backup_table_used`, `header_damaged` (entries with a wrong
    checksum in both), `truncated`, and those of `mbr.cut`. Entries of a hybrid MBR that the GPT does not have are
    partitions too.
    """
    damaged: tuple[Header, bytes] | None = None
    for header, is_backup in _headers(source):
        raw = source.read_at(*header.entries_range)
        if crc32(raw) == header.entries_crc32:
            return _table(source, header, raw, ["backup_table_used"] if is_backup else [])
        damaged = damaged or (header, raw)
    if damaged is None:
        raise FormatError("neither the partition table nor its copy is intact")
    return _table(source, *damaged, ["header_damaged"])


def _headers(source: Source) -> list[tuple[Header, bool]]:
    """Headers that hold: the first one, and those at the end, where it points and in the last sector."""
    found: list[tuple[Header, bool]] = []
    for sector_bytes in SECTOR_SIZES:
        places = [(1, False), (source.size_bytes // sector_bytes - 1, True)]
        for lba, is_backup in places:
            try:
                found.append((_header(source, sector_bytes, lba), is_backup))
            except FormatError:
                continue
    for header, is_backup in found[:1]:
        if not is_backup and all(other.lba != header.other_lba for other, _ in found):
            try:
                found.append((_header(source, header.sector_bytes, header.other_lba), True))
            except FormatError:
                continue
    return sorted(found, key=lambda item: item[1])


def _header(source: Source, sector_bytes: int, lba: int) -> Header:
    raw = source.read_at(lba * sector_bytes, 512)
    if raw[:8] != SIGNATURE:
        raise FormatError("no partition table header")
    size = le32(raw, 12)
    if not 92 <= size <= 512 or crc32(raw[:16] + bytes(4) + raw[20:size]) != le32(raw, 16) or le64(raw, 24) != lba:
        raise FormatError("a damaged partition table header")
    header = Header(
        sector_bytes, lba, le64(raw, 32), guid_text(raw, 56), le64(raw, 72), le32(raw, 80), le32(raw, 84), le32(raw, 88)
    )
    too_large = header.entry_count > MAX_ENTRIES or header.entry_bytes > MAX_ENTRY_BYTES
    if too_large or header.entry_bytes < 128 or header.entries_range[1] > MAX_ENTRIES_BYTES:
        raise FormatError("a partition table of impossible size")
    return header


def _table(source: Source, header: Header, raw: bytes, findings: list[str]) -> PartitionTable:
    size = header.sector_bytes
    found: list[Partition] = []
    for at in range(0, len(raw) - header.entry_bytes + 1, header.entry_bytes):
        kind = guid_text(raw, at)
        first, last = le64(raw, at + 32), le64(raw, at + 40)
        if kind and last >= first:
            found.append(Partition(first * size, (last - first + 1) * size, kind))
    named = {(part.offset_bytes, part.size_bytes) for part in found}
    for part in _hybrid(source, size):
        if (part.offset_bytes, part.size_bytes) not in named:
            found.append(part)
    kept, odd = mbr.cut(found, source.size_bytes)
    if max(header.lba, header.other_lba) * size >= source.size_bytes:
        odd.append("truncated")
    return PartitionTable(
        kept, _own_ranges(source, header), tuple(dict.fromkeys(findings + odd)), header.disk_guid, size
    )


def _hybrid(source: Source, sector_bytes: int) -> list[Partition]:
    """Partitions of a hybrid MBR: entries beside the protective one."""
    sector = source.read_at(0, 512)
    if not mbr.is_protective(sector):
        return []
    return [
        Partition(entry.first_lba * sector_bytes, entry.sectors * sector_bytes, f"{entry.kind:02x}")
        for entry in mbr.entries(sector)
        if entry.kind not in {0, mbr.PROTECTIVE_KIND} and entry.sectors and entry.first_lba > 1
    ]


def _own_ranges(source: Source, header: Header) -> tuple[tuple[int, int], ...]:
    """Boot record, first header and entries, and the copies at the end where there is a header."""
    size, (_, entries_bytes) = header.sector_bytes, header.entries_range
    entries_bytes = -(-entries_bytes // size) * size
    last = max(header.lba, header.other_lba) * size
    first_entries = header.entries_lba if header.lba == 1 else 2
    ranges = [(0, 2 * size), (first_entries * size, entries_bytes)]
    if source.read_at(last, 8) == SIGNATURE:
        ranges.append((last - entries_bytes, entries_bytes + size))
    return tuple((start, length) for start, length in ranges if 0 <= start < source.size_bytes)
