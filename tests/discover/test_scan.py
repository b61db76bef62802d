"""A scan as a whole: what changes while it runs, what stops it, and what a worker may not talk it into."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from discover import filesystem_images as images
from jobs.people_files import COUNT, GOOD, HARMLESS, somebody, table, with_people
from lossproof.block.source import open_source
from lossproof.discover import pool as pools
from lossproof.discover import protocol
from lossproof.discover.scan import Found, Scan, Volume
from lossproof.sample.people import populate

LATER = ("later a.csv", "later b.csv", "later c.csv")
EMAIL = "ann.example@example.org"


def folder_scan(
    root: Path, at_first_file: Callable[[], None] | None = None, *, workers: int = 1, show: bool = False
) -> Found:
    """Scan a folder; `at_first_file` is called when the first (the largest) file is done."""
    calls: list[int] = []

    def progress(files: int, known_files: int, done_bytes: int, known_bytes: int) -> None:
        assert 0 <= files <= known_files
        assert done_bytes >= 0
        calls.append(files)
        if len(calls) == 1 and at_first_file is not None:
            at_first_file()

    return Scan(str(root), progress=progress, show=show).folder(root, workers)


def reasons(found: Found) -> dict[str, str]:
    return {one.path: one.reason for one in found.holding.not_examined}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose good table is the largest file, and so the first."""
    root = with_people(tmp_path / "stick")
    for number, name in enumerate(LATER):
        (root / name).write_bytes(table(somebody(COUNT + 3)[COUNT + number :][:1]))
    return root


def test_a_folder_is_read(folder):
    found = folder_scan(folder, workers=2)
    assert found.holding.people.point == COUNT + len(LATER)
    assert found.holding.scanned.files == 1 + len(LATER)
    assert found.holding.scanned.bytes == sum(path.stat().st_size for path in folder.iterdir())
    assert not found.holding.not_examined
    assert not found.holding.interrupted


def test_an_empty_folder_holds_nobody(tmp_path):
    found = folder_scan(tmp_path)
    assert found.holding.scanned.files == found.holding.people.high == 0
    assert not found.holding.not_examined


def test_a_file_that_vanishes_while_others_are_read_is_said_to_be_gone(folder):
    found = folder_scan(folder, lambda: [(folder / name).unlink() for name in LATER[:2]])
    assert reasons(found) == dict.fromkeys(LATER[:2], "vanished")
    assert found.holding.people.point == COUNT + 1


def test_a_folder_that_vanishes_is_said_to_be_gone(tmp_path):
    assert reasons(folder_scan(tmp_path / "not there")) == {".": "vanished"}


def test_what_takes_the_place_of_a_file_is_not_opened(folder, tmp_path):
    def swap() -> None:
        for name in LATER:
            (folder / name).unlink()
        os.mkfifo(folder / LATER[0])
        (folder / LATER[1]).symlink_to(folder / GOOD)
        (folder / LATER[2]).mkdir()

    found = folder_scan(folder, swap)
    assert reasons(found) == dict.fromkeys(LATER, "unreadable")
    assert found.holding.people.point == COUNT


def test_a_file_that_shrinks_or_grows_while_others_are_read_is_read_as_it_is_then(folder):
    def change() -> None:
        os.truncate(folder / LATER[0], 0)
        with (folder / LATER[1]).open("ab") as file:
            file.write(table()[:200] * 1000)

    found = folder_scan(folder, change)
    assert found.holding.people.low >= COUNT + 1


def test_a_socket_and_a_pipe_are_passed_over(folder, monkeypatch):
    os.mkfifo(folder / "pipe")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert reasons(folder_scan(folder)) == {"pipe": "special_file", "socket": "special_file"}


def test_a_reader_that_is_killed_costs_one_file(folder, monkeypatch):
    seen: list[pools.Pool] = []
    start = pools.Pool._start
    monkeypatch.setattr(pools.Pool, "_start", lambda self: (seen.append(self), start(self))[1])

    def kill() -> None:
        pid = seen[0]._workers[0].process.pid
        os.kill(pid, signal.SIGSTOP)
        os.kill(pid, signal.SIGKILL)

    found = folder_scan(folder, kill)
    assert list(reasons(found).values()) == ["crashed"]
    assert found.holding.people.point == COUNT + len(LATER) - 1
    assert found.holding.scanned.files == 1 + len(LATER)


def test_a_scan_that_is_stopped_says_what_it_has_and_that_it_was_stopped(folder):
    def stop() -> None:
        raise KeyboardInterrupt

    found = folder_scan(folder, stop)
    assert found.holding.interrupted
    assert found.holding.people.point == COUNT
    assert reasons(found) == {"": "interrupted"}
    (skip,) = found.holding.not_examined
    assert f"{len(LATER)} files" in skip.text


def test_what_was_found_in_half_a_file_counts_when_a_scan_is_stopped(tmp_path, monkeypatch):
    (tmp_path / "many.csv").write_bytes(table(populate(7, 9_000).patients))
    take = Scan._take

    def take_and_stop(self: Scan, file, reply: protocol.Reply) -> None:
        take(self, file, reply)
        if not reply.done:
            raise KeyboardInterrupt

    monkeypatch.setattr(Scan, "_take", take_and_stop)
    found = folder_scan(tmp_path)
    assert found.holding.interrupted
    assert 1_000 < found.holding.people.low < 6_000


def test_a_scan_that_is_stopped_while_the_folder_is_listed_is_an_answer_too(folder, monkeypatch):
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lossproof.discover.scan.walk", stop)
    assert folder_scan(folder).holding.interrupted


def test_identifiers_in_the_names_of_files_are_masked_unless_asked_for(tmp_path):
    number = somebody()[0].nhs_number
    name = f"NHS {number} letter to {EMAIL}.txt"
    (tmp_path / name).write_bytes(f"NHS number {number}\n".encode())
    (tmp_path / f"{number}.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    hidden, shown = folder_scan(tmp_path).holding, folder_scan(tmp_path, show=True).holding
    assert number not in repr(hidden)
    assert EMAIL not in repr(hidden)
    assert [one.path for one in shown.files] == [name]
    assert shown.samples["nhs_number"] == (number,)
    assert not hidden.samples


def image_scan(path: Path, *volumes: Volume, workers: int = 2) -> Found:
    source = open_source(path)
    try:
        return Scan("stick").image(source, list(volumes), workers)
    finally:
        os.close(source.fd)


def test_a_volume_that_cannot_be_listed_is_searched_and_said_not_to_be_examined(tmp_path):
    image = tmp_path / "broken.img"
    image.write_bytes(b"\xeb\x58\x90" + bytes(507) + b"\x55\xaa" + bytes(512) + table().ljust(1 << 20, b"\0"))
    size = image.stat().st_size
    found = image_scan(image, Volume(name="part 1 (fat)", offset_bytes=0, size_bytes=size, listed=True))
    assert set(reasons(found)) == {"part 1 (fat)"}
    assert found.holding.raw.people.point == COUNT
    assert found.holding.raw.scanned_bytes == size


def test_notes_of_volumes_are_kept_and_blank_ranges_are_told(tmp_path):
    image = images.blank(tmp_path / "blank.img", 3 << 20)
    note = ("unrecognised", "nobody knows what this is")
    found = image_scan(
        image,
        Volume(name="part 1", offset_bytes=0, size_bytes=1 << 20, listed=False, note=note),
        Volume(name="part 2", offset_bytes=2 << 20, size_bytes=1 << 20, listed=False),
    )
    assert reasons(found) == {"part 1": "unrecognised"}
    assert found.blank == {(0, 1 << 20), (2 << 20, 1 << 20)}


def test_files_with_one_path_are_kept_in_one_order(tmp_path):
    found = [images_of_twins(tmp_path / str(count), workers=count) for count in (1, 2, 4)]
    assert found[0].holding == found[1].holding == found[2].holding
    assert found[0].mentions == found[1].mentions == found[2].mentions
    assert found[0].holding.scanned.deleted_files == 3


def images_of_twins(folder: Path, *, workers: int) -> Found:
    """Three files that had one name, one after the other, and were deleted: a FAT volume remembers all three."""
    if not images.have("mkfs.fat", "mcopy", "mdel"):
        pytest.skip("needs mkfs.fat and mtools")
    folder.mkdir()
    image = images.fat(folder / "../twins.img", {"keep.txt": HARMLESS}, bits=12, size_bytes=1440 << 10, delete=())
    for number, person in enumerate(somebody()[:3]):
        (folder / f"twin{number}.csv").write_bytes(table((person,)) + b"\r\n" * 400 * number)
        images.run("mcopy", "-i", image, folder / f"twin{number}.csv", f"::/{number}win.csv")
    for number in range(3):
        images.run("mdel", "-i", image, f"::/{number}win.csv")
    return image_scan(
        image, Volume(name="", offset_bytes=0, size_bytes=image.stat().st_size, listed=True), workers=workers
    )


def test_a_worker_cannot_send_the_scan_round_the_world(tmp_path):
    scan = Scan("stick")
    volume = Volume(name="", offset_bytes=1000, size_bytes=5000, listed=True)
    entries: list[tuple[Volume, protocol.Listed]] = []
    raw: list[tuple[int, int]] = []
    ranges = [(-5, 2**62), (0, 999), (1000, 10), (5990, 2**63), (7000, 5), (2000, -7)]
    huge = protocol.Listed(name="x", size_bytes=2**62, address=1, attribute=None, deleted=False, mixed=False)
    scan._listing(volume, entries, raw).replied(protocol.Reply(done=True, ranges=ranges, listed=[huge]))
    assert raw == [(1000, 5000), (1000, 10), (5990, 10)]
    assert scan._entry_job(*entries[0]).effort_bytes == 5000
