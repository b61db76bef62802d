"""BitLocker's metadata blocks with their datums, and its encrypt-on-write maps, as values. The verdict on them is
`schemes/bitlocker.py`'s.

Specification: libyal/libbde, documentation/BitLocker Drive Encryption (BDE) format.asciidoc, sections "FVE metadata
block", "FVE metadata header", "FVE metadata entry", "EOW descriptor", "EOW block map", "EOW block record". In a map, a
bit stands for one relocation block of its region, lowest bit first: set is encrypted, clear is plain. Left out: every
key, salt and nonce; the description datum, which holds the computer's name; the relocation log, which holds a block in
flight.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple
from zlib import crc32

from lossproof.block.fields import guid_text, le16, le32, le64
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.ranges import Span, merged

SIGNATURE = b"-FVE-FS-"
BLOCK_HEADER_BYTES = 64
METADATA_HEADER_BYTES = 48
MAXIMUM_BLOCK_BYTES = 65536
FIRST_READ_BYTES = 4096
"""What is read of a block at first: every real one met so far fits, and a larger one is read again whole."""
MAXIMUM_DATUMS = 512

ROLE_VMK = 2
TYPE_STRETCH_KEY, TYPE_VMK = 3, 8

VMK_HEADER_BYTES = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Vmk:
    """A volume master key datum: its GUID, the protection type at byte 26, and whether a stretched key guards it."""

    id: str | None
    protection: int
    stretched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One of the three copies. `intact` is None where the checksum lies beyond the end of the source.

    `current` and `following` are conversion states; `encrypted_bytes` counts from the start of the volume (version 2).
    """

    offset_bytes: int
    version: int
    current: int
    following: int
    encrypted_bytes: int
    header_sectors: int
    copies: tuple[int, ...]
    guid: str | None
    nonce_counter: int
    method: int
    vmks: tuple[Vmk, ...]
    intact: bool | None
    content: bytes


def read_block(source: Source, offset_bytes: int) -> Block:
    """Parse the metadata block at `offset_bytes`. Raises `FormatError` where there is none, or its sizes lie."""
    content = source.read_at(offset_bytes, FIRST_READ_BYTES)
    if len(content) < BLOCK_HEADER_BYTES + METADATA_HEADER_BYTES or content[:8] != SIGNATURE:
        raise FormatError(f"no BitLocker metadata block at byte {offset_bytes}")
    size, version = le16(content, 8), le16(content, 10)
    if version not in {1, 2}:
        raise FormatError("BitLocker metadata block of an unknown version")
    block_bytes = size * 16 if version == 2 else size
    metadata_bytes, header_bytes = le32(content, BLOCK_HEADER_BYTES), le32(content, BLOCK_HEADER_BYTES + 8)
    if (
        header_bytes != METADATA_HEADER_BYTES
        or not METADATA_HEADER_BYTES <= metadata_bytes <= block_bytes - BLOCK_HEADER_BYTES
        or block_bytes > MAXIMUM_BLOCK_BYTES
    ):
        raise FormatError("BitLocker metadata block with sizes that cannot be")
    if len(content) < min(block_bytes + 8, MAXIMUM_BLOCK_BYTES):
        content = source.read_at(offset_bytes, block_bytes + 8)
    end = BLOCK_HEADER_BYTES + metadata_bytes
    if len(content) < end:
        raise FormatError("BitLocker metadata block cut short")
    return Block(
        offset_bytes=offset_bytes,
        version=version,
        current=le16(content, 12),
        following=le16(content, 14),
        encrypted_bytes=le64(content, 16) if version == 2 else 0,
        header_sectors=le32(content, 28) if version == 2 else 0,
        copies=(le64(content, 32), le64(content, 40), le64(content, 48)),
        guid=guid_text(content, BLOCK_HEADER_BYTES + 16),
        nonce_counter=le32(content, BLOCK_HEADER_BYTES + 32),
        method=le16(content, BLOCK_HEADER_BYTES + 36),
        vmks=tuple(_vmks(content, BLOCK_HEADER_BYTES + METADATA_HEADER_BYTES, end)),
        intact=_is_intact(content, block_bytes),
        content=content[:block_bytes],
    )


def _is_intact(content: bytes, block_bytes: int) -> bool | None:
    """The validation record stands right after the block: u16 size, u16 version, u32 CRC-32 of the block."""
    if len(content) < block_bytes + 8:
        return None
    return le32(content, block_bytes + 4) == crc32(content[:block_bytes])


def _vmks(content: bytes, start: int, end: int) -> Iterator[Vmk]:
    for role, value_type, body, stop in _datums(content, start, end):
        if role == ROLE_VMK and value_type == TYPE_VMK:
            if stop - body < VMK_HEADER_BYTES:
                raise FormatError("BitLocker volume master key datum cut short")
            nested = {inner for _, inner, _, _ in _datums(content, body + VMK_HEADER_BYTES, stop)}
            yield Vmk(
                id=guid_text(content, body),
                protection=le16(content, body + 26),
                stretched=TYPE_STRETCH_KEY in nested,
            )


def _datums(content: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(role, value type, start of the value, end) of each datum in a range of a block."""
    for _ in range(MAXIMUM_DATUMS):
        if end - start < 8:
            return
        size, role, value_type = le16(content, start), le16(content, start + 2), le16(content, start + 4)
        if size < 8 or start + size > end:
            raise FormatError("BitLocker metadata datum with a size that cannot be")
        yield role, value_type, start + 8, start + size
        start += size
    raise FormatError("BitLocker metadata with too many datums")


DESCRIPTOR_SIGNATURE = b"FVE-EOW\0"
MAP_SIGNATURE = b"FVE-EOWBM\0"
RECORD_SIGNATURE = b"FVE-EOWBR\0"
MAXIMUM_DESCRIPTOR_BYTES = 56 + 8 * 512
AREA_BYTES = 4096
MAP_BYTES = 1536
"""Block map sector and the two records behind it, as Windows lays them out."""
MAXIMUM_BITS = 2048
"""In one map; Windows was seen to write 33 at most. With the number of maps it bounds the time taken."""
MAXIMUM_MAPS = 512
"""128 GiB in maps of 256 MiB, 768 KiB to read. A larger volume's maps are not read, and it is then not judged."""


class WriteMap(NamedTuple):
    """Spans of the volume, ordered and disjoint: what the maps call plain, and where the maps and their logs stand."""

    plain: tuple[Span, ...]
    own: tuple[Span, ...]


def read_write_map(source: Source, descriptors: tuple[int, ...]) -> WriteMap:
    """All block maps of a volume. `descriptors` are the descriptor's two places.

    Raises `FormatError` where neither is sound, or a map is not.
    """
    descriptor = _descriptor(source, descriptors)
    plain: list[Span] = []
    own = [(place, AREA_BYTES) for place in descriptors]
    for place in descriptor.maps:
        area = source.read_at(place, MAP_BYTES)
        plain += _plain_of_map(source, place, area, descriptor.block_bytes)
        own += [(place, AREA_BYTES), (le64(area, 36), -(-descriptor.log_bytes // AREA_BYTES) * AREA_BYTES)]
    return WriteMap(merged(plain), merged(own))


class _Descriptor(NamedTuple):
    block_bytes: int
    log_bytes: int
    maps: tuple[int, ...]


def _descriptor(source: Source, places: tuple[int, ...]) -> _Descriptor:
    """The first sound copy of the descriptor."""
    for place in places:
        content = source.read_at(place, MAXIMUM_DESCRIPTOR_BYTES)
        if len(content) < 56 or content[:8] != DESCRIPTOR_SIGNATURE:
            continue
        size, block_bytes, count = le16(content, 10), le32(content, 20), le32(content, 32)
        if (
            le16(content, 8) == 56
            and 56 <= size <= len(content)
            and block_bytes >= 512
            and count <= min(MAXIMUM_MAPS, (size - 56) // 8)
            and le32(content, 36) == _checksum(content[:size], 36)
        ):
            return _Descriptor(
                block_bytes, le32(content, 24), tuple(le64(content, 56 + 8 * index) for index in range(count))
            )
    raise FormatError("no sound encrypt-on-write descriptor")


def _plain_of_map(source: Source, place: int, content: bytes, block_bytes: int) -> Iterator[Span]:
    """Runs of plain blocks in the region of the map at `place`, which begins with `content`."""
    if len(content) < 512 or content[:10] != MAP_SIGNATURE:
        raise FormatError("no encrypt-on-write block map where one should be")
    if le32(content, 56) != _checksum(content[:512], 56):
        raise FormatError("encrypt-on-write block map that is damaged")
    region, region_bytes = le64(content, 20), le64(content, 28)
    first, second, record_bytes = le32(content, 44), le32(content, 48), le32(content, 52)
    if not 36 < record_bytes <= 4096:
        raise FormatError("encrypt-on-write block map with sizes that cannot be")
    bitmap, bits = _newest_record(source, place, content, (first, second), record_bytes)
    if bits > MAXIMUM_BITS or bits != (region_bytes + block_bytes - 1) // block_bytes:
        raise FormatError("encrypt-on-write block map that does not fit its region")
    for plain, run in groupby(range(bits), key=lambda bit: not bitmap[bit // 8] >> (bit % 8) & 1):
        if plain:
            blocks = list(run)
            start = blocks[0] * block_bytes
            yield region + start, min((blocks[-1] + 1) * block_bytes, region_bytes) - start


def _newest_record(
    source: Source, place: int, area: bytes, offsets: tuple[int, int], record_bytes: int
) -> tuple[bytes, int]:
    """Bitmap and number of bits of the sound record with the higher sequence number."""
    sound: dict[int, tuple[bytes, int]] = {}
    for offset in offsets:
        record = area[offset : offset + record_bytes]
        if len(record) < record_bytes:
            record = source.read_at(place + offset, record_bytes)
        if len(record) == record_bytes and record[:10] == RECORD_SIGNATURE:
            bits, sequence = le32(record, 16), le64(record, 20)
            if le32(record, 32) == _checksum(record, 32) and (bits + 7) // 8 <= record_bytes - 36:
                sound[sequence] = (record[36:], bits)
    if not sound:
        raise FormatError("encrypt-on-write block map without a sound record")
    return sound[max(sound)]


def _checksum(content: bytes, field: int) -> int:
    """CRC-32 of `content` with its own four-byte field at `field` taken as zero."""
    return crc32(content[:field] + bytes(4) + content[field + 4 :])
