"""What libtsk does not hand out of ext2/3/4: which files are encrypted (fscrypt), and where superblocks and descriptors are.

Implements as much of the ext4 disk layout (kernel documentation, filesystems/ext4: "Super Block", "Block Group
Descriptors", "Index Nodes") as it takes to find an inode's flags. Left out: everything else; block groups whose
descriptors lie elsewhere (`meta_bg`) are not looked up: their files are taken for unencrypted, their tables for nobody's.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from lossproof.block.source import Source

_SUPERBLOCK_OFFSET = 1024
_MAGIC = b"\x53\xef"
_RO_COMPAT_SPARSE_SUPER = 0x1
_MOST_COPIES = 4096
_INCOMPAT_META_BG = 0x10
_INCOMPAT_64BIT = 0x80
_INCOMPAT_ENCRYPT = 0x10000
_ENCRYPT_FL = 0x800


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptedInodes:
    """Answers whether an inode is under fscrypt, on a volume that has the feature."""

    source: Source
    block_bytes: int
    inodes_per_group: int
    inode_bytes: int
    descriptor_bytes: int
    descriptors_offset: int

    def __contains__(self, inode: int) -> bool:
        """Whether `inode`'s i_flags has EXT4_ENCRYPT_FL. False where the tables cannot be read."""
        group, index = divmod(inode - 1, self.inodes_per_group)
        descriptor = self.source.read_at(self.descriptors_offset + group * self.descriptor_bytes, self.descriptor_bytes)
        if inode < 1 or len(descriptor) < self.descriptor_bytes:
            return False
        (table,) = struct.unpack_from("<I", descriptor, 8)
        if self.descriptor_bytes >= 64:
            table |= struct.unpack_from("<I", descriptor, 0x28)[0] << 32
        flags = self.source.read_at(table * self.block_bytes + index * self.inode_bytes + 0x20, 4)
        return len(flags) == 4 and bool(struct.unpack("<I", flags)[0] & _ENCRYPT_FL)


def encrypted_inodes(source: Source) -> EncryptedInodes | None:
    """The volume's fscrypt look-up; None where the superblock does not say that any file is encrypted."""
    block = source.read_at(_SUPERBLOCK_OFFSET, 1024)
    if len(block) < 1024:
        return None
    (incompat,) = struct.unpack_from("<I", block, 0x60)
    first_data_block, log_block_bytes = struct.unpack_from("<II", block, 0x14)
    (inodes_per_group,) = struct.unpack_from("<I", block, 0x28)
    (revision,) = struct.unpack_from("<I", block, 0x4C)
    inode_bytes, descriptor_bytes = struct.unpack_from("<H", block, 0x58)[0], struct.unpack_from("<H", block, 0xFE)[0]
    if not incompat & _INCOMPAT_ENCRYPT or incompat & _INCOMPAT_META_BG or log_block_bytes > 6 or not inodes_per_group:
        return None
    block_bytes = 1024 << log_block_bytes
    return EncryptedInodes(
        source=source,
        block_bytes=block_bytes,
        inodes_per_group=inodes_per_group,
        inode_bytes=inode_bytes if revision else 128,
        descriptor_bytes=max(descriptor_bytes, 32) if incompat & _INCOMPAT_64BIT else 32,
        descriptors_offset=(first_data_block + 1) * block_bytes,
    )


def superblocks(source: Source) -> list[tuple[int, int]]:
    """(offset, size) in bytes of the superblock and the group descriptors behind it, and of every copy of the two.

    A copy counts where it has the volume's UUID, so that what an older file system left is not taken for one.
    """
    block = source.read_at(_SUPERBLOCK_OFFSET, 1024)
    if len(block) < 1024 or block[0x38:0x3A] != _MAGIC:
        return []
    blocks, first, log_block_bytes = (struct.unpack_from("<I", block, at)[0] for at in (0x04, 0x14, 0x18))
    (blocks_per_group,) = struct.unpack_from("<I", block, 0x20)
    incompat, ro_compat = struct.unpack_from("<II", block, 0x60)
    if log_block_bytes > 6 or not blocks_per_group or incompat & _INCOMPAT_META_BG:
        return []
    block_bytes = 1024 << log_block_bytes
    descriptor_bytes = max(struct.unpack_from("<H", block, 0xFE)[0], 32) if incompat & _INCOMPAT_64BIT else 32
    groups = min(-(-(blocks - first) // blocks_per_group), source.size_bytes // (blocks_per_group * block_bytes) + 1)
    found: list[tuple[int, int]] = []
    for group in _groups_with_copies(groups, sparse=bool(ro_compat & _RO_COMPAT_SPARSE_SUPER)):
        start = (first + group * blocks_per_group) * block_bytes
        offset = start if group else _SUPERBLOCK_OFFSET
        copy = source.read_at(offset, 1024)
        if copy[0x38:0x3A] == _MAGIC and copy[0x68:0x78] == block[0x68:0x78]:
            found += [(offset, 1024), (start - start % block_bytes + block_bytes, groups * descriptor_bytes)]
    return [(offset, min(size, source.size_bytes - offset)) for offset, size in found if offset < source.size_bytes]


def _groups_with_copies(groups: int, *, sparse: bool) -> list[int]:
    """Groups that begin with a copy of the superblock: all, or (`sparse_super`) 0, 1 and the powers of 3, 5 and 7."""
    if not sparse:
        return list(range(min(groups, _MOST_COPIES)))
    powers = {base**exponent for base in (3, 5, 7) for exponent in range(1, 21)}
    return [group for group in sorted({0, 1} | powers) if group < groups]
