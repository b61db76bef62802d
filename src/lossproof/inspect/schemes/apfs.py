"""APFS containers. Specification: Apple File System Reference: "Container", "Object Maps", "B-Trees", "Volumes".

Each volume says by a flag of its superblock whether it is unencrypted; the newest checkpoint and the object map lead
there. `state` is `unencrypted`, `partly` or `encrypted` where every volume was found, else None: nothing is then known.
Left out: key bags (they do not prove encryption), snapshots, object maps of more than one level, Fusion drives.
"""

from __future__ import annotations

from lossproof.block.fields import le16, le32, le64, uuid_text
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.schemes import sized
from lossproof.model.volume import Layer

NAME = "apfs"
SPEC = "Apple File System Reference, Container superblock"

UNENCRYPTED = 0x1
MAX_CHECKPOINT_BLOCKS = 64
MAX_VOLUMES = 100
_OBJECT_MAP_KIND, _BTREE_KINDS = 11, {2, 3}


def detect(source: Source) -> bool:
    """Whether nx_magic is NXSB."""
    return source.read_at(32, 4) == b"NXSB"


def read(source: Source) -> Layer:
    """The container. Finding `header_damaged` where its superblock or object map does not hold."""
    block_bytes = le32(source.read_at(0, 64), 36)
    if not 4096 <= block_bytes <= 65536 or block_bytes & (block_bytes - 1):
        raise FormatError("an impossible APFS block size")
    first = source.read_at(0, block_bytes)
    size_bytes, findings = sized(le64(first, 40) * block_bytes, source)
    state = None
    try:
        state = _state(_volume_flags(source, _newest(source, first, block_bytes), block_bytes))
    except FormatError:
        findings = (*findings, "header_damaged")
    return Layer(
        scheme=NAME,
        offset_bytes=0,
        size_bytes=size_bytes,
        uuid=uuid_text(first, 72),
        state=state,
        findings=findings,
    )


def _state(flags: list[int]) -> str | None:
    plain = [bool(value & UNENCRYPTED) for value in flags]
    if not plain:
        return None
    return "unencrypted" if all(plain) else "partly" if any(plain) else "encrypted"


def _object(source: Source, address: int, block_bytes: int) -> bytes:
    """The block at `address`, whose Fletcher-64 checksum holds (obj_phys_t.o_cksum)."""
    block = source.read_at(address * block_bytes, block_bytes)
    if len(block) != block_bytes:
        raise FormatError("an APFS object lies past the end")
    low = high = 0
    for at in range(8, block_bytes, 4):
        low += le32(block, at)
        high += low
    modulus = 0xFFFFFFFF
    check_low = modulus - (low + high) % modulus
    check_high = modulus - (low + check_low) % modulus
    if le64(block, 0) != check_high << 32 | check_low:
        raise FormatError("an APFS object with a wrong checksum")
    return block


def _newest(source: Source, first: bytes, block_bytes: int) -> bytes:
    """The superblock with the highest transaction in the checkpoint descriptor area, else the one at block 0."""
    newest = _object(source, 0, block_bytes)
    count, base = le32(first, 104), le64(first, 112)
    if count >> 31:
        return newest
    for index in range(min(count, MAX_CHECKPOINT_BLOCKS)):
        if source.read_at((base + index) * block_bytes + 32, 4) != b"NXSB":
            continue
        try:
            candidate = _object(source, base + index, block_bytes)
        except FormatError:
            continue
        if le64(candidate, 16) > le64(newest, 16):
            newest = candidate
    return newest


def _volume_flags(source: Source, container: bytes, block_bytes: int) -> list[int]:
    """apfs_fs_flags of every volume that the container names (nx_fs_oid). Raises where one cannot be followed."""
    places = _object_map(source, le64(container, 160), block_bytes)
    count = min(le32(container, 180), MAX_VOLUMES)
    wanted = [oid for oid in (le64(container, 184 + 8 * index) for index in range(count)) if oid]
    flags: list[int] = []
    for oid in wanted:
        if oid not in places:
            raise FormatError("an APFS volume is not in the object map")
        volume = _object(source, places[oid], block_bytes)
        if volume[32:36] != b"APSB":
            raise FormatError("an APFS volume superblock is missing")
        flags.append(le64(volume, 264))
    return flags


def _object_map(source: Source, address: int, block_bytes: int) -> dict[int, int]:
    """Block address by object id, of the newest version of each, from a map whose tree is one leaf."""
    header = _object(source, address, block_bytes)
    if le16(header, 24) != _OBJECT_MAP_KIND:
        raise FormatError("not an APFS object map")
    node = _object(source, le64(header, 48), block_bytes)
    if le16(node, 24) not in _BTREE_KINDS or le16(node, 34) != 0:
        raise FormatError("an APFS object map of several levels")
    table = 56 + le16(node, 40)
    keys, values = table + le16(node, 42), block_bytes - 40
    newest: dict[int, tuple[int, int]] = {}
    for index in range(min(le32(node, 36), block_bytes // 4)):
        key, value = keys + le16(node, table + 4 * index), values - le16(node, table + 4 * index + 2)
        oid, transaction, place = le64(node, key), le64(node, key + 8), le64(node, value + 8)
        if transaction >= newest.get(oid, (-1, 0))[0]:
            newest[oid] = transaction, place
    return {oid: place for oid, (_, place) in newest.items()}
