"""`check` on images as people make them: real file systems, real encryption, and everything that can be wrong with both."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from discover import filesystem_images as images
from discover.formats import made
from jobs.people_files import COUNT, GOOD, HARMLESS, codes, skipped, somebody, table
from lossproof.jobs import discovery
from lossproof.jobs.check import check
from lossproof.model.verdict import Standing, Verdict
from lossproof.sample import fat32

MIB = 1 << 20
HARMLESS_FILES = {f"notes/{name}{number}.txt": HARMLESS[: 300 * number] for number in range(1, 7) for name in "ab"}
PEOPLE_FILES = HARMLESS_FILES | {GOOD: table()}
ROWS = [
    ["NHS number", "Surname", "Forename", "Born"],
    *([one.nhs_number, one.surname, one.forename, one.born.isoformat()] for one in somebody(300)),
]
DOCUMENTS = {
    "people.xlsx": made.workbook(ROWS),
    "people.docx": made.word_document(paragraphs=[" ".join(row) for row in ROWS]),
    "photo.jpg": b"\xff\xd8\xff\xe0" + os.urandom(60_000),
}


def needs(*programs: str):
    return pytest.mark.skipif(not images.have(*programs), reason=f"needs {', '.join(programs)}")


def people_found(answer: Verdict) -> tuple[int, int, int]:
    people = answer.holding.people
    return people.low, people.point, people.high


def parted(path: Path, *parts: Path, first: int = MIB, gap: int = 0) -> Path:
    """An image with a partition table and these volumes as its partitions, the first at 1 MiB."""
    table_of = bytearray(512)
    table_of[510:] = b"\x55\xaa"
    with path.open("wb") as image:
        at = first
        for number, part in enumerate(parts):
            size = part.stat().st_size
            struct.pack_into("<4xB3xII", table_of, 446 + 16 * number, 0x83, at // 512, size // 512)
            image.seek(at)
            image.write(part.read_bytes())
            at += size + gap
        image.truncate(at)
        image.seek(0)
        image.write(table_of)
    return path


def luks(path: Path, size_bytes: int = 20 * MIB, kind: str = "luks2") -> Path:
    """A volume by cryptsetup, with a key derivation that is dear enough."""
    images.blank(path, size_bytes)
    secret = path.with_suffix(".key")
    secret.write_bytes(b"correct horse battery staple")
    iterations = ("--pbkdf", "pbkdf2") if kind == "luks2" else ()
    images.run(
        *(
            "cryptsetup",
            "luksFormat",
            "--type",
            kind,
            "--batch-mode",
            "--pbkdf-force-iterations",
            "200000",
            *iterations,
        ),
        *(path, secret),
    )
    return path


def fat(path: Path, files: dict[str, bytes], **options) -> Path:
    return images.fat(path, files, **({"bits": 16, "size_bytes": 16 * MIB, "delete": ()} | options))


# Nobody there: the answer is no, without a doubt.


@needs("mkfs.fat", "mcopy")
@pytest.mark.parametrize("bits", [12, 16, 32])
def test_a_fat_volume_of_harmless_text_exposes_nobody(tmp_path, bits):
    size = {12: 1440 << 10, 16: 16 * MIB, 32: 40 * MIB}[bits]
    answer = check(fat(tmp_path / "stick.img", HARMLESS_FILES, bits=bits, size_bytes=size))
    assert (answer.exposed, codes(answer)[:1]) == (False, ["nobody_found"])
    assert answer.holding.scanned.files == len(HARMLESS_FILES)


@needs("mke2fs", "debugfs")
@pytest.mark.parametrize("kind", ["ext2", "ext3", "ext4"])
def test_an_ext_volume_of_harmless_text_exposes_nobody(tmp_path, kind):
    answer = check(images.ext(tmp_path / "disk.img", HARMLESS_FILES, kind=kind, size_bytes=24 * MIB))
    assert (answer.exposed, codes(answer)[:1]) == (False, ["nobody_found"]), skipped(answer)
    assert answer.holding.scanned.files == len(HARMLESS_FILES)


@needs("mkfs.ntfs", "ntfscp")
def test_an_ntfs_volume_of_harmless_text_exposes_nobody(tmp_path):
    image = images.blank(tmp_path / "disk.img", 24 * MIB)
    images.run("mkfs.ntfs", "-F", "-q", "-s", "512", image)
    (tmp_path / "letter.txt").write_bytes(HARMLESS)
    for number in range(6):
        images.run("ntfscp", "-f", "-q", image, tmp_path / "letter.txt", f"letter{number}.txt")
    answer = check(image)
    assert (answer.exposed, codes(answer)[:1]) == (False, ["nobody_found"]), skipped(answer)
    assert answer.holding.scanned.files == 6


@needs("mkfs.exfat")
def test_an_exfat_volume_with_nothing_on_it_exposes_nobody(tmp_path):
    image = images.blank(tmp_path / "card.img", 16 * MIB)
    images.run("mkfs.exfat", image)
    answer = check(image)
    assert (answer.exposed, codes(answer)[:1]) == (False, ["nobody_found"]), skipped(answer)


@needs("mkfs.fat", "mcopy")
def test_a_partition_of_harmless_text_with_room_around_it_exposes_nobody(tmp_path):
    volume = fat(tmp_path / "volume.img", HARMLESS_FILES)
    answer = check(parted(tmp_path / "stick.img", volume, gap=5 * MIB))
    assert (answer.exposed, codes(answer)[:1]) == (False, ["nobody_found"])


@pytest.mark.parametrize("fill", [b"\x00", b"\xff"])
def test_a_wiped_stick_exposes_nobody_and_is_read_to_its_last_byte(tmp_path, fill):
    image = tmp_path / "wiped.img"
    image.write_bytes(fill * (9 * MIB))
    answer = check(image)
    assert (answer.exposed, codes(answer)[0], answer.inspection.layers[0].findings) == (False, "nobody_found", ())
    assert answer.holding.raw.scanned_bytes == 9 * MIB


def test_a_wiped_stick_with_one_byte_left_is_not_called_blank(tmp_path):
    content = bytearray(9 * MIB)
    content[7 * MIB + 3] = 0x41
    image = tmp_path / "wiped.img"
    image.write_bytes(content)
    assert check(image).exposed is None


def test_a_blank_image_that_is_one_hole_takes_no_time(tmp_path):
    began = time.monotonic()
    answer = check(images.blank(tmp_path / "large.img", 1 << 40))
    assert (answer.exposed, codes(answer)[0]) == (False, "all_protected")
    assert time.monotonic() - began < 20


# Encrypted: the answer is no, unless something is wrong.


@needs("cryptsetup")
@pytest.mark.parametrize("kind", ["luks1", "luks2"])
def test_an_encrypted_volume_exposes_nobody(tmp_path, kind):
    for image in (luks(tmp_path / "volume.img", kind=kind), parted(tmp_path / "stick.img", tmp_path / "volume.img")):
        answer = check(image)
        assert (answer.exposed, codes(answer)[0], answer.standing) == (False, "all_protected", Standing.PROTECTED)
        assert answer.holding is None or not answer.holding.not_examined


@needs("cryptsetup", "mkfs.fat", "mcopy")
def test_people_beside_an_encrypted_partition_are_exposed(tmp_path):
    parts = luks(tmp_path / "locked.img"), fat(tmp_path / "plain.img", PEOPLE_FILES)
    answer = check(parted(tmp_path / "stick.img", *parts))
    assert (answer.exposed, answer.standing) == (True, Standing.UNPROTECTED)
    assert people_found(answer) == (COUNT,) * 3


@needs("cryptsetup", "mkfs.fat", "mcopy")
def test_harmless_text_beside_an_encrypted_partition_exposes_nobody(tmp_path):
    parts = luks(tmp_path / "locked.img"), fat(tmp_path / "plain.img", HARMLESS_FILES)
    answer = check(parted(tmp_path / "stick.img", *parts))
    assert (answer.exposed, codes(answer)[0]) == (False, "nobody_found")


@needs("cryptsetup")
@pytest.mark.parametrize("kept", [600, 4096, 20_000, MIB])
def test_an_encrypted_image_cut_inside_its_header_is_not_called_safe(tmp_path, kept):
    image = luks(tmp_path / "volume.img")
    os.truncate(image, kept)
    assert check(image).exposed is None


@needs("cryptsetup")
def test_an_encrypted_image_with_text_in_its_data_is_not_called_safe(tmp_path):
    image = luks(tmp_path / "volume.img")
    with image.open("r+b") as file:
        file.seek(16 * MIB)
        file.write(table() * 400)
    assert check(image).exposed is not False


def test_random_bytes_leave_the_answer_open(tmp_path):
    image = tmp_path / "noise.img"
    image.write_bytes(os.urandom(6 * MIB))
    answer = check(image)
    assert (answer.exposed, answer.standing) == (None, Standing.UNPROVEN)
    assert "random_looking" in skipped(answer).values()


# People: found wherever a finder could find them.


@needs("mkfs.fat", "mcopy", "mdel")
def test_people_in_a_deleted_file_on_fat_are_found_and_the_file_is_marked(tmp_path):
    image = fat(tmp_path / "stick.img", PEOPLE_FILES, delete=(GOOD,))
    assert_deleted_people(check(image), mixed=True)


@needs("mke2fs", "debugfs")
def test_people_in_a_deleted_file_on_ext_are_found_and_the_file_is_marked(tmp_path):
    image = images.ext(tmp_path / "disk.img", HARMLESS_FILES | {images.GONE: table()}, kind="ext2", size_bytes=8 * MIB)
    answer = check(image)
    assert answer.exposed is True
    assert answer.holding.people.point == COUNT or answer.holding.raw.people.point == COUNT


@needs("mkfs.ntfs", "ntfs-3g")
@pytest.mark.skipif(os.geteuid() != 0 or not Path("/dev/fuse").exists(), reason="needs root and FUSE")
def test_people_in_a_deleted_file_on_ntfs_are_found_and_the_file_is_marked(tmp_path):
    image = images.blank(tmp_path / "disk.img", 16 * MIB)
    images.run("mkfs.ntfs", "-F", "-q", "-s", "512", image)
    with images.mounted("ntfs-3g", image) as root:
        images.write_tree(root, PEOPLE_FILES)
        os.sync()
        (root / GOOD).unlink()
    assert_deleted_people(check(image), mixed=False)


def assert_deleted_people(answer: Verdict, *, mixed: bool) -> None:
    assert answer.exposed is True
    assert people_found(answer) == (COUNT,) * 3
    (held,) = [one for one in answer.holding.files if one.people]
    assert (held.deleted, held.mixed, held.people) == (True, mixed, COUNT)
    assert held.path.endswith(GOOD[1:])
    assert answer.holding.scanned.deleted_files == 1


@needs("mkfs.fat", "mcopy")
def test_a_quick_format_hides_nobody_in_text(tmp_path):
    image = fat(tmp_path / "stick.img", PEOPLE_FILES)
    images.run("mkfs.fat", "-F", "16", image)
    answer = check(image)
    assert answer.exposed is True
    assert answer.holding.raw.people.point == COUNT
    assert "people_in_deleted_data" in codes(answer)
    assert answer.holding.scanned.files == answer.holding.scanned.deleted_files


@needs("mkfs.fat", "mcopy", "mkfs.exfat", "mkfs.ntfs", "mke2fs")
@pytest.mark.parametrize(
    "again",
    [
        ("mkfs.fat", "-F", "16"),
        ("mkfs.fat", "-F", "32", "-s", "1"),
        ("mkfs.exfat",),
        ("mkfs.ntfs", "-F", "-q", "-f", "-s", "512"),
        ("mke2fs", "-q", "-t", "ext2", "-F", "-E", "nodiscard"),
        ("mke2fs", "-q", "-t", "ext4", "-F", "-E", "nodiscard"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_quick_format_over_documents_is_never_called_safe(tmp_path, again, name):
    first = {"0 first.txt": HARMLESS * (5 * MIB // len(HARMLESS))}  # what formatting overwrites
    files = first | {f"{number} {name}": DOCUMENTS[name] for number in range(20)}
    image = fat(tmp_path / "stick.img", files, size_bytes=40 * MIB)
    images.run(*again, image)
    assert DOCUMENTS[name][:2000] in image.read_bytes()
    answer = check(image)
    assert answer.exposed is not False
    assert "remains" in skipped(answer).values() or answer.exposed


@needs("mkfs.fat", "mcopy")
def test_people_between_partitions_are_found(tmp_path):
    volume = fat(tmp_path / "volume.img", HARMLESS_FILES)
    image = parted(tmp_path / "stick.img", volume, gap=2 * MIB)
    with image.open("r+b") as file:
        file.seek(-MIB, os.SEEK_END)
        file.write(table())
    answer = check(image)
    assert (answer.exposed, answer.holding.raw.people.point) == (True, COUNT)


@needs("mke2fs", "debugfs")
def test_a_file_with_a_hostile_name_on_an_image_is_read_and_named(tmp_path):
    name = "pay\x1b[2J\nroll.csv"
    image = images.ext(tmp_path / "disk.img", {name: table()}, kind="ext4", size_bytes=8 * MIB)
    answer = check(image)
    assert people_found(answer) == (COUNT,) * 3
    assert [one.path for one in answer.holding.files] == [name]


# Wrong: something that a parser trips over is an answer, and no more is claimed than was seen.


@needs("mkfs.fat", "mcopy")
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.99])
def test_a_truncated_image_is_never_called_safe(tmp_path, share):
    for files in (HARMLESS_FILES, PEOPLE_FILES):
        volume = fat(tmp_path / "volume.img", files)
        for image in (volume, parted(tmp_path / "stick.img", volume)):
            os.truncate(image, int(image.stat().st_size * share) // 512 * 512)
            answer = check(image)
            assert answer.exposed is not False
            if files is PEOPLE_FILES and share >= 0.5:
                assert answer.exposed is True


@needs("mke2fs", "debugfs")
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_ext_image_is_never_called_safe(tmp_path, share):
    image = images.ext(tmp_path / "disk.img", HARMLESS_FILES, kind="ext4", size_bytes=8 * MIB)
    os.truncate(image, int(8 * MIB * share) // 4096 * 4096)
    assert check(image).exposed is None


def rewrite_entry(image: Path, *, start: int, sectors: int, kind: int = 0x83) -> None:
    with image.open("r+b") as file:
        file.seek(446)
        file.write(struct.pack("<4xB3xII", kind, start, sectors))


@needs("mkfs.fat", "mcopy")
@pytest.mark.parametrize(
    ("start", "sectors", "kind"),
    [
        (2048, 0xFFFFFFFF, 0x83),
        (0xFFFFFFF0, 100, 0x83),
        (1 << 22, 2048, 0x83),
        (0, 4096, 0x83),
        (2048, 0, 0x83),
        (0, 40_000, 0x05),
        (1, 0xFFFFFFFE, 0x0F),
        (0, 0xFFFFFFFF, 0xEE),
        (1, 0xFFFFFFFF, 0xEE),
    ],
)
def test_a_partition_table_that_lies_loses_nobody_and_proves_nothing(tmp_path, start, sectors, kind):
    for files in (PEOPLE_FILES, HARMLESS_FILES):
        image = parted(tmp_path / "stick.img", fat(tmp_path / "volume.img", files))
        rewrite_entry(image, start=start, sectors=sectors, kind=kind)
        began = time.monotonic()
        answer = check(image)
        assert time.monotonic() - began < 30
        found = max(answer.holding.people.point, answer.holding.raw.people.point)
        assert (answer.exposed, found) == ((True, COUNT) if files is PEOPLE_FILES else (answer.exposed, 0))


def test_extended_partitions_that_lead_round_in_a_circle_end(tmp_path):
    image = tmp_path / "loop.img"
    sector = bytearray(512)
    sector[510:] = b"\x55\xaa"
    struct.pack_into("<4xB3xII", sector, 446, 0x05, 1, 2000)
    first = bytearray(sector)
    struct.pack_into("<4xB3xII", first, 446, 0x0B, 100, 50)
    struct.pack_into("<4xB3xII", first, 462, 0x05, 0, 2000)
    image.write_bytes(bytes(sector) + bytes(first) + table().ljust(3 * MIB, b"\0"))
    answer = check(image)
    assert (answer.exposed, answer.holding.raw.people.point) == (True, COUNT)


@needs("mkfs.fat", "mcopy")
def test_a_damaged_file_system_is_searched_as_raw_text(tmp_path):
    image = fat(tmp_path / "stick.img", PEOPLE_FILES)
    with image.open("r+b") as file:
        file.seek(512)
        file.write(os.urandom(40_000))
    answer = check(image)
    assert answer.exposed is True
    assert COUNT in (answer.holding.people.point, answer.holding.raw.people.point)


# Figures.


def sample_image(tmp_path: Path) -> tuple[Path, Path]:
    folder = tmp_path / "stick"
    images.write_tree(folder, PEOPLE_FILES | {f"deep/{name}": content for name, content in DOCUMENTS.items()})
    fat32.write_image(folder, tmp_path / "stick.img")
    return folder, tmp_path / "stick.img"


def test_a_folder_and_its_image_give_the_same_figures(tmp_path):
    folder, image = sample_image(tmp_path)
    one, other = check(folder).holding, check(image).holding
    assert one.people.point >= 300
    for name in ("people", "people_by_category", "identifiers", "unattributed", "files", "named_only", "rests_on"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.scanned == other.scanned
    assert [(skip.path, skip.reason) for skip in one.not_examined] == [
        (skip.path, skip.reason) for skip in other.not_examined
    ]


@pytest.mark.parametrize("of_image", [True, False], ids=["image", "folder"])
def test_the_number_of_workers_changes_nothing(tmp_path, monkeypatch, of_image):
    target = sample_image(tmp_path)[of_image]
    answers = []
    for count in (1, 2, 4):
        monkeypatch.setattr(discovery, "workers", lambda count=count: count)
        answers.append(replace(check(target), valid_until=None))
    assert answers[0] == answers[1] == answers[2]


def test_nothing_that_was_looked_at_is_changed(tmp_path):
    folder, image = sample_image(tmp_path)
    before = image.read_bytes(), sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))
    check(image)
    check(folder)
    assert before == (image.read_bytes(), sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*")))
    shutil.rmtree(folder)


def test_old_files_below_a_new_encrypted_volume_are_exposed(tmp_path: Path) -> None:
    if shutil.which("cryptsetup") is None or shutil.which("mcopy") is None:
        pytest.skip("needs cryptsetup and mtools")
    image, rows, key = tmp_path / "stick.img", tmp_path / "rows.csv", tmp_path / "key"
    key.write_text("made up")
    rows.write_text("NHS number,Name\n" + "485 777 3457,Ann Smith\n" * 2000)
    with image.open("wb") as file:
        file.truncate(64 << 20)
    subprocess.run(["mkfs.fat", "-F", "32", image], check=True, capture_output=True)
    for number in range(2):
        (tmp_path / "filler").write_bytes(b"z" * (16 << 20))
        subprocess.run(["mcopy", "-i", image, tmp_path / "filler", f"::f{number}"], check=True)
    subprocess.run(["mcopy", "-i", image, rows, "::rows.csv"], check=True)
    subprocess.run(
        ["cryptsetup", "-q", "luksFormat", "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "200000", image, key],
        check=True,
    )
    verdict = check(image)
    assert verdict.exposed is True
    assert "plain_in_ciphertext" in {skipped.reason for skipped in verdict.holding.not_examined}
