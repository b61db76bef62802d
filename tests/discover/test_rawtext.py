"""Bytes that no file claims: what is found in them, what is blank, and what may be remains of documents."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossproof.block.source import BytesSource, FileSource, Window
from lossproof.discover import rawtext
from lossproof.discover.findings import Findings
from lossproof.sample.people import populate

PERSON = populate(5, 10).patients[0]
NUMBER = PERSON.nhs_number
MIB = 1 << 20
LETTER = f"Dear {PERSON.full_name}, your NHS number is {NUMBER}.\r\n".encode()
NOISE = random.Random(5).randbytes(MIB)


def read(data: bytes) -> tuple[rawtext.Seen, set[tuple[str, str]]]:
    findings = Findings()
    seen = rawtext.read(BytesSource(data), findings)
    return seen, set(findings.identifiers)


@pytest.mark.parametrize("fill", [b"\x00", b"\xff"])
def test_a_range_of_one_value_is_blank(fill):
    seen, found = read(fill * (9 * MIB + 77))
    assert seen == rawtext.Seen(blank=True, opaque_bytes=0)
    assert not found


def test_nothing_at_all_is_blank():
    assert read(b"") == (rawtext.Seen(blank=True, opaque_bytes=0), set())


@pytest.mark.parametrize("at", [0, 5 * MIB, 9 * MIB - 1])
def test_one_byte_that_differs_makes_it_not_blank(at):
    data = bytearray(9 * MIB)
    data[at] = 1
    assert not read(bytes(data))[0].blank


def test_a_range_that_begins_with_zeros_and_ends_with_ones_is_not_blank():
    assert not read(b"\x00" * 4 * MIB + b"\xff" * 4 * MIB)[0].blank


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
@pytest.mark.parametrize("at", [0, 1, 3000, 4 * MIB - 30, 4 * MIB - 1, 4 * MIB + 1])
def test_a_number_is_found_wherever_it_stands(encoding, at):
    text = f" NHS number {NUMBER} ".encode(encoding)
    seen, found = read(bytes(at) + text + bytes(5 * MIB - at))
    assert found == {("nhs_number", NUMBER)}
    assert not seen.blank


def test_a_number_is_counted_once_where_two_blocks_meet():
    findings = Findings()
    rawtext.read(BytesSource(b" " * (4 * MIB - 100) + LETTER + b" " * MIB), findings)
    assert list(findings.identifiers.values()) == [1]
    assert [mention.strong for mention in findings.mentions] == [(("nhs_number", NUMBER),)]


def test_nobody_is_named_from_raw_text():
    findings = Findings()
    rawtext.read(BytesSource(LETTER * 3), findings)
    assert findings.mentions
    assert not any(mention.surname or mention.forename or mention.born for mention in findings.mentions)


def test_text_is_not_called_remains():
    seen, _ = read((b"The garden is green and the bread rises slowly.\r\n" * 9000)[: 300 * 1024])
    assert seen == rawtext.Seen(blank=False, opaque_bytes=0)


def test_wide_text_is_not_called_remains():
    wide = ("The garden is green.\r\n" * 9000).encode("utf-16-le")
    assert read(wide[: len(wide) // 512 * 512])[0].opaque_bytes == 0


@pytest.mark.parametrize(
    "what", [NOISE[:8192], zlib.compress(" ".join(map(str, range(20_000))).encode())[:8192]], ids=["random", "packed"]
)
def test_what_is_neither_blank_nor_text_may_be_remains_of_a_document(what):
    seen, _ = read(bytes(MIB) + what + bytes(MIB))
    assert seen == rawtext.Seen(blank=False, opaque_bytes=8192)


@pytest.mark.parametrize("size", [100, 511, 900])
def test_a_short_rest_of_a_document_is_seen_too(size):
    assert read(NOISE[:size])[0].opaque_bytes == size


def test_a_short_rest_of_text_or_zeros_is_none():
    assert read(bytes(700))[0].opaque_bytes == 0
    assert read(b"and the rest of a letter" * 4)[0].opaque_bytes == 0


def test_the_checksum_sector_of_a_file_system_is_no_document():
    assert read(b"\xd6\x07\x2d\xa2" * 128)[0].opaque_bytes == 0


class Short(NamedTuple):
    """A source that gives its first thousand bytes alone."""

    size_bytes: int = 5000

    def read_at(self, offset: int, size: int) -> bytes:
        return bytes(1000)[offset : offset + size]

    def holes(self) -> Iterator[tuple[int, int]]:
        return iter(())


def test_what_the_medium_does_not_give_is_neither_blank_nor_examined():
    assert rawtext.read(Short(), Findings()) == rawtext.Seen(blank=False, opaque_bytes=4000)


def test_holes_are_zeros_and_are_not_read(tmp_path):
    path = tmp_path / "sparse.img"
    with path.open("wb") as file:
        file.truncate(64 << 30)
        file.seek(33 << 30)
        file.write(LETTER)
    findings = Findings()
    with path.open("rb") as file:
        source = FileSource(file.fileno(), 64 << 30)
        seen = rawtext.read(Window(source, 1 << 20, 63 << 30), findings)
    assert not seen.blank
    assert set(findings.identifiers) == {("nhs_number", NUMBER)}
    assert source.meter.bytes_read < 8 * MIB


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_can_be_read(data):
    seen, _ = read(data)
    assert seen.blank == (not data.strip(b"\x00") or not data.strip(b"\xff"))
    assert 0 <= seen.opaque_bytes <= len(data)
    assert not (seen.blank and seen.opaque_bytes)


def test_old_files_among_ciphertext_are_found_and_random_bytes_are_not() -> None:
    noise = random.Random(5).randbytes(64 * 512)
    old = b"NHS number 485 777 3457, Ann Smith\n".ljust(512, b"x")
    findings = Findings()
    seen = rawtext.read_ciphertext(BytesSource(noise + old + noise + bytes(4096)), findings)
    assert seen.opaque_bytes == 512
    assert [mention.strong for mention in findings.mentions] == [(("nhs_number", "4857773457"),)]
    clean = Findings()
    assert rawtext.read_ciphertext(BytesSource(noise + bytes(4096) + noise), clean).opaque_bytes == 0
    assert clean.mentions == []
