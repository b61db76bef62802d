"""The log as static files: laid out as the specification says, and refused when one of them is not what was signed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError, InputError, StoreError, VerificationError
from lossproof.ledger.checkpoint import Checkpoint, add_signatures, cosign, sign_checkpoint
from lossproof.ledger.tiles import (
    Tile,
    entries_path,
    export,
    parse_bundle,
    read_entries,
    read_tiles,
    tile_path,
    tiles_of,
    write_bundle,
)
from lossproof.ledger.tree import leaf_hashes, memory_reader
from note_keys import AT, ORIGIN, checkpoint, log_key, secret, witness_key

LARGEST = 66_000
ENTRIES = [b"%d" % at for at in range(LARGEST)]
READ = memory_reader(leaf_hashes(ENTRIES))


def entries(start: int, end: int) -> list[bytes]:
    return ENTRIES[start:end]


def put(folder: Path, size: int) -> bytes:
    note = sign_checkpoint(checkpoint(size), secret(1))
    assert export(folder, note, READ, entries) == checkpoint(size)
    return note


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("index", "width", "path"),
    [
        (0, 256, "000"),
        (7, 256, "007"),
        (999, 255, "999.p/255"),
        (1000, 256, "x001/000"),
        (1234067, 256, "x001/x234/067"),
        (1234067, 8, "x001/x234/067.p/8"),
        (123456078, 256, "x123/x456/078"),
    ],
)
def test_a_tile_stands_where_the_specification_says(index, width, path):
    assert tile_path(0, index, width) == f"tile/0/{path}"
    assert tile_path(63, index, width) == f"tile/63/{path}"
    assert entries_path(index, width) == f"tile/entries/{path}"


@pytest.mark.parametrize(
    ("level", "index", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 2**56, 1), (0, 0, 0), (0, 0, 257)]
)
def test_tiles_that_no_log_has_have_no_path(level, index, width):
    with pytest.raises(FormatError):
        tile_path(level, index, width)


def test_a_tree_has_the_tiles_of_the_examples():
    assert list(tiles_of(0)) == []
    assert list(tiles_of(256)) == [Tile(0, 0, 256), Tile(1, 0, 1)]
    tiles = list(tiles_of(70_000))
    assert tiles[:273] == [Tile(0, index, 256) for index in range(273)]
    assert tiles[273:] == [Tile(0, 273, 112), Tile(1, 0, 256), Tile(1, 1, 17), Tile(2, 0, 1)]


@given(st.integers(1, 200_000))
def test_the_tiles_of_a_level_hold_all_its_nodes(size):
    held = {}
    for tile in tiles_of(size):
        held[tile.level] = held.get(tile.level, 0) + tile.width
        assert tile.tree_size <= size
    assert held == {level: size >> (8 * level) for level in range(8) if size >> (8 * level)}


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_comes_back(some):
    assert parse_bundle(write_bundle(some), len(some)) == some


def test_a_bundle_is_lengths_and_entries():
    assert write_bundle([b"", b"abc", b"x" * 65_535]) == b"\x00\x00\x00\x03abc\xff\xff" + b"x" * 65_535
    with pytest.raises(FormatError, match="65,535"):
        write_bundle([b"x" * 65_536])


@given(st.binary(max_size=60), st.integers(0, 256))
def test_any_bytes_are_a_bundle_that_writes_itself_again_or_malformed(raw, width):
    try:
        some = parse_bundle(raw, width)
    except FormatError:
        return
    assert write_bundle(some) == raw


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 700])
def test_an_exported_log_is_read_back(tmp_path, size):
    note = put(tmp_path, size)
    signed = read_tiles(tmp_path, [log_key()])
    assert (signed.checkpoint, signed.note) == (checkpoint(size), note)
    assert list(read_entries(tmp_path, size)) == ENTRIES[:size]
    paths = {tile.path for tile in tiles_of(size)} | {
        entries_path(tile.index, tile.width) for tile in tiles_of(size) if tile.level == 0
    }
    assert set(files(tmp_path)) == paths | {"checkpoint"}


def test_a_log_with_three_levels_of_tiles_is_read_back(tmp_path):
    put(tmp_path, LARGEST)
    assert (tmp_path / "tile/2/000.p/1").stat().st_size == 32
    assert read_tiles(tmp_path, [log_key()]).checkpoint.size == LARGEST


def test_a_later_export_adds_to_an_earlier_one_and_rewrites_nothing(tmp_path):
    put(tmp_path, 300)
    before = {path: (tmp_path / path).stat().st_ino for path in files(tmp_path)}
    put(tmp_path, 700)
    after = {path: (tmp_path / path).stat().st_ino for path in files(tmp_path)}
    assert {path for path in before if before[path] != after[path]} == {"checkpoint"}
    assert read_tiles(tmp_path, [log_key()]).checkpoint.size == 700
    whole = tmp_path / "whole"
    put(whole, 700)
    assert files(whole).items() <= files(tmp_path).items()


def test_the_same_size_again_puts_in_the_cosignatures_alone(tmp_path):
    note = put(tmp_path, 300)
    cosigned = add_signatures(note, [cosign(note, secret(2), "witness2.example.org", AT)])
    export(tmp_path, cosigned, READ, lambda start, end: pytest.fail("the entries are there already"))
    assert read_tiles(tmp_path, [log_key()], [witness_key(2)]).cosignatures == ((witness_key(2), AT),)


def test_an_export_that_was_broken_off_is_finished_by_the_next(tmp_path):
    put(tmp_path, 300)

    def breaks_off(start, end):
        if start >= 512:
            raise StoreError("the disk is full")
        return entries(start, end)

    with pytest.raises(StoreError):
        export(tmp_path, sign_checkpoint(checkpoint(700), secret(1)), READ, breaks_off)
    assert read_tiles(tmp_path, [log_key()]).checkpoint.size == 300
    put(tmp_path, 700)
    assert read_tiles(tmp_path, [log_key()]).checkpoint.size == 700


def test_a_folder_with_another_log_or_a_later_checkpoint_is_left_alone(tmp_path):
    put(tmp_path, 300)
    before = files(tmp_path)
    forked = leaf_hashes([b"another history", *ENTRIES[1:400]])
    for note, read in (
        (sign_checkpoint(checkpoint(299), secret(1)), READ),
        (sign_checkpoint(checkpoint(400, "other.example.org"), secret(1)), READ),
        (sign_checkpoint(checkpoint(400), secret(1)), memory_reader(forked)),
        (sign_checkpoint(Checkpoint(origin=ORIGIN, size=300, root=bytes(32)), secret(1)), READ),
    ):
        with pytest.raises(StoreError, match="holds another log"):
            export(tmp_path, note, read, entries)
    (tmp_path / "checkpoint").write_bytes(b"not a checkpoint")
    with pytest.raises(StoreError, match="holds another log"):
        put(tmp_path, 400)
    assert {**files(tmp_path), "checkpoint": before["checkpoint"]} == before


def test_every_changed_file_is_found(tmp_path):
    put(tmp_path, 700)
    whole = files(tmp_path)
    assert len(whole) == 8
    for path, content in whole.items():
        for at in range(0, len(content), max(1, len(content) // 40)):
            changed = bytearray(content)
            changed[at] ^= 0x10
            (tmp_path / path).write_bytes(changed)
            with pytest.raises((FormatError, VerificationError)):
                read_tiles(tmp_path, [log_key()])
        for wrong in (content[:-1], content + b"\x00", b""):
            (tmp_path / path).write_bytes(wrong)
            with pytest.raises((FormatError, VerificationError)):
                read_tiles(tmp_path, [log_key()])
        (tmp_path / path).unlink()
        with pytest.raises(InputError, match="cannot read"):
            read_tiles(tmp_path, [log_key()])
        (tmp_path / path).write_bytes(content)
    assert read_tiles(tmp_path, [log_key()]).checkpoint == checkpoint(700)


def test_an_entry_changed_with_all_its_tiles_is_found(tmp_path):
    put(tmp_path, 300)
    forked = [*ENTRIES[:299], b"another history"]
    other = tmp_path / "other"
    root = memory_reader(leaf_hashes(forked))
    export(other, sign_checkpoint(checkpoint(300), secret(1)), root, lambda start, end: forked[start:end])
    with pytest.raises(VerificationError, match="root of the checkpoint"):
        read_tiles(other, [log_key()])


def test_what_is_no_file_is_not_waited_for(tmp_path):
    put(tmp_path, 3)
    for replace in (os.mkfifo, Path.mkdir):
        (tmp_path / "checkpoint").unlink()
        replace(tmp_path / "checkpoint")
        with pytest.raises(InputError):
            read_tiles(tmp_path, [log_key()])
        if replace is Path.mkdir:
            (tmp_path / "checkpoint").rmdir()


def test_a_folder_that_cannot_be_written_is_an_error_and_leaves_no_part(tmp_path):
    (tmp_path / "tile").write_bytes(b"in the way")
    with pytest.raises(StoreError, match="cannot write"):
        put(tmp_path, 3)
    assert set(files(tmp_path)) == {"tile"}
