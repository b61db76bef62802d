"""ext2, ext3, ext4 and their external journals. Specification: Linux kernel, Documentation/filesystems/ext4, "Super
Block". Left out: checksums, backup superblocks, which folders fscrypt encrypts.
"""

from __future__ import annotations

from lossproof.block.fields import le16, le32, uuid_text
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.schemes import sized
from lossproof.model.volume import Layer

NAME = "ext"
SPEC = "Linux kernel, Documentation/filesystems/ext4, Super Block"
SUPERBLOCK_AT = 1024

_HAS_JOURNAL = 0x4
_JOURNAL_DEV, _64BIT = 0x8, 0x80
# extents, 64bit, mmp, flex_bg, ea_inode, csum_seed, largedir, inline_data, encrypt, casefold
_INCOMPAT_EXT4 = 0x40 | _64BIT | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x20000
# huge_file, gdt_csum, dir_nlink, extra_isize, quota, bigalloc, metadata_csum, project, verity
_RO_COMPAT_EXT4 = 0x8 | 0x10 | 0x20 | 0x40 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x8000


def detect(source: Source) -> bool:
    """Whether s_magic is EF53 and s_log_block_size is possible."""
    block = source.read_at(SUPERBLOCK_AT, 1024)
    return block[56:58] == b"\x53\xef" and len(block) >= 360 and le32(block, 24) <= 6


def read(source: Source) -> Layer:
    """The volume; `version` by feature flags: ext2, ext3, ext4 or jbd (an external journal)."""
    if not detect(source):
        raise FormatError("not an ext superblock")
    block = source.read_at(SUPERBLOCK_AT, 1024)
    incompat = le32(block, 96)
    blocks = le32(block, 4) | (le32(block, 336) << 32 if incompat & _64BIT else 0)
    size_bytes, findings = sized(blocks * (1024 << le32(block, 24)), source)
    is_empty = not blocks or not (le32(block, 0) or incompat & _JOURNAL_DEV)
    return Layer(
        scheme=NAME,
        offset_bytes=0,
        size_bytes=size_bytes,
        version=_version(le32(block, 92), incompat, le32(block, 100)),
        uuid=uuid_text(block, 104),
        findings=(*findings, "header_damaged") if is_empty or le16(block, 58) > 0x7 else findings,
    )


def _version(compat: int, incompat: int, ro_compat: int) -> str:
    if incompat & _JOURNAL_DEV:
        return "jbd"
    if incompat & _INCOMPAT_EXT4 or ro_compat & _RO_COMPAT_EXT4:
        return "ext4"
    return "ext3" if compat & _HAS_JOURNAL else "ext2"
