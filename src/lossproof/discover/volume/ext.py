"""Inode flags of ext2/3/4 that libtsk does not hand out: which files are encrypted (fscrypt).

Implements as much of the ext4 disk layout (kernel documentation, filesystems/ext4: "Super Block", "Block Group
Descriptors", "Index Nodes") as it takes to find an inode's flags. Left out: everything else; block groups whose
descriptors lie elsewhere (`meta_bg`) are not looked up, and their files are then taken for unencrypted.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from lossproof.block.source import Source

_SUPERBLOCK_OFFSET = 1024
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
