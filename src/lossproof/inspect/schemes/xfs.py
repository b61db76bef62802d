"""XFS. Specification: XFS Algorithms and Data Structures, 3rd edition, "Superblocks" (big-endian).
Left out: checksums, secondary superblocks, external logs (see `magic`)."""

from __future__ import annotations

from lossproof.block.fields import be16, be32, be64, uuid_text
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.schemes import sized
from lossproof.model.volume import Layer

NAME = "xfs"
SPEC = "XFS Algorithms and Data Structures, 3rd edition, Superblocks"


def detect(source: Source) -> bool:
    """Whether sb_magicnum is XFSB."""
    return source.read_at(0, 4) == b"XFSB"


def read(source: Source) -> Layer:
    """The volume; `version` is the low digit of sb_versionnum."""
    block = source.read_at(0, 512)
    block_bytes = be32(block, 4)
    if not 512 <= block_bytes <= 65536 or block_bytes & (block_bytes - 1):
        raise FormatError("an impossible XFS block size")
    size_bytes, findings = sized(be64(block, 8) * block_bytes, source)
    return Layer(
        scheme=NAME,
        offset_bytes=0,
        size_bytes=size_bytes,
        version=str(be16(block, 100) & 0xF),
        uuid=uuid_text(block, 32),
        findings=findings,
    )
