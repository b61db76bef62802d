"""Members of Linux software RAID (md). Specification: Linux `include/uapi/linux/raid/md_p.h`, superblocks 0.90 and 1.0
to 1.2.

A mirror (level 1) is a container: what it holds is asked like a partition. Other levels spread their data over several
media and are not opened. Left out: bitmaps, checksums, reshapes.
"""

from __future__ import annotations

from typing import NamedTuple

from lossproof.block.fields import le32, le64, uuid_text
from lossproof.block.mbr import Partition, PartitionTable
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.schemes import ANY, Scheme
from lossproof.model.volume import Layer

NAME = "linux_raid"
SPEC = "Linux include/uapi/linux/raid/md_p.h"
_LE, _BE = b"\xfc\x4e\x2b\xa9", b"\xa9\x2b\x4e\xfc"


class Member(NamedTuple):
    """What a superblock says: its place, and the range of the array's data on this medium, in bytes."""

    version: str
    superblock_at: int
    superblock_bytes: int
    data_offset: int
    data_bytes: int
    level: int
    uuid: str | None


class _RaidScheme:
    """Members whose superblock is before the data, or whose data cannot be followed from here."""

    NAME = NAME
    SPEC = SPEC

    def _member(self, source: Source) -> Member | None:
        member = _find(source)
        return None if member is None or _is_mirror_from_start(member) else member

    def detect(self, source: Source) -> bool:
        """Whether there is such a superblock."""
        return self._member(source) is not None

    def read(self, source: Source) -> Layer:
        """The member; `version` is the superblock's."""
        member = self._require(source)
        return Layer(
            scheme=NAME, offset_bytes=0, size_bytes=source.size_bytes, version=member.version, uuid=member.uuid
        )

    def parts(self, source: Source) -> PartitionTable:
        """The data of a mirror; of other levels nothing, as the whole member is the array's own."""
        member = self._require(source)
        available = source.size_bytes - member.data_offset
        if member.level != 1 or available <= 0 or member.data_bytes <= 0:
            return PartitionTable((), ((0, source.size_bytes),))
        own = ((member.superblock_at, member.superblock_bytes),)
        data = Partition(member.data_offset, min(member.data_bytes, available), f"level {member.level}")
        return PartitionTable((data,), own)

    def _require(self, source: Source) -> Member:
        member = self._member(source)
        if member is None:
            raise FormatError("no RAID superblock")
        return member


class _MirrorFromStart(_RaidScheme):
    """Mirrors whose data begins at the first byte: every signature there stands inside."""

    DISGUISES = frozenset({ANY})

    def _member(self, source: Source) -> Member | None:
        member = _find(source)
        return member if member is not None and _is_mirror_from_start(member) else None


SCHEMES: tuple[Scheme, ...] = (_RaidScheme(), _MirrorFromStart())


def _is_mirror_from_start(member: Member) -> bool:
    return member.level == 1 and member.data_offset == 0 < member.data_bytes <= member.superblock_at


def _find(source: Source) -> Member | None:
    end = source.size_bytes
    places = ((0, "1.1"), (4096, "1.2"), ((end - 8192) // 4096 * 4096, "1.0"))
    for at, version in places:
        block = source.read_at(at, 256)
        if block[:4] == _LE and len(block) == 256 and le32(block, 4) == 1 and le64(block, 144) * 512 == at:
            return Member(
                version, at, 4096, le64(block, 128) * 512, le64(block, 136) * 512, le32(block, 72), uuid_text(block, 16)
            )
    at = end // 65536 * 65536 - 65536
    block = source.read_at(at, 256) if at >= 0 else b""
    if block[:4] in {_LE, _BE} and len(block) == 256:
        level, kib = (le32(block, 28), le32(block, 32)) if block[:4] == _LE else (-1, 0)
        return Member("0.90", at, 65536, 0, kib * 1024, level, None)
    return None
