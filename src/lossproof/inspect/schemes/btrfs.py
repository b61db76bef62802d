"""Btrfs. Specification: btrfs documentation, "On-disk format", superblock at 64 KiB.
Left out: checksums, superblock copies, the other devices of a volume of several."""

from __future__ import annotations

from lossproof.block.fields import le64, uuid_text
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.schemes import sized
from lossproof.model.volume import Layer

NAME = "btrfs"
SPEC = "btrfs documentation, On-disk format"
SUPERBLOCK_AT = 65536
MAGIC = b"_BHRfS_M"


def detect(source: Source) -> bool:
    """Whether the magic stands at byte 64 of the superblock."""
    return source.read_at(SUPERBLOCK_AT + 64, 8) == MAGIC


def read(source: Source) -> Layer:
    """The volume's part on this device: `size_bytes` by the device item, `uuid` of the file system."""
    block = source.read_at(SUPERBLOCK_AT, 512)
    if block[64:72] != MAGIC or le64(block, 48) != SUPERBLOCK_AT:
        raise FormatError("a damaged Btrfs superblock")
    size_bytes, findings = sized(le64(block, 0xC9 + 8), source)
    return Layer(scheme=NAME, offset_bytes=0, size_bytes=size_bytes, uuid=uuid_text(block, 32), findings=findings)
