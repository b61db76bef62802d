"""File systems read without mounting them: byte for byte what was put there, deleted files too, and nothing lost."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from discover import filesystem_images as images
from lossproof.block.source import BytesSource, Window
from lossproof.discover import filesystem
from lossproof.discover.filesystem import Entry, FileSystem, Unreadable, open_volume
from lossproof.errors import FormatError, UnsupportedError

NAMES = tuple(images.VECTORS)


def needs(*programs: str):
    """Skip where a tool is missing; the committed vectors are read everywhere."""
    return pytest.mark.skipif(not images.have(*programs), reason=f"needs {', '.join(programs)}")


def source_of(path: Path) -> BytesSource:
    return BytesSource(path.read_bytes())


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("vectors")
    return {name: images.unpacked(name, folder).read_bytes() for name in NAMES}


# What these volumes really keep outside their files: data inside ext inodes, and what ntfs-3g wrote before it compressed.
LEFTOVERS = {"ext4": (b"LIVE inline data", b"LIVE 1 line"), "ntfs": (b"LIVE packed line",)}


def walked(volume: FileSystem) -> tuple[dict[str, bytes], dict[str, bytes], dict[str, str]]:
    """Live files, deleted files and what was unreadable, by path; no path may come twice."""
    live: dict[str, bytes] = {}
    deleted: dict[str, bytes] = {}
    unreadable: dict[str, str] = {}
    for item in volume.entries():
        if isinstance(item, Unreadable):
            unreadable[item.path] = item.reason
            continue
        files = deleted if item.deleted else live
        assert item.path not in files
        contents = volume.open(item).read_at(0, item.size_bytes)
        assert len(contents) == item.size_bytes
        files[item.path] = contents
    return live, deleted, unreadable


def text_in(source: BytesSource, ranges: list[tuple[int, int]]) -> bytes:
    return b"\0".join(source.read_at(offset, size) for offset, size in ranges)


def assert_in_order(ranges: list[tuple[int, int]], volume_bytes: int) -> None:
    position = 0
    for offset, size in ranges:
        assert offset >= position
        assert size > 0
        position = offset + size
    assert position <= volume_bytes


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_found_and_read_byte_for_byte(vectors: dict[str, bytes], name: str) -> None:
    expected_live, expected_deleted, expected_unreadable = images.expected(name)
    live, deleted, unreadable = walked(open_volume(BytesSource(vectors[name])))
    assert live == expected_live
    assert unreadable == expected_unreadable
    # FAT loses a deleted file's first letter.
    assert sorted(deleted.values()) == sorted(expected_deleted.values())
    if name not in ("fat12", "fat32"):
        assert deleted == expected_deleted


@pytest.mark.parametrize("name", NAMES)
def test_deleted_files_say_when_they_may_be_mixed(vectors: dict[str, bytes], name: str) -> None:
    entries = [item for item in open_volume(BytesSource(vectors[name])).entries() if isinstance(item, Entry)]
    deleted = [entry for entry in entries if entry.deleted]
    assert deleted
    assert {entry.mixed for entry in deleted} == {name in images.MIXED}
    assert not any(entry.mixed for entry in entries if not entry.deleted)


@pytest.mark.parametrize("name", NAMES)
def test_unclaimed_ranges_hold_what_was_planted_and_nothing_of_the_files(vectors: dict[str, bytes], name: str) -> None:
    source = BytesSource(vectors[name])
    volume = open_volume(source)
    unclaimed, slack = volume.unclaimed(), volume.slack()
    assert_in_order(unclaimed, source.size_bytes)
    assert_in_order(slack, source.size_bytes)
    text = text_in(source, unclaimed)
    assert images.PLANTED in text
    for leftover in LEFTOVERS.get(name, ()):
        text = text.replace(leftover, b"")
    assert b"LIVE" not in text
    assert b"GONE" not in text
    assert b"LIVE" not in text_in(source, slack)


@pytest.mark.parametrize("name", NAMES)
def test_no_byte_is_both_unclaimed_and_slack(vectors: dict[str, bytes], name: str) -> None:
    volume = open_volume(BytesSource(vectors[name]))
    ranges = sorted(volume.unclaimed() + volume.slack())
    assert_in_order(ranges, len(vectors[name]))


@pytest.mark.parametrize("name", NAMES)
def test_old_text_behind_a_files_end_is_in_slack(vectors: dict[str, bytes], name: str) -> None:
    image = bytearray(vectors[name])
    volume = open_volume(BytesSource(bytes(image)))
    offset, size = max(volume.slack(), key=lambda tail: tail[1])
    image[offset : offset + 7] = b"SLACKED"
    assert size >= 7
    changed = BytesSource(bytes(image))
    again = open_volume(changed)
    assert b"SLACKED" in text_in(changed, again.slack())
    assert walked(again) == walked(volume)


@pytest.mark.parametrize("name", NAMES)
def test_a_volume_inside_a_disk_is_read_through_a_window(vectors: dict[str, bytes], name: str) -> None:
    disk = BytesSource(bytes(1 << 20) + vectors[name] + bytes(4096))
    volume = open_volume(Window(disk, 1 << 20, len(vectors[name])))
    live, _, _ = walked(volume)
    assert live == images.expected(name)[0]


@pytest.mark.parametrize("name", NAMES)
def test_bytes_behind_the_file_system_are_unclaimed(vectors: dict[str, bytes], name: str) -> None:
    volume = open_volume(BytesSource(vectors[name] + b"behind" * 100))
    offset, size = volume.unclaimed()[-1]
    assert offset <= len(vectors[name])
    assert offset + size == len(vectors[name]) + 600


def test_a_file_reads_from_anywhere_and_never_past_its_end(vectors: dict[str, bytes]) -> None:
    volume = open_volume(BytesSource(vectors["ntfs"]))
    whole = images.expected("ntfs")[0]["packed/packed.txt"]
    entry = next(item for item in volume.entries() if item.path == "packed/packed.txt")
    assert isinstance(entry, Entry)
    file = volume.open(entry)
    assert file.size_bytes == len(whole)
    assert file.read_at(20_000, 50) == whole[20_000:20_050]
    assert file.read_at(len(whole) - 3, 100) == whole[-3:]
    assert file.read_at(len(whole), 1) == b""
    assert file.read_at(-1, 10) == b""
    assert list(file.holes()) == []


def test_a_recycle_bin_is_no_system_folder(vectors: dict[str, bytes]) -> None:
    paths = [item.path for item in open_volume(BytesSource(vectors["ntfs"])).entries()]
    assert "$RECYCLE.BIN/S-1-5-21/$R0001.txt" in paths
    assert not [path for path in paths if path.startswith(("$MFT", "$LogFile", "$Extend"))]


def test_a_walk_can_be_left_and_started_again(vectors: dict[str, bytes]) -> None:
    volume = open_volume(BytesSource(vectors["fat12"]))
    whole = list(volume.entries())
    next(volume.entries())
    assert volume.unclaimed() == open_volume(BytesSource(vectors["fat12"])).unclaimed()
    assert list(volume.entries()) == whole


@needs("mkfs.fat", "mcopy", "mdel")
@pytest.mark.parametrize(("bits", "size_bytes"), [(12, 2 << 20), (16, 20 << 20), (32, 40 << 20)])
def test_every_free_cluster_of_a_fat_volume_is_unclaimed_or_recovered(
    tmp_path: Path, bits: int, size_bytes: int
) -> None:
    files = images.tree()
    path = images.fat(tmp_path / "stick.img", files, bits=bits, size_bytes=size_bytes)
    source = source_of(path)
    volume = open_volume(source)
    live, deleted, unreadable = walked(volume)
    gone = files.pop(images.GONE)
    assert (live, list(deleted.values()), unreadable) == (files, [gone], {})
    unclaimed = volume.unclaimed()
    free = free_fat_clusters(source, bits)
    assert sum(size for _, size in free) > size_bytes // 2
    assert sum(size - overlap(run, unclaimed) for run in free for size in run[1:]) == len(gone)


def overlap(one: tuple[int, int], ranges: list[tuple[int, int]]) -> int:
    return sum(max(0, min(one[0] + one[1], start + size) - max(one[0], start)) for start, size in ranges)


def free_fat_clusters(source: BytesSource, bits: int) -> list[tuple[int, int]]:
    """(offset, size) of the runs of clusters that the allocation table calls free, read by hand."""
    boot = source.read_at(0, 512)
    sector, per_cluster, reserved, tables, root_entries, small = struct.unpack_from("<HBHBHH", boot, 11)
    sectors = small or struct.unpack_from("<I", boot, 32)[0]
    fat_sectors = struct.unpack_from("<H", boot, 22)[0] or struct.unpack_from("<I", boot, 36)[0]
    first = reserved + tables * fat_sectors + root_entries * 32 // sector
    table = source.read_at(reserved * sector, fat_sectors * sector)
    free: list[tuple[int, int]] = []
    for cluster in range(2, (sectors - first) // per_cluster + 2):
        if bits == 12:
            value = struct.unpack_from("<H", table, cluster * 3 // 2)[0] >> (4 * (cluster & 1)) & 0xFFF
        else:
            value = struct.unpack_from("<H" if bits == 16 else "<I", table, cluster * bits // 8)[0]
        if not value & 0x0FFFFFFF:
            offset = (first + (cluster - 2) * per_cluster) * sector
            if free and sum(free[-1]) == offset:
                free[-1] = (free[-1][0], free[-1][1] + per_cluster * sector)
            else:
                free.append((offset, per_cluster * sector))
    return free


@needs("mke2fs", "debugfs", "dumpe2fs")
@pytest.mark.parametrize("kind", ["ext2", "ext3", "ext4"])
def test_every_free_block_of_an_ext_volume_is_unclaimed_or_recovered(tmp_path: Path, kind: str) -> None:
    files = images.tree()
    path = images.ext(tmp_path / "stick.img", files, kind=kind, size_bytes=12 << 20)
    volume = open_volume(source_of(path))
    live, deleted, unreadable = walked(volume)
    gone = {images.GONE: files.pop(images.GONE)}
    assert (live, deleted, unreadable) == (files, gone, {})
    listing = images.run("dumpe2fs", path)
    block_bytes = int(next(line for line in listing.splitlines() if line.startswith("Block size:")).split()[-1])
    free: list[tuple[int, int]] = []
    for line in listing.splitlines():
        if line.startswith("  Free blocks: ") and line.removeprefix("  Free blocks: ").strip():
            for part in line.removeprefix("  Free blocks: ").split(", "):
                start, _, end = part.partition("-")
                free.append((int(start) * block_bytes, (int(end or start) - int(start) + 1) * block_bytes))
    assert free
    unclaimed = volume.unclaimed()
    missed = sum(size - overlap((offset, size), unclaimed) for offset, size in free)
    assert missed == len(gone[images.GONE])


@needs("ntfscat")
def test_every_free_cluster_of_an_ntfs_volume_is_unclaimed_or_recovered(
    vectors: dict[str, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "stick.img"
    path.write_bytes(vectors["ntfs"])
    bitmap = images.output("ntfscat", "-f", path, "$Bitmap")
    volume = open_volume(source_of(path))
    unclaimed = volume.unclaimed()
    free = [(at * 1024, 1024) for at in range(len(vectors["ntfs"]) // 1024) if not bitmap[at // 8] >> (at % 8) & 1]
    assert len(free) > 1000
    deleted = sum(len(contents) for contents in images.expected("ntfs")[1].values())
    assert sum(1024 - overlap(cluster, unclaimed) for cluster in free) == deleted


@needs("mke2fs", "debugfs")
def test_a_record_that_a_live_file_has_taken_is_not_listed_as_deleted(tmp_path: Path) -> None:
    path = images.ext(tmp_path / "stick.img", images.tree(), kind="ext4", size_bytes=4 << 20)
    new = tmp_path / "new.txt"
    new.write_bytes(images.lines("LIVE new owner", 10))
    images.debugfs(path, f"write {new} taken.txt")
    live, deleted, _ = walked(open_volume(source_of(path)))
    assert live["taken.txt"] == new.read_bytes()
    assert images.GONE not in deleted


@needs("mke2fs", "debugfs")
def test_a_deleted_file_whose_clusters_were_taken_is_mixed_or_gone(tmp_path: Path) -> None:
    files = {"a.txt": images.lines("LIVE a", 10), images.GONE: images.lines("GONE gone", 1000)}
    path = images.ext(tmp_path / "stick.img", files, kind="ext2", size_bytes=1 << 20)
    entry = next(item for item in open_volume(source_of(path)).entries() if item.path == images.GONE)
    assert isinstance(entry, Entry)
    # debugfs gives the first free block; the record is kept free by making the new file's inode a later one.
    new = tmp_path / "new.txt"
    new.write_bytes(images.lines("LIVE new owner", 100))
    images.debugfs(path, f"seti <{entry.address}>", f"write {new} taken.txt", f"freei <{entry.address}>")
    items = {item.path: item for item in open_volume(source_of(path)).entries()}
    assert isinstance(items["taken.txt"], Entry)
    assert not items["taken.txt"].mixed
    assert items[images.GONE] == entry._replace(mixed=True)


@needs("genisoimage")
def test_a_disc_is_read(tmp_path: Path) -> None:
    files = images.tree()
    path = images.iso(tmp_path / "disc.iso", files)
    volume = open_volume(source_of(path))
    live, deleted, unreadable = walked(volume)
    assert (sorted(live.values()), deleted, unreadable) == (sorted(files.values()), {}, {})
    assert {"letter.txt", "sub/na\u00efve \u2603 name.txt"} <= set(live)
    assert b"LIVE" not in text_in(source_of(path), volume.unclaimed())


@needs("mkfs.fat", "mcopy", "mdel")
def test_a_quick_formatted_stick_keeps_nothing_from_us(tmp_path: Path) -> None:
    files = images.tree()
    path = images.fat(tmp_path / "stick.img", files, bits=32, size_bytes=40 << 20, delete=())
    images.run("mkfs.fat", "-F", "32", path)
    source = source_of(path)
    volume = open_volume(source)
    live, deleted, _ = walked(volume)
    assert live == {}
    left = text_in(source, volume.unclaimed()) + b"\0".join(deleted.values())
    for name, contents in files.items():
        assert all(line in left for line in contents.splitlines()), name


@needs("mkfs.fat", "mcopy", "mke2fs")
def test_a_new_file_system_over_an_old_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "stick.img"
    images.ext(path, images.tree(), kind="ext2", size_bytes=40 << 20)
    superblock = path.read_bytes()[1024:2048]
    images.fat(path, {"new.txt": images.lines("LIVE new", 5)}, bits=32, size_bytes=40 << 20, delete=())
    image = bytearray(path.read_bytes())
    image[1024:2048] = superblock
    volume = open_volume(BytesSource(bytes(image)))
    assert volume.kind == "fat"
    assert list(walked(volume)[0]) == ["new.txt"]


@needs("mkfs.fat", "mcopy", "mdel")
def test_a_name_that_is_cut_says_so_and_the_file_is_read(tmp_path: Path) -> None:
    files = {"n" * length + ".txt": images.lines(f"LIVE {length}", 3) for length in (100, 190, 192, 210, 240)}
    path = images.fat(tmp_path / "stick.img", files, bits=12, size_bytes=2 << 20, delete=())
    volume = open_volume(source_of(path))
    entries = [item for item in volume.entries() if isinstance(item, Entry)]
    assert sorted(volume.open(entry).read_at(0, 9999) for entry in entries) == sorted(files.values())
    whole = {entry.path for entry in entries if not entry.name_cut}
    assert whole == {name for name in files if len(name) < 195}


@needs("mke2fs")
def test_thousands_of_small_files_are_walked_in_seconds(tmp_path: Path) -> None:
    files = {f"d{number // 100}/file{number}.txt": b"LIVE" for number in range(3000)}
    source = source_of(images.ext(tmp_path / "many.img", files, kind="ext4", size_bytes=20 << 20))
    before = time.process_time()
    assert sum(isinstance(item, Entry) for item in open_volume(source).entries()) == len(files)
    assert time.process_time() - before < 2


def test_a_folder_that_leads_to_itself_is_listed_once(vectors: dict[str, bytes]) -> None:
    image = bytearray(vectors["fat12"])
    # The folder `many` (in `sub`) begins where its parent begins: for FAT the cluster number in its entry is all there is.
    sub = image.index(b"SUB        ")
    many = image.index(b"MANY       ")
    image[many + 26 : many + 28] = image[sub + 26 : sub + 28]
    items = list(open_volume(BytesSource(bytes(image))).entries())
    assert 0 < len(items) < 200


def test_a_chain_of_folders_ends_at_the_depth_limit(vectors: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystem, "MAX_DEPTH", 1)
    _, _, unreadable = walked(open_volume(BytesSource(vectors["ext4"])))
    assert unreadable["sub/deep"] == "too_deep"


@needs("debugfs")
def test_a_size_that_lies_is_cut_to_the_volume_and_said(vectors: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "stick.img"
    path.write_bytes(vectors["ext4"])
    images.debugfs(path, "set_inode_field /letter.txt size 99999999999")
    volume = open_volume(source_of(path))
    items = list(volume.entries())
    assert Unreadable("letter.txt", "too_large") in items
    found = next(item for item in items if isinstance(item, Entry) and item.path == "letter.txt")
    assert found.size_bytes == len(vectors["ext4"])
    assert images.PLANTED in text_in(source_of(path), volume.unclaimed())


def test_a_fat_file_that_claims_more_than_the_volume_is_read_as_raw_text(vectors: dict[str, bytes]) -> None:
    image = bytearray(vectors["fat12"])
    entry = image.index(b"LETTER  TXT")
    image[entry + 28 : entry + 32] = b"\xff\xff\xff\xff"
    source = BytesSource(bytes(image))
    assert images.tree()["letter.txt"] in text_in(source, open_volume(source).unclaimed())


def test_a_volume_without_a_known_file_system_is_unsupported() -> None:
    for contents in (b"", b"\0", bytes(1 << 16), b"XFSB" + bytes(1 << 16), bytes(range(256)) * 1024):
        with pytest.raises(UnsupportedError) as caught:
            open_volume(BytesSource(contents))
        assert caught.value.code == "file_system_not_examined"


@pytest.mark.parametrize("name", NAMES)
def test_a_head_without_its_volume_is_a_format_error_or_gives_less(vectors: dict[str, bytes], name: str) -> None:
    for size in (512, 1100, 4096, 70_000):
        try:
            volume = open_volume(BytesSource(vectors[name][:size]))
        except (FormatError, UnsupportedError):
            continue
        survives(volume, size)


def survives(volume: FileSystem, size_bytes: int) -> None:
    """A damaged volume: whatever it gives is in bounds, and nothing but `FormatError` comes of reading it."""
    for count, item in enumerate(volume.entries()):
        assert count < 20_000
        if isinstance(item, Entry):
            assert 0 <= item.size_bytes <= size_bytes
            try:
                file = volume.open(item)
                file.read_at(0, 1 << 16)
                file.read_at(max(0, item.size_bytes - 100), 200)
            except FormatError:
                continue
    assert_in_order(volume.unclaimed(), size_bytes)
    assert_in_order(volume.slack(), size_bytes)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 2**20), st.integers(0, 511), st.integers(0, 255)), min_size=1, max_size=40
    ),
    kept=st.one_of(st.none(), st.floats(0, 1)),
)
def test_a_damaged_volume_gives_what_it_has(
    vectors: dict[str, bytes], name: str, changes: list[tuple[int, int, int]], kept: float | None
) -> None:
    image = bytearray(vectors[name])
    written = USED.setdefault(name, [at for at in range(0, len(image), 512) if any(image[at : at + 512])])
    for sector, offset, value in changes:
        image[written[sector % len(written)] + offset] = value
    if kept is not None:
        del image[int(len(image) * kept) :]
    try:
        volume = open_volume(BytesSource(bytes(image)))
    except (FormatError, UnsupportedError):
        return
    survives(volume, len(image))


USED: dict[str, list[int]] = {}


class FailingSource(BytesSource):
    """A stick with a bad place."""

    def read_at(self, offset: int, size: int) -> bytes:
        if offset <= 40_000 < offset + size:
            raise FormatError("cannot read")
        return super().read_at(offset, size)


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_sector_is_no_crash(vectors: dict[str, bytes], name: str) -> None:
    try:
        volume = open_volume(FailingSource(vectors[name]))
    except (FormatError, UnsupportedError):
        return
    survives(volume, len(vectors[name]))
