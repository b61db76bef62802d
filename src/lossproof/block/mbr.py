"""The MBR partition table: four primary entries, and the chain of extended boot records for logical partitions.

Specification: UEFI 2.10 section 5.2 (MBR); the extended chain as Linux `block/partitions/msdos.c` and Windows read it.
Left out: CHS addresses (LBA decides), Minix, BSD, Solaris and UnixWare subpartitions, dynamic disks (LDM).
"""

from __future__ import annotations

from typing import NamedTuple

from lossproof.block.fields import le16, le32
from lossproof.block.source import Source
from lossproof.errors import FormatError

SECTOR_BYTES = 512
EXTENDED_KINDS = frozenset({0x05, 0x0F, 0x85})
PROTECTIVE_KIND = 0xEE
MAX_LOGICAL = 128


class Partition(NamedTuple):
    """A byte range that a table names. `kind` is the table's own type: two hex digits (MBR) or a GUID (GPT)."""

    offset_bytes: int
    size_bytes: int
    kind: str


class PartitionTable(NamedTuple):
    """What a table says: partitions cut to what is there, the byte ranges of the table itself, and what was odd about
    it.
    """

    partitions: tuple[Partition, ...]
    own_ranges: tuple[tuple[int, int], ...]
    findings: tuple[str, ...] = ()
    uuid: str | None = None
    sector_bytes: int = SECTOR_BYTES


class Entry(NamedTuple):
    """One 16-byte entry: status byte, type byte, first sector and number of sectors."""

    status: int
    kind: int
    first_lba: int
    sectors: int


def entries(sector: bytes) -> tuple[Entry, ...]:
    """The four entries at byte 446 of a boot record. Raises `FormatError` when it is too short or lacks 55 AA."""
    if le16(sector, 510) != 0xAA55:
        raise FormatError("a boot record lacks its signature")
    slots = range(446, 510, 16)
    return tuple(Entry(sector[at], sector[at + 4], le32(sector, at + 8), le32(sector, at + 12)) for at in slots)


def is_protective(sector: bytes) -> bool:
    """Whether the boot record holds an entry of type EE, by which GPT guards a disk from those who know only MBR."""
    try:
        return any(entry.kind == PROTECTIVE_KIND for entry in entries(sector))
    except FormatError:
        return False


def has_table(sector: bytes) -> bool:
    """Whether the sector is a master boot record with a partition, and not the boot sector of a volume (which ends in
    55 AA too).

    A volume's boot sector has code or text where the table would be: its status bytes are not 00 or 80, or its entries
    are empty.
    """
    try:
        slots = entries(sector)
    except FormatError:
        return False
    used = [entry for entry in slots if entry.kind and entry.sectors]
    return bool(used) and not any(entry.status & 0x7F for entry in slots)


def has_empty_table(sector: bytes) -> bool:
    """Whether the sector is a master boot record that names no partition: 55 AA after 64 zero bytes, and no volume's
    parameters.
    """
    is_record = len(sector) >= SECTOR_BYTES and sector[510:512] == b"\x55\xaa"
    jumps = sector[:1] in {b"\xeb", b"\xe9"}
    is_volume = jumps and (le16(sector, 11) in {512, 1024, 2048, 4096} or not any(sector[11:64]))
    return is_record and not any(sector[446:510]) and not is_volume


def read_table(source: Source) -> PartitionTable:
    """The table at the start of `source`. Raises `FormatError` where there is none.

    Findings: `partition_past_end`, `partition_overlaps`, `partition_loop`.
    """
    sector = source.read_at(0, SECTOR_BYTES)
    slots = [entry for entry in entries(sector) if entry.kind and entry.sectors]
    sector_bytes = _sector_bytes(source, slots)
    found: list[Partition] = []
    own = [(0, sector_bytes)]
    findings: list[str] = []
    for entry in slots:
        if entry.kind in EXTENDED_KINDS:
            logical, records, odd = _logical(source, entry, sector_bytes)
            found += logical
            own += records
            findings += odd
        else:
            found.append(Partition(entry.first_lba * sector_bytes, entry.sectors * sector_bytes, f"{entry.kind:02x}"))
    kept, odd = cut(found, source.size_bytes)
    signature = le32(sector, 440)
    return PartitionTable(
        kept, tuple(own), tuple(dict.fromkeys(findings + odd)), f"{signature:08x}" if signature else None, sector_bytes
    )


def cut(found: list[Partition], size_bytes: int) -> tuple[tuple[Partition, ...], list[str]]:
    """Partitions in order, each within the medium and not at its start, with what had to be said about the others."""
    kept: list[Partition] = []
    findings: list[str] = []
    for partition in sorted(set(found)):
        offset, size = partition.offset_bytes, partition.size_bytes
        if offset <= 0:
            findings.append("partition_loop")
            continue
        if offset + size > size_bytes:
            findings.append("partition_past_end")
        if offset >= size_bytes:
            continue
        if kept and offset < max(other.offset_bytes + other.size_bytes for other in kept):
            findings.append("partition_overlaps")
        kept.append(partition._replace(size_bytes=min(size, size_bytes - offset)))
    return tuple(kept), findings


def _logical(
    source: Source, extended: Entry, sector_bytes: int
) -> tuple[list[Partition], list[tuple[int, int]], list[str]]:
    """Logical partitions along the chain of extended boot records, the records' own sectors, and findings."""
    found: list[Partition] = []
    records: list[tuple[int, int]] = []
    lba, seen = extended.first_lba, {0}
    while True:
        if lba in seen or len(seen) > MAX_LOGICAL:
            return found, records, ["partition_loop"]
        seen.add(lba)
        offset = lba * sector_bytes
        if offset >= source.size_bytes:
            return found, records, ["partition_past_end"]
        try:
            slots = entries(source.read_at(offset, SECTOR_BYTES))
        except FormatError:
            return found, records, ["header_damaged"]
        records.append((offset, sector_bytes))
        following = None
        for entry in slots:
            if entry.kind in EXTENDED_KINDS and entry.sectors:
                following = following or extended.first_lba + entry.first_lba
            elif entry.kind and entry.sectors:
                first = (lba + entry.first_lba) * sector_bytes
                found.append(Partition(first, entry.sectors * sector_bytes, f"{entry.kind:02x}"))
        if following is None:
            return found, records, []
        lba = following


def _sector_bytes(source: Source, slots: list[Entry]) -> int:
    """512, or 4096 where partitions so counted begin with bytes and fit, while counted in 512 they begin with none.

    The table does not say its sector size; the enclosures of some large disks count in 4096.
    """
    fits = all((entry.first_lba + entry.sectors) * 4096 <= source.size_bytes for entry in slots)
    if not slots or not fits or any(entry.first_lba == 0 for entry in slots):
        return SECTOR_BYTES

    def begins(size: int) -> bool:
        return any(any(source.read_at(entry.first_lba * size, 4096)) for entry in slots)

    return 4096 if not begins(SECTOR_BYTES) and begins(4096) else SECTOR_BYTES
