"""What a file's attributes give to its reader, and what they leave behind its end."""

from __future__ import annotations

from lossproof.discover.volume.record import Attribute

NONRESIDENT, COMPRESSED, RESIDENT = 3, 35, 5
RUNS = [(4096, 2048, 0), (10240, 2048, 2048)]


def attribute(size_bytes: int, flags: int = NONRESIDENT, runs: list[tuple[int, int, int]] | None = None) -> Attribute:
    return Attribute(128, 1, None, size_bytes, flags, RUNS if runs is None else runs)


def test_pieces_end_where_the_file_ends_and_tails_begin_there() -> None:
    found = attribute(3000)
    assert list(found.pieces(1 << 20)) == [(4096, 2048), (10240, 952)]
    assert list(found.tails(1 << 20)) == [(11192, 1096)]


def test_clusters_behind_the_end_are_tail_whole() -> None:
    found = attribute(100)
    assert list(found.pieces(1 << 20)) == [(4096, 100)]
    assert list(found.tails(1 << 20)) == [(4196, 1948), (10240, 2048)]


def test_nothing_reaches_past_the_volume() -> None:
    found = attribute(3000)
    assert list(found.pieces(5000)) == [(4096, 904)]
    assert list(attribute(4096, runs=[(9000, 4096, 0)]).pieces(5000)) == []
    assert list(attribute(10, runs=[(4096, 2048, 0)]).tails(5000)) == [(4106, 894)]


def test_a_size_larger_than_the_volume_has_no_tail() -> None:
    assert list(attribute(1 << 30).tails(1 << 20)) == []


def test_compressed_clusters_are_taken_whole() -> None:
    found = attribute(100, COMPRESSED)
    assert list(found.pieces(1 << 20)) == [(4096, 2048), (10240, 2048)]
    assert list(found.tails(1 << 20)) == []


def test_hollow_is_a_length_without_a_byte_on_the_medium() -> None:
    assert attribute(10, runs=[]).is_hollow
    assert not attribute(0, runs=[]).is_hollow
    assert not attribute(10, RESIDENT, runs=[]).is_hollow
    assert not attribute(10).is_hollow
