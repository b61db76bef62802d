"""ZIP archives: members, bombs of every make, passwords, damage."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile

import pytest

from discover.formats.endless_zip import endless_zip
from discover.formats.made import NAME, read, zipped
from lossproof.block.source import BytesSource
from lossproof.discover.formats import spans, unpacked
from lossproof.discover.spans import Member

LETTER = f"Dear {NAME},\nyour letter.\n".encode()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_are_read_whatever_packed_them(method):
    found = read(zipped({"folder/": b"", "folder/letter.txt": LETTER}, method=method), "a.zip")
    assert found.members == ["folder/letter.txt"]
    assert found.prose == LETTER.decode()


def test_nothing_is_unpacked_before_it_is_read():
    tracemalloc.start()
    members = [
        span for span in spans(BytesSource(zipped({"big.bin": bytes(90 << 20)})), "a.zip") if isinstance(span, Member)
    ]
    before = tracemalloc.get_traced_memory()[0]
    assert members[0].source.size_bytes == 90 << 20
    assert members[0].source.read_at(80 << 20, 5) == bytes(5)
    assert members[0].source.read_at(10, 5) == bytes(5)
    assert tracemalloc.get_traced_memory()[0] - before < 8 << 20
    tracemalloc.stop()


def test_a_bomb_is_named_and_the_rest_goes_on():
    found = read(zipped({"bomb.txt": bytes(200 << 20), "letter.txt": LETTER}), "a.zip")
    assert found.unread == [("bomb.txt", "archive_bomb")]
    assert found.prose == LETTER.decode()


def test_nested_archives_share_one_allowance(monkeypatch):
    monkeypatch.setattr(unpacked.Allowance.__init__, "__defaults__", (1 << 20, 100_000))
    inner = zipped({f"{number}.txt": b"word " * 20_000 for number in range(10)})
    found = read(zipped({f"{number}.zip": inner for number in range(10)}), "a.zip")
    assert len(found.prose) <= 1 << 20
    assert len(found.members) >= 19
    assert {reason for _, reason in found.unread} == {"archive_bomb"}


def test_an_archive_inside_itself_many_times_over_ends_with_the_callers_depth():
    raw = LETTER
    for _ in range(30):
        raw = zipped({"again.zip": raw}, method=zipfile.ZIP_STORED)
    found = read(raw, "again.zip")
    assert len(found.members) == 9


def test_an_archive_that_is_its_own_only_file_ends_with_the_callers_depth_too():
    raw = endless_zip()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        (name,) = archive.namelist()
        assert archive.read(name) == raw, "it is not what it says it is"
    found = read(raw, "again.zip")
    assert found.members == [name] * 9
    assert not found.unread


def test_entries_that_overlap_unpack_to_no_more_than_the_allowance(monkeypatch):
    monkeypatch.setattr(unpacked.Allowance.__init__, "__defaults__", (1 << 20, 100_000))
    raw = zipped({"a.txt": b"word " * 20_000})
    start = raw.index(b"PK\x01\x02")
    end = raw.index(b"PK\x05\x06")
    entry = raw[start:end]
    many = (
        raw[:start] + entry * 500 + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 500, 500, len(entry) * 500, start, 0)
    )
    found = read(many, "a.zip")
    assert len(found.members) == 500
    assert len(found.prose) <= 1 << 20


def test_more_entries_than_anyone_needs_end_the_archive(monkeypatch):
    monkeypatch.setattr(unpacked.Allowance.__init__, "__defaults__", (1 << 30, 10))
    found = read(zipped({f"{number:03}.txt": LETTER for number in range(30)}), "a.zip")
    assert len(found.members) == 10
    assert found.unread == [("010.txt", "archive_bomb")]


def test_an_entry_with_a_password_is_named_and_the_rest_goes_on():
    raw = bytearray(zipped({"secret.txt": b"x", "letter.txt": LETTER}))
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    found = read(bytes(raw), "a.zip")
    assert found.unread == [("secret.txt", "encrypted")]
    assert found.prose == LETTER.decode()


def test_a_damaged_member_gives_what_comes_before_the_damage():
    text = b"".join(b"Person %06d\n" % number for number in range(40_000))
    raw = bytearray(zipped({"list.txt": text}))
    middle = raw.index(b"PK\x01\x02") // 2
    raw[middle : middle + 20] = bytes(20)
    found = read(bytes(raw), "a.zip")
    assert "Person 000001\n" in found.prose
    assert found.unread == [("list.txt", "damaged")]


def test_a_lie_about_a_members_size_is_damage_and_not_a_bomb():
    raw = bytearray(zipped({"a.txt": LETTER}))
    struct.pack_into("<I", raw, raw.index(b"PK\x01\x02") + 24, 60 << 20)
    found = read(bytes(raw), "a.zip")
    assert LETTER.decode() in found.prose
    assert found.unread == [("a.txt", "damaged")]


def test_a_truncated_archive_is_damaged():
    raw = zipped({"a.txt": LETTER})
    assert read(raw[:-10], "a.zip").error == "damaged"
    assert read(raw[:40], "a.zip").error == "damaged"


def test_names_may_be_empty_absolute_or_odd():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("../../up.txt", "/etc/x.txt", "a\x1b[31m.txt", "x" * 60_000):
            archive.writestr(zipfile.ZipInfo(name), LETTER)
    assert len(read(file.getvalue(), "a.zip").members) == 4


def test_a_hundred_thousand_entries_are_listed_in_a_moment():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(20_000):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")
    started = time.process_time()
    assert sum(1 for _ in spans(BytesSource(file.getvalue()), "a.zip")) == 20_000
    assert time.process_time() - started < 5


def test_comments_on_the_archive_and_on_entries_are_read():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.comment = "notes of Zo\u00eb Example".encode()
        entry = zipfile.ZipInfo("a.txt")
        entry.comment = b"about Ann Example"
        archive.writestr(entry, "text\n")
    assert read(file.getvalue(), "a.zip").prose == "notes of Zo\u00eb Example\nabout Ann Example\ntext\n"
