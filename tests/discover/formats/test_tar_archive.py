"""TAR archives: members within the source, damage, truncation."""

from __future__ import annotations

import io
import tarfile

from discover.formats.made import NAME, read, tarred

LETTER = f"Dear {NAME},\nyour letter.\n".encode()


def test_regular_files_are_members_and_nothing_else_is():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for kind in (tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.FIFOTYPE, tarfile.LNKTYPE):
            entry = tarfile.TarInfo("x")
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
        entry = tarfile.TarInfo("Zoë/" + "long" * 60 + ".txt")
        entry.size = len(LETTER)
        archive.addfile(entry, io.BytesIO(LETTER))
    found = read(file.getvalue(), "")
    assert found.members == ["Zoë/" + "long" * 60 + ".txt"]
    assert found.prose == LETTER.decode()


def test_a_truncated_archive_gives_what_is_left():
    raw = tarred({"a.txt": LETTER, "b.txt": LETTER * 100})
    found = read(raw[:2000], "a.tar")
    assert LETTER.decode() in found.prose
    assert ("b.txt", "damaged") in found.unread


def test_a_damaged_header_is_named():
    raw = bytearray(tarred({"a.txt": LETTER, "b.txt": LETTER}))
    raw[1024 + 100] ^= 0x55
    found = read(bytes(raw), "a.tar")
    assert found.members == ["a.txt"]
    assert found.unread == [("the rest of the archive", "damaged")]


def test_a_first_header_with_a_number_that_is_none_is_damaged():
    raw = bytearray(tarred({"a.txt": LETTER}))
    raw[115] = 0xFF  # the end of the number of the user
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    found = read(bytes(raw), "a.tar")
    assert found.error == "damaged" and not found.members


def test_a_size_beyond_the_end_is_no_bomb():
    entry = tarfile.TarInfo("a.txt")
    entry.size = 8 << 30
    raw = entry.tobuf(format=tarfile.GNU_FORMAT) + LETTER.ljust(512, b"\0")
    found = read(raw, "a.tar")
    assert found.prose == LETTER.decode()
    assert ("a.txt", "damaged") in found.unread


def test_a_text_of_a_password_stands_in_no_tar():
    # There is no such thing as an encrypted tar: it is encrypted as a whole, and then is none.
    assert read(b"Salted__" + tarred({"a.txt": LETTER}), "a.tar").error == "encrypted"
