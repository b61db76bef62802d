"""Plain text: every common encoding, any length of line, bounded memory."""

from __future__ import annotations

import codecs
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.formats.made import read
from lossproof.block.source import BytesSource
from lossproof.discover.formats import plain_text, spans
from lossproof.discover.spans import Prose

TEXT = "Café Zoë, 943 476 5919 – “quoted” £5\nnext line\n"


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("cp1252"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode("cp1252"),
    ],
)
def test_a_text_reads_the_same_in_every_common_encoding(raw):
    assert read(raw, "letter.txt").prose == TEXT


def test_a_file_that_mixes_utf8_and_windows_loses_nothing():
    assert read("Zoë ".encode() + "Zoë\n".encode("cp1252") + b"\x81 end\n", "a.txt").prose == "Zoë Zoë\n\x81 end\n"


def test_the_first_odd_byte_may_come_late():
    found = read(b"plain line\n" * 20_000 + "Zoë\n".encode("cp1252"), "a.log")
    assert found.prose.endswith("plain line\nZoë\n")
    assert not found.error


def test_an_empty_file_and_one_of_zeros_give_nothing():
    assert list(spans(BytesSource(b""), "a.txt")) == []
    assert list(spans(BytesSource(bytes(3 << 20)), "a.txt")) == []


def test_a_recovered_file_is_text_though_the_rest_of_its_cluster_is_zeros():
    found = read(b"Dear Ann\n" + bytes(4000), "a.txt")
    assert found.prose == "Dear Ann\n"
    assert not found.error


class Endless:
    """One line as long as wanted, made as it is read."""

    def __init__(self, size_bytes: int, unit: bytes) -> None:
        self.size_bytes = size_bytes
        self._unit = unit

    def read_at(self, offset: int, size: int) -> bytes:
        size = max(0, min(size, self.size_bytes - offset))
        shift = offset % len(self._unit)
        return (self._unit * (size // len(self._unit) + 2))[shift : shift + size]

    def holes(self) -> Iterator[tuple[int, int]]:
        return iter(())


@pytest.mark.parametrize("unit", [b"9434765919 ", b"x" * 1000, b'a,"b', b"\xc3\xa9"])
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.json", "a.html"])
def test_a_line_of_gigabytes_is_cut_in_bounded_memory(unit, name):
    size = 48 << 20
    tracemalloc.start()
    characters = blocks = 0
    for span in spans(Endless(size, unit), name):
        characters += len(span.text)
        blocks += 1
        assert len(span.text) <= 8 << 20
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert characters >= size // (2 if unit[0] == 0xC3 else 1)
    assert blocks > 5
    assert peak < 64 << 20


def test_a_long_line_is_cut_between_words_and_never_inside_a_number():
    source = Endless(24 << 20, b"9434765919 ")
    for span in plain_text.texts(source):
        assert set(span.text.split()[:-1]) <= {"9434765919"}
        assert len(span.text.split()) > 100 or len(span.text) < 12


@settings(deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_give_prose_and_nothing_else(raw):
    assert all(isinstance(span, Prose) for span in plain_text.texts(BytesSource(raw)))


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\ufeff\x00"), max_size=500))
def test_text_comes_back_as_it_was(text):
    assert "".join(span.text for span in plain_text.texts(BytesSource(text.encode("utf-8-sig")))) == text
