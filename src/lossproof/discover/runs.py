"""Digit-run algebra: the digit runs of a text as arrays, and the guards that every identifier stands behind.

A text becomes one byte a character, its runs of digits become
arrays of starts, ends and lengths, and an identifier becomes a few vector comparisons of run lengths and separators. Letters
beside a run are tested by position, so no regular expression ever walks over the whole text.

Left out: digits of other scripts than ASCII and full width, and numbers broken over two lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from lossproof.errors import FormatError

IntArray = npt.NDArray[np.int64]
ByteArray = npt.NDArray[np.uint8]
BoolArray = npt.NDArray[np.bool_]
Octets = bytes
"""`bytes` by another name: inside `Runs` that name is a field."""
Spans = tuple[IntArray, IntArray]
"""Starts and ends (exclusive) of candidates, equally long."""

# Reads before the start of `Runs.bytes` wrap round into these newlines behind its end, so positions need no bounds check.
_PAD = 512
# Runs of no length behind the last one, so that a shape may look at the runs that follow.
_SENTINELS = 8

WORD = "A-Za-z0-9_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff"
"""Inside of a regular expression's class: what may not touch an identifier on either side."""
LEFT = rf"(?<![{WORD}£$])(?<![0-9][-./])"
"""Guard before an identifier: no word, no price, and no chain of digits that goes on (addresses, serial codes)."""
RIGHT = rf"(?![{WORD}])(?![-/][0-9])(?!\.(?!0(?![0-9]))[0-9])"
"""Guard behind an identifier; a lone `.0` is allowed, because software writes whole numbers so."""

_DIGITS = b"0123456789"
_UPPER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTERS = _UPPER + _UPPER.lower()
_WORD_BYTES = _DIGITS + _LETTERS + b"_" + bytes(code for code in range(0xC0, 0x100) if code not in (0xD7, 0xF7))
_NOT_BEFORE = _WORD_BYTES + "£$".encode("latin-1")
_SPACES = (0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
_DASHES = (0xAD, *range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63)
_OTHER_LETTER = 0xFF  # a cased letter outside Latin-1: a letter to the guards, part of no identifier


@cache
def byte_set(members: bytes) -> BoolArray:
    """A table of 256 truths: which byte values are members."""
    table = np.zeros(256, dtype=np.bool_)
    table[list(members)] = True
    table.flags.writeable = False
    return table


@cache
def _byte_of_code_point() -> ByteArray:
    """The byte that stands for each code point of the first plane."""
    table = np.full(0x10000, ord("?"), dtype=np.uint8)
    table[:0x100] = np.arange(0x100)
    for code in range(0x100, 0x10000):
        if chr(code).islower() or chr(code).isupper():
            table[code] = _OTHER_LETTER
    table[list(_SPACES)] = ord(" ")
    table[list(_DASHES)] = ord("-")
    table[[0x2018, 0x2019]] = ord("'")
    table[[0x2028, 0x2029]] = ord("\n")
    table[0x20AC] = ord("$")
    table[0xFF01:0xFF5F] = np.arange(0x21, 0x7F)
    return table


@cache
def _byte_of_latin1() -> bytes:
    return _byte_of_code_point()[:0x100].tobytes()


def encode(text: str) -> bytes:
    """The text, one byte a character: odd spaces, dashes and full-width characters plain, all else outside Latin-1 as `?`."""
    if text.isascii():
        return text.encode("ascii")
    try:
        return text.encode("latin-1").translate(_byte_of_latin1())
    except UnicodeEncodeError:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        plain: bytes = _byte_of_code_point()[np.minimum(codes, 0xFFFF)].tobytes()
        return plain


def normalise(text: str) -> str:
    """The text that identifiers are matched in: as long as `text`, in Latin-1, with plain spaces, hyphens and digits."""
    return text if text.isascii() else encode(text).decode("latin-1")


def compact(text: str, drop: str, *, limit: int = 64) -> str:
    """`text` normalised, stripped of blanks and quotes, upper case, without the characters of `drop` and without a final `.0`.

    Raises `FormatError` when it is longer than `limit` characters.
    """
    if len(text) > limit:
        raise FormatError("too long for an identifier")
    plain = normalise(text).strip(" \t\r\n\"'").upper()
    return plain.removesuffix(".0").translate(_dropping(drop)) if plain.isascii() else plain


@cache
def _dropping(drop: str) -> dict[int, None]:
    return dict.fromkeys(map(ord, drop))


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """The digit runs of a text, in order. Arrays over runs end in a few empty runs, so that `k + 5` is always an index.

    `text` is normalised; `bytes` is the same, one byte a character, and may be read up to 512 before its start and behind its
    end (newlines). `lengths` stop at 255. `separators` holds the one byte between a run and the next, 0 where there are
    more. `digits` are the digits of all runs put together, and `rank` says where each run begins in it. `today` closes the
    range of dates.
    """

    text: str
    bytes: ByteArray
    starts: IntArray
    ends: IntArray
    lengths: ByteArray
    separators: ByteArray
    digits: ByteArray
    rank: IntArray
    today: date

    def shape(self, lengths: tuple[int, ...], separators: Octets = b"") -> IntArray:
        """Indices of runs that begin a row of runs of these lengths, joined by one and the same of `separators`."""
        k = np.flatnonzero(self.lengths == lengths[0])
        for step, length in enumerate(lengths[1:], 1):
            if not len(k):
                break
            k = k[self.lengths[k + step] == length]
            joint = self.separators[k + step - 1]
            k = k[byte_set(separators)[joint] & (joint == self.separators[k])]
        return k

    def digits_of(self, k: IntArray, count: int) -> ByteArray:
        """The `count` digits from the start of each run `k` on, separators passed over: values 0 to 9, one row a run."""
        rows: ByteArray = self.digits[self.rank[k][:, None] + np.arange(count)] - 48
        return rows

    def bytes_of(self, starts: IntArray, count: int) -> ByteArray:
        """The `count` bytes from each position on, one row a position."""
        rows: ByteArray = self.bytes[starts[:, None] + np.arange(count)]
        return rows

    def starting_at(self, starts: IntArray) -> IntArray:
        """Indices of the runs that begin at these positions."""
        return np.searchsorted(self.starts, starts)

    def member(self, positions: IntArray, members: Octets) -> BoolArray:
        """Whether the byte at each position is one of `members`."""
        return byte_set(members)[self.bytes[positions]]

    def letter(self, positions: IntArray) -> BoolArray:
        """Whether an ASCII letter stands at each position."""
        return self.member(positions, _LETTERS)

    def upper(self, positions: IntArray) -> BoolArray:
        """Whether an upper-case ASCII letter stands at each position."""
        return self.member(positions, _UPPER)

    def digit(self, positions: IntArray) -> BoolArray:
        """Whether a digit stands at each position."""
        return self.member(positions, _DIGITS)

    def word(self, positions: IntArray) -> BoolArray:
        """Whether a letter, digit or underscore stands at each position."""
        return self.member(positions, _WORD_BYTES)

    def free(self, starts: IntArray, ends: IntArray) -> BoolArray:
        """Whether each span stands behind both guards, `LEFT` and `RIGHT`."""
        if not len(starts):
            return np.zeros(0, dtype=np.bool_)
        before, after = self.bytes[starts - 1], self.bytes[ends]
        good = ~byte_set(_NOT_BEFORE)[before] & ~byte_set(_WORD_BYTES)[after]
        good &= ~(byte_set(b"-./")[before] & self.digit(starts - 2))
        goes_on = byte_set(b"-./")[after] & self.digit(ends + 1)
        whole = (after == ord(".")) & (self.bytes[ends + 1] == ord("0")) & ~self.digit(ends + 2)
        free: BoolArray = good & (~goes_on | whole)
        return free

    def match(self, pattern: re.Pattern[str], positions: IntArray) -> Spans:
        """Spans of `pattern` at exactly these positions."""
        if not len(positions):
            return no_spans()
        text, match = self.text, pattern.match
        found = [m.span() for p in np.unique(positions).tolist() if p >= 0 and (m := match(text, p)) is not None]
        spans = np.array(found, dtype=np.int64).reshape(-1, 2)
        return spans[:, 0], spans[:, 1]


def digit_runs(text: str, today: date) -> Runs:
    """The digit runs of `text`. Memory: about seven bytes a character of dense data, three of prose."""
    encoded = encode(text)
    size = len(encoded)
    padded = np.frombuffer(encoded + b"\n" * _PAD, dtype=np.uint8)
    is_digit = (padded - np.uint8(48)) < 10
    # The padding is no digit, so every run has its end; a run at position 0 has no edge before it.
    edges = np.flatnonzero(is_digit[1:] != is_digit[:-1]) + 1
    if is_digit[0]:
        edges = np.concatenate((np.zeros(1, dtype=np.int64), edges))
    tail = np.full(_SENTINELS, size, dtype=np.int64)
    starts, ends = np.concatenate((edges[0::2], tail)), np.concatenate((edges[1::2], tail))
    lengths = ends - starts
    rank = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(lengths)[:-1]))
    gaps = np.append(starts[1:] - ends[:-1], 0)
    return Runs(
        text=encoded.decode("latin-1"),
        bytes=padded,
        starts=starts,
        ends=ends,
        lengths=np.minimum(lengths, 255).astype(np.uint8),
        separators=np.where(gaps == 1, padded[ends], 0).astype(np.uint8),
        digits=np.concatenate((padded[is_digit], np.zeros(64, dtype=np.uint8) + 48)),
        rank=rank,
        today=today,
    )


def no_spans() -> Spans:
    """Spans of nothing."""
    return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)


def joined_spans(*parts: Spans) -> Spans:
    """Several arrays of spans as one, in order of their starts; each is in order itself."""
    parts = tuple(part for part in parts if len(part[0]))
    if len(parts) < 2:
        return parts[0] if parts else no_spans()
    starts = np.concatenate([part[0] for part in parts])
    ends = np.concatenate([part[1] for part in parts])
    order = np.argsort(starts, kind="stable")
    return starts[order], ends[order]


def strings(rows: npt.NDArray[Any]) -> list[str]:
    """Rows of ASCII bytes (a matrix of at least one column) as strings; zeros at the end of a row are no part of it."""
    width = rows.shape[1]
    everything = np.ascontiguousarray(rows, dtype=np.uint8).tobytes().decode("latin-1")
    found = [everything[at : at + width] for at in range(0, len(everything), width)]
    return [text.rstrip("\0") for text in found] if "\0" in everything else found
