"""The log as a tree of static files: a checkpoint, tiles of 256 hashes, and bundles of 256 entries.

Specification: C2SP tlog-tiles. Left out: pruning, compression, several prefixes, and fetching over the network: a folder is
written for a web server or a USB stick, and read back.

Nothing in such a folder is trusted: `read_tiles` hashes every entry and every tile anew, up to the signed root.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lossproof.errors import FormatError, InputError, StoreError, VerificationError
from lossproof.ledger.checkpoint import Checkpoint, SignedCheckpoint, parse_checkpoint, read_signed
from lossproof.ledger.note import MAX_NOTE_BYTES, VerifierKey, parse_note
from lossproof.ledger.tree import (
    HASH_BYTES,
    Frontier,
    NodeReader,
    leaf_hashes,
    prove_consistency,
    verify_consistency,
)

WIDTH = 256
"""Hashes in a full tile, entries in a full bundle."""

MAX_ENTRY_BYTES = 65_535
MAX_LEVEL = 63
MAX_INDEX = 1 << 56
"""More tiles than a level of a tree of 2^63 leaves has."""

_MAX_BUNDLE_BYTES = WIDTH * (2 + MAX_ENTRY_BYTES)

EntryReader = Callable[[int, int], Iterable[bytes]]
"""Given a start and an end, the entries of the leaves from start up to but not including end, in order."""


@dataclass(frozen=True, slots=True)
class Tile:
    """`width` hashes side by side (1 to 256): leaf hashes at level 0, above it the roots of full tiles one level down.
    The first is the complete node (8 * level, 256 * index).
    """

    level: int
    index: int
    width: int

    @property
    def path(self) -> str:
        """Where it stands under the log's prefix."""
        return tile_path(self.level, self.index, self.width)

    @property
    def tree_size(self) -> int:
        """The number of leaves of the smallest tree that has this tile."""
        return int((self.index * WIDTH + self.width) * WIDTH**self.level)


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Where a tile stands under the log's prefix: `tile/0/x001/234`, and `.p/W` behind it for a partial one. Raises
    `FormatError` for a level above 63, a width that is not 1 to 256, or an index that no log has.
    """
    if not 0 <= level <= MAX_LEVEL:
        raise FormatError("the level of a tile is not between 0 and 63")
    return f"tile/{level}/{_numbered(index, width)}"


def entries_path(index: int, width: int = WIDTH) -> str:
    """Where the entries of a level 0 tile stand: `tile/entries/x001/234`. Raises as `tile_path`."""
    return f"tile/entries/{_numbered(index, width)}"


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of a tree of `size` leaves, level by level, the partial one of a level last."""
    level = 0
    while size:
        full, width = divmod(size, WIDTH)
        yield from (Tile(level, index, WIDTH) for index in range(full))
        if width:
            yield Tile(level, full, width)
        level, size = level + 1, full


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries as an entry bundle: each behind its length in two bytes, big-endian. Raises `FormatError` for one that is
    longer than 65,535 bytes.
    """
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise FormatError("an entry is longer than 65,535 bytes")
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def parse_bundle(bundle: bytes, width: int) -> list[bytes]:
    """The `width` entries of a bundle. Raises `FormatError` where it holds fewer, or more bytes than they need."""
    entries: list[bytes] = []
    at = 0
    for _ in range(width):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if at + 2 > len(bundle) or end > len(bundle):
            raise FormatError("an entry bundle is too short")
        entries.append(bundle[at + 2 : end])
        at = end
    if at != len(bundle):
        raise FormatError("an entry bundle is too long")
    return entries


def export(folder: Path, note: bytes, nodes: NodeReader, entries: EntryReader) -> Checkpoint:
    """Write the log up to the checkpoint in `note` into `folder`, which holds nothing or an earlier export of the same
    log: that is shown by a consistency proof from its checkpoint, and only what is new is written. The checkpoint comes
    last, so that a reader never sees one whose tiles are not there yet. Partial tiles of earlier exports stay.

    Raises `StoreError` where the folder holds another log, a later checkpoint, or cannot be written.
    """
    checkpoint = parse_checkpoint(parse_note(note).text)
    done = _exported_size(folder, checkpoint, nodes)
    for tile in tiles_of(checkpoint.size):
        if tile.tree_size <= done:
            continue
        first = tile.index * WIDTH
        wanted = [(8 * tile.level, index) for index in range(first, first + tile.width)]
        _write(folder / tile.path, b"".join(nodes(wanted)))
        if tile.level == 0:
            _write(folder / entries_path(tile.index, tile.width), write_bundle(entries(first, first + tile.width)))
    _write(folder / "checkpoint", note)
    return checkpoint


def read_tiles(
    folder: Path, log_keys: Sequence[VerifierKey], witness_keys: Sequence[VerifierKey] = ()
) -> SignedCheckpoint:
    """The checkpoint of an exported log, after every entry and every tile of it was hashed and found to be what the
    checkpoint commits to. Memory does not grow with the log.

    Raises `VerificationError` where something does not hold, `FormatError` for a malformed file, and `InputError` for
    one that is missing or cannot be read.
    """
    signed = read_signed(_read(folder / "checkpoint", MAX_NOTE_BYTES), log_keys, witness_keys)
    size = signed.checkpoint.size
    frontier = Frontier()
    rows: dict[int, list[bytes]] = {}  # by level of tiles, the hashes that are in no full tile yet
    for bundle in _read_bundles(folder, size):
        frontier, runs = frontier.grow(leaf_hashes(bundle))
        for run in runs:
            level, between = divmod(run.level, 8)
            if not between:
                row = rows.setdefault(level, [])
                row += run.hashes
                # A bundle adds at most what a tile holds, and begins where a tile of leaves does: none is overshot.
                if len(row) == WIDTH:
                    _check_tile(folder, Tile(level, run.first // WIDTH, WIDTH), row)
                    row.clear()
    for level, row in rows.items():
        if row:
            _check_tile(folder, Tile(level, size >> (8 * (level + 1)), len(row)), row)
    if frontier.root() != signed.checkpoint.root:
        raise VerificationError("the entries do not lead to the root of the checkpoint")
    return signed


def read_entries(folder: Path, size: int) -> Iterator[bytes]:
    """The first `size` entries of an exported log, in order. Nothing is verified: `read_tiles` does that. Raises
    `FormatError` for a malformed bundle, `InputError` for one that is missing.
    """
    for bundle in _read_bundles(folder, size):
        yield from bundle


def _numbered(index: int, width: int) -> str:
    if not 0 <= index < MAX_INDEX or not 1 <= width <= WIDTH:
        raise FormatError("a tile has an index or a width that no log has")
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *groups, last = (digits[at : at + 3] for at in range(0, len(digits), 3))
    return "/".join((*(f"x{group}" for group in groups), last)) + (f".p/{width}" if width < WIDTH else "")


def _exported_size(folder: Path, checkpoint: Checkpoint, nodes: NodeReader) -> int:
    """How many leaves are in the folder already, which must be the beginning of this log."""
    path = folder / "checkpoint"
    if not os.path.lexists(path):
        return 0
    try:
        before = parse_checkpoint(parse_note(_read(path, MAX_NOTE_BYTES)).text)
        if before.origin != checkpoint.origin:
            raise VerificationError("another origin")
        proof = prove_consistency(nodes, before.size, checkpoint.size)
        verify_consistency(before.size, before.root, checkpoint.size, checkpoint.root, proof)
    except (FormatError, InputError, VerificationError) as error:
        raise StoreError(
            f"{folder} holds another log, or a later checkpoint of this one", hint="export into an empty folder"
        ) from error
    return before.size


def _read_bundles(folder: Path, size: int) -> Iterator[list[bytes]]:
    """The entries of the first `size` leaves, a bundle at a time."""
    for index in range(-(-size // WIDTH)):
        width = min(WIDTH, size - index * WIDTH)
        yield parse_bundle(_read(folder / entries_path(index, width), _MAX_BUNDLE_BYTES), width)


def _check_tile(folder: Path, tile: Tile, hashes: list[bytes]) -> None:
    if _read(folder / tile.path, tile.width * HASH_BYTES) != b"".join(hashes):
        raise VerificationError(f"{tile.path} does not hold the hashes of the entries")


def _read(path: Path, limit_bytes: int) -> bytes:
    try:
        # A named pipe would make an ordinary open wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InputError(f"{path} is not a file")
            content = file.read(limit_bytes + 1)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or 'the system refused'}") from error
    if len(content) > limit_bytes:
        raise FormatError(f"{path.name} is longer than {limit_bytes} bytes")
    return content


def _write(path: Path, content: bytes) -> None:
    """Put a whole file at `path`, durably, or leave what is there."""
    new = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise StoreError(f"cannot write {path}: {error.strerror or 'the system refused'}") from error
