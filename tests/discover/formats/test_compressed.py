"""Packed files: gzip, bzip2, xz, lzma; bombs, truncation, several streams."""

from __future__ import annotations

import bz2
import gzip
import lzma

import pytest

from discover.formats.made import NAME, read, tarred, word_document

LETTER = f"Dear {NAME},\nyour letter.\n".encode() * 40
PACKERS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


@pytest.mark.parametrize("suffix", PACKERS)
def test_the_file_inside_is_read(suffix):
    found = read(PACKERS[suffix](LETTER), f"a.txt{suffix}")
    assert found.prose == LETTER.decode()
    assert not found.unread


def test_the_old_lzma_is_known_by_its_name():
    assert read(lzma.compress(LETTER, lzma.FORMAT_ALONE), "a.lzma").prose == LETTER.decode()


@pytest.mark.parametrize("suffix", PACKERS)
def test_several_streams_are_one_file_and_zeros_after_them_are_none(suffix):
    raw = PACKERS[suffix](LETTER) + PACKERS[suffix](b"second\n") + bytes(500)
    assert read(raw, "").prose == LETTER.decode() + "second\n"


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_truncated_file_gives_what_is_left(suffix):
    raw = PACKERS[suffix](b"".join(b"Person %06d\n" % number for number in range(300_000)))
    found = read(raw[: len(raw) // 2], f"a{suffix}")
    assert "Person 000001\n" in found.prose
    assert ("the rest of the file", "damaged") in found.unread


@pytest.mark.parametrize("suffix", PACKERS)
def test_bytes_that_only_begin_like_one_are_damaged(suffix):
    assert read(PACKERS[suffix](LETTER)[:10], f"a{suffix}").error in ("damaged", "unknown_format")


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_bomb_is_stopped(suffix):
    found = read(PACKERS[suffix](bytes(120 << 20)), f"a{suffix}")
    assert ("the rest of the file", "archive_bomb") in found.unread


def test_tars_and_documents_inside_are_read():
    assert read(gzip.compress(tarred({"a.txt": LETTER})), "a.tgz").prose == LETTER.decode()
    assert len(read(bz2.compress(word_document()), "a.docx.bz2").rows) == 4


def test_the_name_in_a_gzip_header_is_used():
    raw = gzip.compress(b"")
    named = raw[:3] + b"\x08" + raw[4:10] + b"list.csv\x00" + gzip.compress(b"a,b\n1,2\n", mtime=0)[10:]
    found = read(named, "x.gz")
    assert found.members == ["list.csv"]
    assert found.rows == [["a", "b"], ["1", "2"]]


def test_a_file_that_needs_a_password_is_named():
    assert read(b"age-encryption.org/v1\n-> X25519 abc\n", "a.gz").error == "encrypted"
