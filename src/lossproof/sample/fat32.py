"""Write a FAT32 image of a folder, as a memory stick would hold it: a partition table, and one partition at 1 MiB.

Specification: Microsoft FAT32 File System Specification 1.03 (2000): boot sector and BPB (section 3), FSInfo and
backup boot sector, FAT entries (4), directory entries (6) and long names (7). Left out: FAT12 and FAT16, files of 4
GiB and more, extended attributes.

The same folder, with the same times, gives the same bytes: names are taken in order, times are in UTC, and the
volume's number is a checksum of the names and sizes. Zeros are not written, so that the image is sparse where the file
system allows it.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from lossproof.errors import InputError, UnsupportedError
from lossproof.sample.fat_names import long_entries, require_valid, short_name

_SECTOR = 512
_PARTITION_SECTORS = 2048
_RESERVED_SECTORS = 32
_FATS = 2
_ROOT_CLUSTER = 2
_END_OF_CHAIN = 0x0FFFFFFF
_FEWEST_CLUSTERS = 65_600  # a volume of fewer than 65,525 is FAT16 by definition (section 3.5)
_MOST_CLUSTERS = 0x0FFFFFF0 - _ROOT_CLUSTER
_MOST_ENTRIES = 65_536  # of 32 bytes in one directory
_LABEL = b"SAMPLE     "
_DIRECTORY, _ARCHIVE, _VOLUME_LABEL = 0x10, 0x20, 0x08


@dataclass(slots=True, kw_only=True)
class _Node:
    """A file or folder to be written; `cluster` is its first one, 0 for an empty file."""

    name: str
    path: Path
    size_bytes: int
    modified: datetime
    children: list[_Node] | None = None
    cluster: int = 0
    clusters: int = 0
    entry: bytes = field(default=b"")


class _Geometry(NamedTuple):
    sectors_per_cluster: int
    clusters: int
    fat_sectors: int

    @property
    def first_data_sector(self) -> int:
        return _RESERVED_SECTORS + _FATS * self.fat_sectors

    @property
    def volume_sectors(self) -> int:
        return self.first_data_sector + self.clusters * self.sectors_per_cluster

    @property
    def cluster_bytes(self) -> int:
        return self.sectors_per_cluster * _SECTOR

    def offset(self, cluster: int) -> int:
        """Where a cluster begins in the image, in bytes."""
        sector = self.first_data_sector + (cluster - _ROOT_CLUSTER) * self.sectors_per_cluster
        return (_PARTITION_SECTORS + sector) * _SECTOR


def write_image(folder: Path, image: Path) -> None:
    """Write `image`, a FAT32 image of everything in `folder` with a quarter as much free space and at least 34 MB in
    all.

    It appears under its name only when it is whole. Raises `InputError` when `image` is there already or lies in
    `folder`, when the folder holds a link or a device, or when a file cannot be read or changes meanwhile;
    `UnsupportedError` for a name or a size that FAT32 has no room for.
    """
    if image.exists():
        raise InputError(f"{image}: is there already", hint="name a file that is not there yet")
    if image.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{image}: lies in the folder that it is to be an image of")
    part = image.with_name(f".{image.name}.{os.getpid()}.part")
    try:
        root = _read_tree(folder)
        with part.open("xb") as out:
            _write(root, out)
            out.flush()
            os.fsync(out.fileno())
        part.rename(image)
    except OSError as error:
        raise InputError(f"{error.filename or image}: {error.strerror}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _read_tree(folder: Path) -> _Node:
    """The folder and all below it, children in order of their names; a stack instead of recursion, for folders of any
    depth."""
    root = _node(folder)
    if root.children is None:
        raise InputError(f"{folder}: not a folder")
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.children is not None:
            node.children += [_node(path) for path in sorted(node.path.iterdir(), key=lambda path: path.name)]
            _require_room(node)
            waiting += reversed(node.children)
    return root


def _node(path: Path) -> _Node:
    status = path.lstat()
    if path.is_symlink() or not (path.is_dir() or path.is_file()):
        raise InputError(f"{path}: a link or a device, which an image cannot hold")
    if status.st_size >= 1 << 32 and path.is_file():
        raise UnsupportedError(f"{path}: FAT32 holds files of less than 4 GiB")
    return _Node(
        name=path.name,
        path=path,
        size_bytes=0 if path.is_dir() else status.st_size,
        modified=datetime.fromtimestamp(status.st_mtime, UTC),
        children=[] if path.is_dir() else None,
    )


def _require_room(node: _Node) -> None:
    seen: set[str] = set()
    entries = 2
    for child in node.children or ():
        require_valid(child.name)
        if (folded := child.name.upper()) in seen:
            raise UnsupportedError(
                f"{child.path}: FAT32 does not tell upper case from lower, and there is such a name already"
            )
        seen.add(folded)
        entries += 1 + (len(child.name.encode("utf-16-le")) // 2 + 12) // 13
    if entries > _MOST_ENTRIES:
        raise UnsupportedError(f"{node.path}: more names than a FAT32 folder holds")
    # Every child is counted with a long name, so that the clusters suffice; the rest of the last one stays zero.
    node.size_bytes = entries * 32


def _walk(root: _Node) -> Iterator[_Node]:
    """Every node, a folder before what is in it, in order of names."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.children or ())


def _plan(root: _Node) -> _Geometry:
    """Choose the cluster size by the rule of section 3.5's table, and give every node its clusters, one after
    another."""
    content = sum(node.size_bytes for node in _walk(root))
    sectors = next(
        (size for limit, size in ((1 << 27, 1), (1 << 32, 8), (1 << 34, 16), (1 << 36, 32)) if content < limit), 64
    )
    following = _ROOT_CLUSTER
    for node in _walk(root):
        node.clusters = -(-node.size_bytes // (sectors * _SECTOR))
        node.cluster = following if node.clusters else 0
        following += node.clusters
    used = following - _ROOT_CLUSTER
    clusters = max(used + used // 4, _FEWEST_CLUSTERS)
    geometry = _Geometry(sectors, clusters, -(-4 * (clusters + _ROOT_CLUSTER) // _SECTOR))
    if clusters > _MOST_CLUSTERS or geometry.volume_sectors + _PARTITION_SECTORS >= 1 << 32:
        raise UnsupportedError(f"{root.path}: more than a FAT32 volume holds")
    return geometry


def _write(root: _Node, out: BinaryIO) -> None:
    geometry = _plan(root)
    used = sum(node.clusters for node in _walk(root))
    names = "\n".join(f"{node.name} {node.size_bytes}" for node in _walk(root) if node is not root)
    number = zlib.crc32(names.encode("utf-8", "surrogateescape"))
    out.truncate((_PARTITION_SECTORS + geometry.volume_sectors) * _SECTOR)
    _put(out, 0, _partition_table(geometry, number))
    boot, information = _boot_sector(geometry, number), _file_system_information(geometry, used)
    for sector in (0, 6):
        _put(out, (_PARTITION_SECTORS + sector) * _SECTOR, boot + information)
    table = _allocation_table(root)
    for copy in range(_FATS):
        _put(out, (_PARTITION_SECTORS + _RESERVED_SECTORS + copy * geometry.fat_sectors) * _SECTOR, table)
    for node, parent in _with_parents(root):
        if node.children is not None:
            _put(out, geometry.offset(node.cluster), _directory(node, parent))
        elif node.clusters:
            _copy(node, out, geometry.offset(node.cluster))


def _put(out: BinaryIO, offset: int, content: bytes) -> None:
    out.seek(offset)
    out.write(content)


def _with_parents(root: _Node) -> Iterator[tuple[_Node, _Node | None]]:
    yield root, None
    for parent in _walk(root):
        for child in parent.children or ():
            yield child, parent


def _copy(node: _Node, out: BinaryIO, offset: int) -> None:
    left = node.size_bytes
    out.seek(offset)
    with node.path.open("rb") as source:
        while left and (piece := source.read(min(left, 1 << 20))):
            out.write(piece)
            left -= len(piece)
        if left or source.read(1):
            raise InputError(f"{node.path}: changed while it was read")


def _partition_table(geometry: _Geometry, number: int) -> bytes:
    """One entry, type 0x0C (FAT32 by logical sectors); the cylinder fields are set to their largest, as they mean
    nothing."""
    entry = struct.pack(
        "<B3sB3sII", 0, b"\xfe\xff\xff", 0x0C, b"\xfe\xff\xff", _PARTITION_SECTORS, geometry.volume_sectors
    )
    return struct.pack("<440sIH16s48s2s", b"", number, 0, entry, b"", b"\x55\xaa")


def _boot_sector(geometry: _Geometry, number: int) -> bytes:
    parameters = struct.pack(
        "<3s8sHBHBHHBHHHII",
        b"\xeb\x58\x90",
        b"MSWIN4.1",
        _SECTOR,
        geometry.sectors_per_cluster,
        _RESERVED_SECTORS,
        _FATS,
        0,
        0,
        0xF8,
        0,
        63,
        255,
        _PARTITION_SECTORS,
        geometry.volume_sectors,
    )
    parameters += struct.pack(
        "<IHHIHH12sBBBI11s8s",
        geometry.fat_sectors,
        0,
        0,
        _ROOT_CLUSTER,
        1,
        6,
        b"",
        0x80,
        0,
        0x29,
        number,
        _LABEL,
        b"FAT32   ",
    )
    return parameters.ljust(510, b"\0") + b"\x55\xaa"


def _file_system_information(geometry: _Geometry, used: int) -> bytes:
    return struct.pack(
        "<I480sIII12sI",
        0x41615252,
        b"",
        0x61417272,
        geometry.clusters - used,
        _ROOT_CLUSTER + used - 1,
        b"",
        0xAA550000,
    )


def _allocation_table(root: _Node) -> bytes:
    """The entries up to the last cluster in use; those behind are zero, which is free."""
    chains = bytearray(struct.pack("<2I", 0x0FFFFFF8, _END_OF_CHAIN))
    for node in _walk(root):
        if node.clusters:
            last = node.cluster + node.clusters - 1
            chains += struct.pack(f"<{node.clusters - 1}I", *range(node.cluster + 1, last + 1))
            chains += struct.pack("<I", _END_OF_CHAIN)
    return bytes(chains)


def _directory(node: _Node, parent: _Node | None) -> bytes:
    if parent is None:
        out = bytearray(_entry(_LABEL, _VOLUME_LABEL, 0, 0, node.modified))
    else:
        # The parent's cluster is written as 0 where the parent is the root (section 6.5).
        above = 0 if parent.cluster == _ROOT_CLUSTER else parent.cluster
        out = bytearray(_entry(b".".ljust(11), _DIRECTORY, node.cluster, 0, node.modified))
        out += _entry(b"..".ljust(11), _DIRECTORY, above, 0, parent.modified)
    taken: set[bytes] = set()
    tails: dict[bytes, int] = {}
    for child in node.children or ():
        short, needs_long = short_name(child.name, taken, tails)
        taken.add(short)
        if needs_long:
            out += long_entries(child.name, short)
        folder = child.children is not None
        size = 0 if folder else child.size_bytes
        out += _entry(short, _DIRECTORY if folder else _ARCHIVE, child.cluster, size, child.modified)
    return bytes(out)


def _entry(name: bytes, attributes: int, cluster: int, size_bytes: int, modified: datetime) -> bytes:
    """A short entry (section 6); times before 1980 and after 2107 are put to the ends of what there is."""
    moment = min(max(modified, datetime(1980, 1, 1, tzinfo=UTC)), datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC))
    date = (moment.year - 1980) << 9 | moment.month << 5 | moment.day
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    return struct.pack(
        "<11sBBBHHHHHHHI",
        name,
        attributes,
        0,
        moment.second % 2 * 100,
        time,
        date,
        date,
        cluster >> 16,
        time,
        date,
        cluster & 0xFFFF,
        size_bytes,
    )
