"""Formats that a signature at a fixed place names, one row each: rarer file systems, volume managers, container files.

A row gives the scheme's name, where the format is specified, its signatures (each an alternative of bytes at offsets,
all of which must be there; an offset below zero counts from the end) and where its UUID stands. What a row's content
is, is not looked at: file systems among these are graded by policy as plain, everything else as unknown. Left out:
sizes, checksums, versions; LVM2's logical volumes; FileVault 2's state (`CS` is there without encryption too).
"""

from __future__ import annotations

from typing import NamedTuple

from lossproof.block.fields import uuid_text
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.schemes import Scheme
from lossproof.model.volume import Layer

Mark = tuple[int, bytes]


class Magic(NamedTuple):
    """A scheme known by its signature alone. `unless` are marks that make it another format."""

    NAME: str
    SPEC: str
    signatures: tuple[tuple[Mark, ...], ...]
    uuid_at: int | None = None
    unless: tuple[Mark, ...] = ()
    findings: tuple[str, ...] = ()

    def detect(self, source: Source) -> bool:
        """Whether one of the signatures is complete."""
        there = any(all(_stands(source, mark) for mark in signature) for signature in self.signatures)
        return there and not any(_stands(source, mark) for mark in self.unless)

    def read(self, source: Source) -> Layer:
        """The whole range as one layer. Raises `FormatError` where no signature is complete."""
        if not self.detect(source):
            raise FormatError(f"no {self.NAME} signature")
        uuid = None
        if self.uuid_at is not None:
            raw = source.read_at(self.uuid_at, 16)
            uuid = uuid_text(raw, 0) if len(raw) == 16 else None
        return Layer(scheme=self.NAME, offset_bytes=0, size_bytes=source.size_bytes, uuid=uuid, findings=self.findings)


def _stands(source: Source, mark: Mark) -> bool:
    at, magic = mark
    return source.read_at(at if at >= 0 else source.size_bytes + at, len(magic)) == magic


def _at(offset: int, *magics: bytes) -> tuple[tuple[Mark, ...], ...]:
    """One signature for each of `magics`, all at `offset`."""
    return tuple(((offset, magic),) for magic in magics)


def _file(name: str, spec: str, signatures: tuple[tuple[Mark, ...], ...]) -> Magic:
    """A container file, whose content is another medium that is not opened."""
    return Magic(name, spec, signatures, findings=("container_not_opened",))


_BCACHE = bytes.fromhex("c68573f64e1a45ca8265f57f48ba6d81")
_BCACHEFS = bytes.fromhex("c68573f666ce90a9d96a60cf803df7ef")
_UFS = [bytes.fromhex(text) for text in ("54190100", "00011954", "19015419", "19540119")]
_MINIX = [bytes.fromhex(text) for text in ("7f13", "8f13", "6824", "7824", "137f", "138f", "2468", "2478")]
_LVM2 = tuple(((at, b"LABELONE"), (at + 24, b"LVM2 001")) for at in range(0, 2048, 512))
_EROFS = (1024, b"\xe2\xe1\xf5\xe0")

FILE_SYSTEMS = (
    Magic("befs", "BeOS; Linux fs/befs/befs_fs_types.h", (*_at(544, b"1SFB", b"BFS1"), *_at(32, b"1SFB", b"BFS1"))),
    Magic("cramfs", "Linux fs/cramfs/README", tuple(((at, m),) for at in (0, 512) for m in (b"E=\xcd(", b"(\xcd=E"))),
    Magic("erofs", "Linux fs/erofs/erofs_fs.h", ((_EROFS,),), 1024 + 48),
    Magic("f2fs", "Linux include/linux/f2fs_fs.h", _at(1024, b"\x10\x20\xf5\xf2"), 1024 + 108),
    Magic("gfs2", "Linux include/uapi/linux/gfs2_ondisk.h", _at(65536, b"\x01\x16\x19\x70\0\0\0\1"), 65536 + 256),
    Magic("hfs", "Inside Macintosh: Files, chapter 2", _at(1024, b"BD"), None, ((1148, b"H+"), (1148, b"HX"))),
    Magic("hpfs", "OS/2; Linux fs/hpfs/hpfs.h", _at(8192, b"\x49\xe8\x95\xf9\xc5\xe9\x53\xfa")),
    Magic("jfs", "Linux fs/jfs/jfs_superblock.h", _at(32768, b"JFS1"), 32768 + 136),
    Magic(
        "minix",
        "Linux include/uapi/linux/minix_fs.h",
        (*tuple(((1040, m), (1034, b"\0\0")) for m in _MINIX), *_at(1048, b"ZM", b"MZ")),
        None,
        (_EROFS, (1080, b"\x53\xef")),
    ),
    Magic("nilfs2", "Linux include/uapi/linux/nilfs2_ondisk.h", _at(1030, b"\x34\x34"), 1024 + 152),
    Magic("ocfs2", "Linux fs/ocfs2/ocfs2_fs.h", tuple(((1 << shift, b"OCFSV2"),) for shift in range(10, 14))),
    Magic(
        "reiserfs",
        "Linux fs/reiserfs/reiserfs.h",
        tuple(((at + 52, m),) for at in (8192, 65536) for m in (b"ReIsErFs", b"ReIsEr2Fs", b"ReIsEr3Fs")),
    ),
    Magic("reiser4", "reiser4progs, master superblock", _at(65536, b"ReIsEr4")),
    Magic("refs", "libyal/libfsrefs documentation", _at(3, b"ReFS\0\0\0\0")),
    Magic("romfs", "Linux Documentation/filesystems/romfs", _at(0, b"-rom1fs-")),
    Magic("squashfs", "Linux fs/squashfs/squashfs_fs.h", _at(0, b"hsqs", b"sqsh")),
    Magic("ubifs", "Linux fs/ubifs/ubifs-media.h", _at(0, b"\x31\x18\x10\x06")),
    Magic("ufs", "FreeBSD sys/ufs/ffs/fs.h", tuple(((at + 1372, m),) for at in (0, 8192, 65536, 262144) for m in _UFS)),
    Magic("vxfs", "Linux fs/freevxfs/vxfs.h", (*_at(1024, b"\xf5\xfc\x01\xa5"), *_at(8192, b"\xa5\x01\xfc\xf5"))),
)
"""File systems without encryption of the whole volume."""

OTHERS = (
    Magic("apple_partition_map", "Inside Macintosh: Devices, chapter 3", (((0, b"ER"), (512, b"PM\0\0")),)),
    Magic("bcache", "Linux drivers/md/bcache/bcache_ondisk.h", (((4096 + 24, _BCACHE), (4096 + 18, bytes(6))),)),
    Magic("bcachefs", "Linux fs/bcachefs/bcachefs_format.h", _at(4096 + 24, _BCACHEFS)),
    Magic("bcachefs", "its versions before 2017", _at(4096 + 24, _BCACHE), None, ((4096 + 18, bytes(6)),)),
    Magic("bsd_disklabel", "FreeBSD sys/sys/disk/bsd.h", tuple(((at, b"WEV\x82"),) for at in (0, 64, 512))),
    Magic("ceph_bluestore", "Ceph src/os/bluestore", _at(0, b"bluestore block device")),
    Magic("filevault2", "libyal/libfvde documentation", (((8, b"\x01\x00\x10\x00"), (88, b"CS")),), 304),
    Magic(
        "firmware_raid", "SNIA DDF 2.0; Intel RSTe", (((-512, b"\xde\x11\xde\x11"),), ((-1024, b"Intel Raid ISM "),))
    ),
    Magic("lvm2", "LVM2 lib/format_text/layout.h", _LVM2),
    Magic("mpool", "HSE mpool", _at(0, b"mpoolDev")),
    Magic("nss", "Novell Storage Services; util-linux libblkid", _at(4096, b"SPB5")),
    Magic("sgi_disklabel", "IRIX; Linux block/partitions/sgi.c", _at(0, b"\x0b\xe5\xa9\x41")),
    Magic("sun_disklabel", "Linux block/partitions/sun.c", (((508, b"\xda\xbe"), (188, b"\x60\x0d\xde\xee")),)),
    Magic("ubi", "Linux drivers/mtd/ubi/ubi-media.h", _at(0, b"UBI#\1")),
    Magic("vdo", "dm-vdo, geometry block", _at(0, b"dmvdo001")),
    Magic("vmfs", "libvmfs", (*_at(2097152, b"\x5e\xf1\xab\x2f"), *_at(1048576, b"\x0d\xd0\x01\xc0"))),
    Magic("xfs_external_log", "XFS Algorithms and Data Structures", _at(0, b"\xfe\xed\xba\xbe")),
    Magic("zfs", "OpenZFS, vdev label", _at(16384, b"\1\1\0\0\0\0\0\0\0\0\0\1")),
    Magic("zonefs", "Linux fs/zonefs/zonefs.h", _at(0, b"SFOZ")),
)
"""What holds other volumes, or may be encrypted inside: its content is not known from the signature."""

CONTAINER_FILES = (
    _file("aff", "AFFLIB", _at(0, b"AFF10\r\n\0")),
    _file("dmg", "Apple UDIF; encrypted: cdsaencr", (*_at(-512, b"koly\0\0\0\4"), *_at(0, b"encrcdsa"))),
    _file("ewf", "libyal/libewf documentation", _at(0, b"EVF\t\r\n\xff\0", b"LVF\t\r\n\xff\0", b"EVF2\r\n\x81\0")),
    _file("qcow2", "QEMU docs/interop/qcow2", _at(0, b"QFI\xfb")),
    _file("vdi", "VirtualBox VDI", _at(64, b"\x7f\x10\xda\xbe")),
    _file("vhd", "Microsoft VHD 1.0", _at(0, b"conectix")),
    _file("vhdx", "MS-VHDX", _at(0, b"vhdxfile")),
    _file("vmdk", "VMware Virtual Disk Format 5.0", _at(0, b"KDMV", b"COWD", b"# Disk DescriptorFile")),
)
"""Files that hold the image of a medium."""

SCHEMES: tuple[Scheme, ...] = (*FILE_SYSTEMS, *OTHERS, *CONTAINER_FILES)
