"""Which ext inodes are encrypted, from the tables themselves."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from discover import filesystem_images as images
from lossproof.block.source import BytesSource
from lossproof.discover.filesystem import Unreadable, open_volume
from lossproof.discover.volume.ext import encrypted_inodes


def test_a_volume_without_the_feature_has_no_encrypted_inodes() -> None:
    assert encrypted_inodes(BytesSource(bytes(4096))) is None
    assert encrypted_inodes(BytesSource(b"")) is None


def test_exactly_the_encrypted_file_is_named(tmp_path) -> None:
    source = BytesSource(images.unpacked("ext4", tmp_path).read_bytes())
    encrypted = encrypted_inodes(source)
    assert encrypted is not None
    assert sum(inode in encrypted for inode in range(200)) == 1
    assert Unreadable("locked.txt", "encrypted") in list(open_volume(source).entries())


@given(block=st.binary(min_size=1024, max_size=1024), inode=st.integers(-5, 2**40), tail=st.binary(max_size=4096))
def test_any_superblock_answers(block: bytes, inode: int, tail: bytes) -> None:
    image = bytearray(bytes(1024) + block + tail)
    struct.pack_into("<I", image, 1024 + 0x60, 0x10000)
    encrypted = encrypted_inodes(BytesSource(bytes(image)))
    assert encrypted is None or (inode in encrypted) in (True, False)
