"""The container: any unzip program opens it, and no other spelling of it is read."""

from __future__ import annotations

import contextlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError
from lossproof.ledger.archive import MAX_MEMBERS, read_archive, write_archive

NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=100)
MEMBERS = st.dictionaries(NAMES, st.binary(max_size=200), max_size=8)
SAMPLE = {"a/b.json": b"{}", "empty": b"", "z": bytes(range(256))}


@given(MEMBERS)
def test_what_is_written_is_read_and_there_is_one_way_to_write_it(members):
    archive = write_archive(members)
    assert read_archive(archive) == members
    assert list(read_archive(archive)) == sorted(members)
    assert write_archive(dict(reversed(members.items()))) == archive


def test_other_programs_open_it():
    with zipfile.ZipFile(io.BytesIO(write_archive(SAMPLE))) as archive:
        assert archive.testzip() is None
        assert {one.filename: archive.read(one) for one in archive.infolist()} == SAMPLE
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_no_byte_of_it_is_free():
    archive = write_archive(SAMPLE)
    for at in range(len(archive)):
        for bit in range(8):
            changed = bytearray(archive)
            changed[at] ^= 1 << bit
            try:
                read = read_archive(bytes(changed))
            except FormatError:
                continue
            # Only where name or content and all that is said of them agree is there another archive.
            assert write_archive(read) == bytes(changed)
            assert read != SAMPLE


def test_every_shortened_or_lengthened_archive_is_refused():
    archive = write_archive(SAMPLE)
    for end in range(len(archive)):
        with pytest.raises(FormatError):
            read_archive(archive[:end])
    for other in (archive + b"\0", b"\0" + archive, archive + archive, archive[:-1] + b"\1x"):
        with pytest.raises(FormatError):
            read_archive(other)


def test_an_archive_as_other_programs_write_it_is_refused():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in SAMPLE.items():
            archive.writestr(name, content)
    with pytest.raises(FormatError, match="one way"):
        read_archive(written.getvalue())


def test_a_member_that_is_there_twice_is_refused():
    one = write_archive({"a": b"1"})
    local = one[: one.index(b"PK\x01\x02")]
    with pytest.raises(FormatError, match="twice"):
        read_archive(local + one)


@pytest.mark.parametrize("name", ["", "a b", "é", "x" * 101, "a\n", "a\0"])
def test_a_name_that_an_archive_cannot_have_is_refused(name):
    with pytest.raises(FormatError):
        write_archive({name: b""})


def test_there_are_limits():
    with pytest.raises(FormatError, match="members"):
        write_archive({str(n): b"" for n in range(MAX_MEMBERS + 1)})
    with pytest.raises(FormatError, match="64 MiB"):
        write_archive({"large": bytes(64 << 20)})
    with pytest.raises(FormatError, match="64 MiB"):
        read_archive(bytes((64 << 20) + 1))


@given(st.binary(max_size=300))
def test_any_bytes_are_an_archive_or_refused(content):
    with contextlib.suppress(FormatError):
        assert write_archive(read_archive(content)) == content


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes_behind_a_local_header_are_an_archive_or_refused(head, rest):
    with pytest.raises(FormatError):
        read_archive(b"PK\x03\x04" + head + b"PK\x03\x04" + rest)
