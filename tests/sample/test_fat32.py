import os
import shutil
import struct
import subprocess
import time
from datetime import UTC, datetime

import pytest

from lossproof.errors import InputError, UnsupportedError
from lossproof.sample import fat32
from lossproof.sample.fat32 import write_image
from lossproof.sample.stick import make

MIB = 1 << 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A sample, and beside it an empty file, an empty folder, a deep path, large files and awkward names."""
    root = tmp_path_factory.mktemp("made") / "stick"
    make(root, people=60, seed=5)
    (root / "empty.txt").write_bytes(b"")
    (root / "no files").mkdir()
    (root / "exact").write_bytes(bytes(range(256)) * 4)
    (root / "large.bin").write_bytes(os.urandom(3 * MIB + 17))
    (root / "ünï – 日本 😀.txt").write_bytes(b"name")
    (root / ("long " * 36 + "end.txt")).write_bytes(b"long")
    deep = root.joinpath(*(f"level {number}" for number in range(20)))
    deep.mkdir(parents=True)
    (deep / "bottom.txt").write_bytes(b"bottom")
    many = root / "many"
    many.mkdir()
    for number in range(300):
        (many / f"letter number {number:03}.txt").write_text(str(number))
    return root


@pytest.fixture(scope="module")
def image(folder, tmp_path_factory):
    path = tmp_path_factory.mktemp("image") / "stick.img"
    write_image(folder, path)
    return path


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_image_has_one_partition_at_one_mebibyte_and_free_space(image):
    with image.open("rb") as file:
        table = file.read(512)
        file.seek(MIB)
        boot = file.read(512)
        information = file.read(512)
    assert table[510:] == boot[510:] == b"\x55\xaa"
    kind, start, count = table[450], *struct.unpack("<2I", table[454:462])
    assert (kind, start) == (0x0C, 2048)
    assert (start + count) * 512 == image.stat().st_size
    assert struct.unpack("<I", boot[32:36])[0] == count
    assert boot[82:90] == b"FAT32   "
    free = struct.unpack("<I", information[488:492])[0]
    assert free * boot[13] * 512 > 8 * MIB


def test_the_image_is_sparse(image):
    assert image.stat().st_size > 33 * MIB
    if image.stat().st_blocks * 512 > 0.9 * image.stat().st_size:
        pytest.skip("this file system keeps no holes")


def test_fsck_finds_nothing_wrong(image, tmp_path):
    tool = shutil.which("fsck.vfat", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if tool is None:
        pytest.skip("fsck.vfat is not installed")
    volume = tmp_path / "volume.img"
    with image.open("rb") as source, volume.open("wb") as target:
        source.seek(MIB)
        shutil.copyfileobj(source, target)
    run = subprocess.run([tool, "-n", volume], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert len(run.stdout.splitlines()) == 2, run.stdout


def test_mtools_reads_every_file_back(image, folder, tmp_path):
    if shutil.which("mcopy") is None:
        pytest.skip("mtools is not installed")
    out = tmp_path / "out"
    out.mkdir()
    run = subprocess.run(
        ["mcopy", "-s", "-Q", "-i", f"{image}@@1M", "::/*", out],
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    read, written = contents(out), contents(folder)
    # mtools puts an underscore in the place of a letter beyond the Basic Multilingual Plane.
    assert sorted(read.values()) == sorted(written.values())
    assert {name for name in written if name.isascii()} <= set(read)
    assert (out / "no files").is_dir()


def test_sleuthkit_reads_every_file_back_with_its_time(image, folder):
    pytsk3 = pytest.importorskip("pytsk3")
    volume = pytsk3.FS_Info(pytsk3.Img_Info(str(image)), MIB)
    read, times = {}, {}
    waiting = [("", volume.open_dir("/"))]
    while waiting:
        path, directory = waiting.pop()
        for entry in directory:
            name, meta = entry.info.name.name.decode(), entry.info.meta
            if name in (".", "..") or name.startswith("$") or meta is None:
                continue
            if meta.type == pytsk3.TSK_FS_META_TYPE_DIR:
                waiting.append((f"{path}{name}/", entry.as_directory()))
            elif meta.type == pytsk3.TSK_FS_META_TYPE_REG and entry.info.name.type == pytsk3.TSK_FS_NAME_TYPE_REG:
                read[path + name] = entry.read_random(0, meta.size) if meta.size else b""
                times[path + name] = meta.mtime
    read = {name: content for name, content in read.items() if not name.startswith("SAMPLE ")}
    assert read == contents(folder)
    for name, moment in times.items():
        if name in read and time.timezone == 0:
            assert abs(moment - (folder / name).stat().st_mtime) <= 2


def test_the_same_folder_gives_the_same_image(folder, image, tmp_path):
    write_image(folder, tmp_path / "again.img")
    assert (tmp_path / "again.img").read_bytes() == image.read_bytes()


def test_an_empty_folder_has_an_image(tmp_path):
    (tmp_path / "nothing").mkdir()
    write_image(tmp_path / "nothing", tmp_path / "x.img")
    assert (tmp_path / "x.img").stat().st_size > 33 * MIB


def test_times_outside_the_calendar_of_fat_are_put_to_its_ends(tmp_path):
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "OLD.TXT").write_bytes(b"old")
    os.utime(folder / "OLD.TXT", (0, 0))
    write_image(folder, tmp_path / "x.img")
    content = (tmp_path / "x.img").read_bytes()
    entry = content[content.index(b"OLD     TXT") :][:32]
    assert struct.unpack("<H", entry[24:26])[0] == 1 << 5 | 1
    assert fat32._entry(b"A" * 11, 0, 0, 0, datetime(9999, 1, 1, tzinfo=UTC))[25] == 0xFF


def test_large_content_gets_larger_clusters(tmp_path):
    folder = tmp_path / "big"
    folder.mkdir()
    with (folder / "BIG.BIN").open("wb") as file:
        file.truncate(200 * MIB)
    root = fat32._read_tree(folder)
    geometry = fat32._plan(root)
    assert geometry.sectors_per_cluster == 8
    assert geometry.clusters >= 65_600
    assert root.children[0].clusters == 200 * MIB // 4096


def refused(folder, image, error, words):
    with pytest.raises(error, match=words):
        write_image(folder, image)
    assert not image.exists()
    assert not [path for path in image.parent.iterdir() if path.name.endswith(".part")]


def test_links_and_devices_are_refused(tmp_path):
    folder = tmp_path / "links"
    folder.mkdir()
    (folder / "loop").symlink_to(folder)
    refused(folder, tmp_path / "x.img", InputError, "link or a device")
    (folder / "loop").unlink()
    os.mkfifo(folder / "pipe")
    refused(folder, tmp_path / "x.img", InputError, "link or a device")


def test_names_that_differ_in_case_alone_are_refused(tmp_path):
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    (folder / "A.TXT").write_text("b")
    if len(list(folder.iterdir())) < 2:
        pytest.skip("this file system does not tell upper case from lower")
    refused(folder, tmp_path / "x.img", UnsupportedError, "upper case")


def test_a_file_of_four_gibibytes_is_refused(tmp_path):
    folder = tmp_path / "huge"
    folder.mkdir()
    with (folder / "huge.bin").open("wb") as file:
        file.truncate(1 << 32)
    refused(folder, tmp_path / "x.img", UnsupportedError, "4 GiB")


def test_a_missing_folder_and_a_place_inside_the_folder_are_refused(tmp_path):
    refused(tmp_path / "missing", tmp_path / "x.img", InputError, "missing")
    folder = tmp_path / "stick"
    folder.mkdir()
    refused(folder, folder / "x.img", InputError, "lies in the folder")
    (tmp_path / "file").write_text("x")
    refused(tmp_path / "file", tmp_path / "x.img", InputError, "not a folder")


def test_an_image_that_is_there_is_left_alone(tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    (tmp_path / "x.img").write_text("mine")
    with pytest.raises(InputError, match="already"):
        write_image(folder, tmp_path / "x.img")
    assert (tmp_path / "x.img").read_text() == "mine"


def test_an_interrupted_run_leaves_nothing(tmp_path, monkeypatch):
    folder = tmp_path / "stick"
    folder.mkdir()
    (folder / "a.txt").write_text("a")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(fat32, "_copy", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_image(folder, tmp_path / "x.img")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stick"]


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path, monkeypatch):
    folder = tmp_path / "stick"
    folder.mkdir()
    (folder / "a.txt").write_text("abc")
    plan = fat32._plan

    def grow(root):
        (folder / "a.txt").write_text("abcdef")
        return plan(root)

    monkeypatch.setattr(fat32, "_plan", grow)
    refused(folder, tmp_path / "x.img", InputError, "changed")
