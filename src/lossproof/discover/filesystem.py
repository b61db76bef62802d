"""The files on a volume inside an image, without mounting it: live ones, deleted ones, and the bytes that no file has.

Stands on The Sleuth Kit (libtsk through pytsk3): FAT12/16/32, exFAT, NTFS, ext2/3/4, HFS+, ISO 9660. Everything is read
by metadata address and never by name, so a name that libtsk cuts short still leads to its file.

The rule here is that nothing is lost: every byte of the volume is in a file that `entries` gives (or says it could not
read), or in the tables of the file system, or in `unclaimed`, or in `slack`. Whatever libtsk cannot follow is not
claimed, and so is read as raw text. Old contents live on in a journal (NTFS `$LogFile`, the ext journal), in ext inode
tables and behind the file system's end: those are in `unclaimed` too.

Left out: NTFS and exFAT bytes between a file's initialised and its full length (libtsk gives zeros for them), and the
unused ends of folders, MFT records and compressed units. libtsk can crash or hang on bytes made to do so: callers run
this in a confined child.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import pytsk3

from lossproof.block.source import Source
from lossproof.discover.volume.ext import encrypted_inodes, superblocks
from lossproof.discover.volume.image import TSK_ERRORS, exfat_tables, open_kind
from lossproof.discover.volume.ranges import Ranges
from lossproof.discover.volume.record import (
    Attribute,
    VolumeFile,
    attributes,
    is_folder,
    is_live,
    is_regular,
    is_virtual_folder,
    reparse_tag,
)
from lossproof.errors import FormatError

MAX_DEPTH = 512
#: libtsk drops parts of a long FAT name from here on (UTF-8 bytes); in other file systems it keeps every name whole.
CUT_NAME_BYTES = 195

_NTFS_LOG_FILE = 2
_NTFS_EXTEND = 11
_NTFS_EXTEND_WITH_CONTENTS = (b"$Deleted", b"$RmMetadata")
#: Addresses below these are the file system's own files.
_RESERVED = {"ntfs": 24, "hfsplus": 16}
_EXFAT_SYSTEM = (b"$ALLOC_BITMAP", b"$UPCASE_TABLE", b"$VOLUME_GUID", b"$TEX_FAT", b"$ACT")
_FAT_LABEL = b" (Volume Label Entry)"  # libtsk's mark on the name of the volume's label, which is no file
_WOF_STREAM = b"WofCompressedData"
_REPARSE_LINKS = (0xA000000C, 0xA0000003)  # IO_REPARSE_TAG_SYMLINK, IO_REPARSE_TAG_MOUNT_POINT
_REPARSE_REASONS = {0x80000017: "compressed", 0x80000013: "deduplicated"}  # IO_REPARSE_TAG_WOF, IO_REPARSE_TAG_DEDUP


class Entry(NamedTuple):
    """A file, or an alternate stream of one (`path` is then `name:stream` and `attribute` its libtsk type and id).

    `path` is relative to the volume's root, decoded from UTF-8 with surrogate escapes; it may hold control characters.
    `mixed`: the contents were recovered by position and may, in part or wholly, be another file's. `name_cut`: libtsk
    may have left out part of the name. `size_bytes` never exceeds the volume's.
    """

    address: int
    attribute: tuple[int, int] | None
    path: str
    size_bytes: int
    deleted: bool = False
    mixed: bool = False
    name_cut: bool = False


class Unreadable(NamedTuple):
    """Something the walk met and could not read.

    `reason` is one of `damaged`, `encrypted`, `online_only` (the contents are not on the medium), `compressed` (by a
    filter driver), `deduplicated`, `too_large` (more than the volume holds: an entry up to that follows), `too_deep`.
    """

    path: str
    reason: str


class _Folder(NamedTuple):
    """A folder still to be listed. `system`: its files are the file system's own."""

    address: int
    path: str
    depth: int
    system: bool = False


@dataclass(slots=True)
class _Walk:
    """What one walk has seen so far: addresses and merged ranges, so that memory does not grow with names."""

    claimed: Ranges = field(default_factory=Ranges)
    tails: Ranges = field(default_factory=Ranges)
    listed: set[int] = field(default_factory=set)
    entered: set[int] = field(default_factory=set)
    with_deleted: list[_Folder] = field(default_factory=list)
    finished: bool = False


class FileSystem:
    """An open volume. `kind` is `fat`, `exfat`, `ntfs`, `ext`, `hfsplus` or `iso9660`. Made by `open_volume`."""

    def __init__(self, kind: str, handle: pytsk3.FS_Info, source: Source) -> None:
        self.kind = kind
        self._handle = handle
        self._volume_bytes = source.size_bytes
        self._block_bytes = int(handle.info.block_size)
        self._encrypted = encrypted_inodes(source) if kind == "ext" else None
        self._tables = exfat_tables(source) if kind == "exfat" else superblocks(source) if kind == "ext" else []
        self._walk = _Walk()

    def entries(self) -> Iterator[Entry | Unreadable]:
        """Every regular file: the live ones first, folder by folder, then the deleted ones that can be recovered.

        Hard links are given once. Links, devices, sockets and pipes are passed over. A deleted file is left out when
        nothing of it remains: its record, or all its clusters, now belong to live files.
        """
        walk = self._walk = _Walk()
        for offset, size in self._tables:
            walk.claimed.add(offset, size)
        root = int(self._handle.info.root_inum)
        self._claim_folder(root, walk)
        yield from self._live(_Folder(root, "", 0), walk)
        yield from self._deleted(walk)
        walk.finished = True

    def open(self, entry: Entry) -> VolumeFile:
        """The contents of an entry. Raises `FormatError` when its record cannot be read."""
        try:
            file = self._handle.open_meta(entry.address)
        except TSK_ERRORS:
            raise FormatError("the file's record cannot be read") from None
        return VolumeFile(file, entry.attribute, entry.size_bytes)

    def unclaimed(self) -> list[tuple[int, int]]:
        """(offset, size) in bytes of what no file, recovered file, folder or table has, in order. Walks if need be."""
        walk = self._walked()
        taken = Ranges()
        for ranges in (walk.claimed, walk.tails):
            for offset, size in ranges.ranges():
                taken.add(offset, size)
        return taken.gaps(self._volume_bytes)

    def slack(self) -> list[tuple[int, int]]:
        """(offset, size) in bytes between the ends of live files and the ends of their clusters, in order."""
        return self._walked().tails.ranges()

    def _walked(self) -> _Walk:
        if not self._walk.finished:
            for _ in self.entries():
                pass
        return self._walk

    def _live(self, root: _Folder, walk: _Walk) -> Iterator[Entry | Unreadable]:
        """The first pass: live files claim their clusters before any deleted file is looked at."""
        stack = [root]
        while stack:
            folder = stack.pop()
            folders: list[_Folder] = []
            has_deleted = False
            for item in self._list(folder, walk):
                if isinstance(item, Unreadable):
                    yield item
                    continue
                name, file = item
                if is_virtual_folder(file):
                    walk.with_deleted.append(self._below(folder, name, file))
                elif not is_live(file):
                    has_deleted = True
                else:
                    if is_folder(file):
                        folders.append(self._below(folder, name, file))
                    yield from self._live_file(folder, name, file, walk)
            if has_deleted:
                walk.with_deleted.append(folder)
            stack.extend(reversed(folders))

    def _deleted(self, walk: _Walk) -> Iterator[Entry | Unreadable]:
        """The second pass, through those folders alone in which the first one met a deleted name.

        The orphans come last, so that a deleted file is given under its own name where one is left.
        """
        orphans = self._handle.info.last_inum
        stack = sorted(walk.with_deleted, key=lambda folder: folder.address != orphans)
        walk.entered.difference_update(folder.address for folder in stack)
        while stack:
            folder = stack.pop()
            for item in self._list(folder, walk):
                if isinstance(item, Unreadable):
                    continue  # the first pass gave it
                name, found = item
                file = self._with_record(found)
                if file is None or is_live(file):
                    continue
                if is_folder(file):
                    stack.append(self._below(folder, name, file))
                else:
                    yield from self._deleted_file(folder, name, file, walk)

    def _list(self, folder: _Folder, walk: _Walk) -> Iterator[tuple[bytes, pytsk3.File] | Unreadable]:
        """The names in a folder, each with its file; nothing when the folder was listed before."""
        if folder.address in walk.entered:
            return
        walk.entered.add(folder.address)
        if folder.depth > MAX_DEPTH:
            yield Unreadable(folder.path, "too_deep")
            return
        try:
            directory = self._handle.open_dir(inode=folder.address)
            size = int(directory.size)
            names = iter(directory)
        except TSK_ERRORS:
            yield Unreadable(folder.path, "damaged")
            return
        for _ in range(size):
            try:
                file = next(names)
                name = bytes(file.info.name.name or b"")
            except StopIteration:
                return
            except TSK_ERRORS:
                yield Unreadable(_join(folder.path, b"?"), "damaged")
                continue
            if name not in (b".", b".."):
                yield name, file

    def _below(self, folder: _Folder, name: bytes, file: pytsk3.File) -> _Folder:
        address = int(file.info.meta.addr)
        extends = self.kind == "ntfs" and address == _NTFS_EXTEND
        system = extends or (folder.system and name not in _NTFS_EXTEND_WITH_CONTENTS)
        return _Folder(address, _join(folder.path, name), folder.depth + 1, system)

    def _with_record(self, file: pytsk3.File) -> pytsk3.File | None:
        """The file with its record: a deleted NTFS name comes without it, or with one of size 0."""
        if file.info.meta is not None and not (self.kind == "ntfs" and not file.info.meta.size):
            return file
        try:
            reopened = self._handle.open_meta(int(file.info.name.meta_addr))
        except TSK_ERRORS:
            return None
        return reopened if reopened.info.meta is not None else None

    def _live_file(self, folder: _Folder, name: bytes, file: pytsk3.File, walk: _Walk) -> Iterator[Entry | Unreadable]:
        address = int(file.info.meta.addr)
        if address in walk.listed:
            return
        walk.listed.add(address)
        path = _join(folder.path, name)
        try:
            found = attributes(file, self._block_bytes)
        except TSK_ERRORS:
            yield Unreadable(path, "damaged")
            return
        if self._is_no_file(folder, name, address):
            return
        given = not folder.system and address >= _RESERVED.get(self.kind, 0) and (is_regular(file) or is_folder(file))
        for attribute in found:
            if given and self._is_for_readers(attribute, file):
                for offset, size in attribute.pieces(self._volume_bytes):
                    walk.claimed.add(offset, size)
                for offset, size in attribute.tails(self._volume_bytes):
                    walk.tails.add(offset, size)
            else:
                self._claim_whole(attribute, walk)
        if given:
            yield from self._given(path, file, found)

    def _deleted_file(
        self, folder: _Folder, name: bytes, file: pytsk3.File, walk: _Walk
    ) -> Iterator[Entry | Unreadable]:
        address = int(file.info.meta.addr)
        if address in walk.listed or not is_regular(file):
            return
        walk.listed.add(address)
        path = _join(folder.path, name)
        try:
            found = attributes(file, self._block_bytes)
        except TSK_ERRORS:
            yield Unreadable(path, "damaged")
            return
        remaining: list[Attribute] = []
        taken = 0
        for attribute in found:
            pieces = list(attribute.pieces(self._volume_bytes)) if attribute.is_content else []
            overlap = sum(walk.claimed.covered_bytes(offset, size) for offset, size in pieces)
            gone = attribute.size_bytes == 0 or (
                not attribute.is_resident and overlap >= sum(size for _, size in pieces)
            )
            if attribute.is_content and gone:
                continue
            remaining.append(attribute)
            taken += overlap
            for offset, size in pieces:
                walk.claimed.add(offset, size)
        mixed = self.kind in ("fat", "exfat") or taken > 0
        yield from self._given(path, file, remaining, deleted=True, mixed=mixed)

    def _given(
        self, path: str, file: pytsk3.File, found: list[Attribute], *, deleted: bool = False, mixed: bool = False
    ) -> Iterator[Entry | Unreadable]:
        """The entries of one file, or why it has none."""
        address = int(file.info.meta.addr)
        reparse = reparse_tag(file, found) if self.kind == "ntfs" else None
        if reparse in _REPARSE_LINKS:
            return
        if self._encrypted is not None and is_regular(file) and address in self._encrypted:
            yield Unreadable(path, "encrypted")
            return
        contents = [attribute for attribute in found if self._is_for_readers(attribute, file)]
        if not contents and not deleted and is_regular(file):
            yield Unreadable(path, "damaged") if file.info.meta.size else Entry(address, None, path, 0)
        for attribute in contents:
            where = path if attribute.is_unnamed else f"{path}:{_decoded(attribute.name or b'')}"
            if attribute.is_encrypted:
                yield Unreadable(where, "encrypted")
            elif reparse is not None and attribute.is_unnamed and attribute.is_hollow:
                yield Unreadable(where, _REPARSE_REASONS.get(reparse, "online_only"))
            elif reparse is None or attribute.name != _WOF_STREAM:
                if attribute.size_bytes > self._volume_bytes:
                    yield Unreadable(where, "too_large")
                yield Entry(
                    address=address,
                    attribute=None if attribute.is_unnamed else (attribute.type, attribute.id),
                    path=where,
                    size_bytes=min(attribute.size_bytes, self._volume_bytes),
                    deleted=deleted,
                    mixed=mixed,
                    name_cut=self.kind == "fat" and _name_bytes(path) >= CUT_NAME_BYTES,
                )

    def _is_for_readers(self, attribute: Attribute, file: pytsk3.File) -> bool:
        """Contents; a folder's own are its listing, so that only the streams NTFS can hang on it are left."""
        return attribute.is_stream if is_folder(file) else attribute.is_content

    def _is_no_file(self, folder: _Folder, name: bytes, address: int) -> bool:
        """Neither given nor claimed: a journal, which holds old contents; a label; a table that a file may be named like."""
        if self.kind == "ntfs":
            return address == _NTFS_LOG_FILE
        if folder.depth:
            return False
        return (self.kind == "exfat" and name in _EXFAT_SYSTEM) or (self.kind == "fat" and name.endswith(_FAT_LABEL))

    def _claim_whole(self, attribute: Attribute, walk: _Walk) -> None:
        for offset, size, _ in attribute.runs:
            walk.claimed.add(offset, min(size, self._volume_bytes - offset))

    def _claim_folder(self, address: int, walk: _Walk) -> None:
        """The root has no name anywhere, so that nobody else claims it."""
        try:
            for attribute in attributes(self._handle.open_meta(address), self._block_bytes):
                self._claim_whole(attribute, walk)
        except TSK_ERRORS:
            return


def open_volume(source: Source) -> FileSystem:
    """The file system on a volume (`source` begins where the volume begins).

    Raises `FormatError` when it is damaged beyond opening, and `UnsupportedError` with the code
    `file_system_not_examined` when it is none that is read here.
    """
    kind, handle = open_kind(source)
    return FileSystem(kind.name, handle, source)


def _decoded(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _join(folder: str, name: bytes) -> str:
    return f"{folder}/{_decoded(name)}" if folder else _decoded(name)


def _name_bytes(path: str) -> int:
    return len(path.rpartition("/")[2].encode("utf-8", "surrogateescape"))
