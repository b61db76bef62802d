"""Which ext inodes are encrypted, and where the superblocks are, from the tables themselves."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discover import filesystem_images as images
from lossproof.block.source import BytesSource
from lossproof.discover.filesystem import Unreadable, open_volume
from lossproof.discover.volume.ext import encrypted_inodes, superblocks


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


@pytest.mark.skipif(not images.have("mke2fs", "debugfs", "dumpe2fs"), reason="needs e2fsprogs")
@pytest.mark.parametrize(
    ("kind", "features"), [("ext2", ""), ("ext4", ""), ("ext4", "^64bit"), ("ext2", "^sparse_super,^resize_inode")]
)
def test_every_superblock_and_its_descriptors_are_found(tmp_path, kind, features) -> None:
    image = images.ext(tmp_path / "disk.img", {}, kind=kind, size_bytes=70 << 20, features=features)
    found = superblocks(BytesSource(image.read_bytes()))
    said = [line for line in images.run("dumpe2fs", image).splitlines() if "superblock at" in line]
    assert len(said) > 2
    first = [line.split("superblock at")[1].split(",")[0].strip() for line in said]
    assert [offset // 1024 for offset, _ in found[::2]] == [max(int(block), 1) for block in first]
    assert {size for _, size in found[1::2]} == {9 * (64 if kind == "ext4" and not features else 32)}


def test_a_superblock_that_an_older_file_system_left_is_none(tmp_path) -> None:
    image = bytearray(images.unpacked("ext4", tmp_path).read_bytes())
    before = superblocks(BytesSource(bytes(image)))
    assert before
    image[1024 + 0x68] ^= 1
    assert superblocks(BytesSource(bytes(image))) == before[:2]


@given(block=st.binary(min_size=1024, max_size=1024), tail=st.binary(max_size=4096))
def test_superblocks_lie_within_any_volume(block: bytes, tail: bytes) -> None:
    image = bytearray(bytes(1024) + block + tail)
    image[1024 + 0x38 : 1024 + 0x3A] = b"\x53\xef"
    for offset, size in superblocks(BytesSource(bytes(image))):
        assert 0 <= offset < offset + size <= len(image)
