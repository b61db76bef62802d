"""A zip archive whose only file is itself, byte for byte: unpacking it never ends.

After Russ Cox, "Zip Files All the Way Down" (2010): DEFLATE (RFC 1951) has two instructions that matter, "print these bytes"
(a stored block) and "repeat the last n bytes" (a block of one match), and a program of those can print itself. Around it
stand a header that it prints first and a directory that it prints last. The check sum of the whole stands inside the
whole; CRC-32 is linear over GF(2), so that is 32 equations for 32 bits.
"""

from __future__ import annotations

import struct
import zlib

NAME = b"the-same-archive-again-" + b"and-again-" * 5 + b"for-ever.zip"
"""Long enough for `_repeat` to come out at five bytes, the size of a stored block's header (`_UNIT`)."""

_UNIT = 5
_MATCH = 258


class _Bits:
    """Bits as DEFLATE packs them: numbers from the least significant bit, Huffman codes from the most."""

    def __init__(self) -> None:
        self._bits: list[int] = []

    def number(self, value: int, size: int) -> None:
        self._bits += [value >> at & 1 for at in range(size)]

    def code(self, value: int, size: int) -> None:
        self._bits += [value >> at & 1 for at in reversed(range(size))]

    def symbol(self, value: int) -> None:
        """A literal or length by the fixed code (RFC 1951, 3.2.6)."""
        if value < 144:
            self.code(0x30 + value, 8)
        elif value < 256:
            self.code(0x190 + value - 144, 9)
        elif value < 280:
            self.code(value - 256, 7)
        else:
            self.code(0xC0 + value - 280, 8)

    def match(self, length: int, distance: int) -> None:
        """Length and distance with their extra bits (3.2.5)."""
        extra = max(0, (length - 3).bit_length() - 3) if length < _MATCH else 0
        within = length - 3
        self.symbol(285 if length == _MATCH else 257 + (within >> extra) + 4 * extra)
        self.number(within & ((1 << extra) - 1), extra)
        before = distance - 1
        extra = max(0, before.bit_length() - 2)
        self.code((before >> extra) + 2 * extra, 5)
        self.number(before & ((1 << extra) - 1), extra)

    def packed(self) -> bytes:
        padded = self._bits + [0] * (-len(self._bits) % 8)
        return bytes(
            sum(bit << place for place, bit in enumerate(padded[at : at + 8])) for at in range(0, len(padded), 8)
        )


def _print(size: int) -> bytes:
    """The instruction to print what follows: the header of a stored block."""
    return b"\x00" + struct.pack("<HH", size, size ^ 0xFFFF)


def _repeat(matches: list[int], distance: int, first: bytes = b"", *, last: bool = False) -> bytes:
    """The instruction to print the bytes `first` and then matches of these lengths at one distance."""
    bits = _Bits()
    bits.number(last, 1)
    bits.number(1, 2)
    for value in first:
        bits.symbol(value)
    for length in matches:
        bits.match(length, distance)
    bits.symbol(256)
    return bits.packed()


def _program(head: bytes, tail: bytes) -> bytes:
    """A DEFLATE stream that gives `head`, itself, `tail`."""
    again = len(head) + _UNIT
    start = _repeat([again - 1], again, head[:1])
    four = _repeat([10, 10], 4 * _UNIT)
    finish = len(tail) + _UNIT
    end = _repeat([finish], finish, last=True)
    if {len(start), len(four), len(end)} != {_UNIT}:
        raise ValueError("every instruction must be as long as every other")
    one, many, nothing = _print(_UNIT), _print(4 * _UNIT), _print(0)
    printed = _print(finish)
    return b"".join((
        _print(again), head, _print(again),
        start,
        one, start,
        one, one,
        many, start, one, one, many,
        four,
        many, four, many, four, many,
        four,
        many, four, nothing, nothing, printed,
        four, nothing, nothing,
        printed, end, tail,
        end,
    ))  # fmt: skip


def _archive(check: int, whole_bytes: int, packed_bytes: int) -> bytes:
    """The archive with this CRC-32 and these sizes written in it (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16)."""
    sizes = struct.pack("<IIIHH", check, packed_bytes, whole_bytes, len(NAME), 0)
    about = struct.pack("<HHHHH", 20, 0, 8, 0, 0x21) + sizes
    head = b"PK\x03\x04" + about + NAME
    directory = b"PK\x01\x02" + struct.pack("<H", 20) + about + struct.pack("<HHHII", 0, 0, 0, 0, 0) + NAME
    at = len(head) + packed_bytes
    tail = directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(directory), at, 0)
    return head + _program(head, tail) + tail


def endless_zip() -> bytes:
    """The archive."""
    whole_bytes = len(_archive(0, 0, 0))
    head_and_tail = 30 + 46 + 22 + 2 * len(NAME)

    def made(check: int) -> bytes:
        return _archive(check, whole_bytes, whole_bytes - head_and_tail)

    start = zlib.crc32(made(0))
    # crc(made(c)) = start ^ (the columns of c's bits); wanted: equal to c.
    rows = [((zlib.crc32(made(1 << bit)) ^ start ^ (1 << bit)), 1 << bit) for bit in range(32)]
    check, left = 0, start
    for bit in range(32):
        pivot = next((row for row in rows if row[0] >> bit & 1), None)
        if pivot is None:
            continue
        rows = [
            (row[0] ^ pivot[0], row[1] ^ pivot[1]) if row[0] >> bit & 1 else row for row in rows if row is not pivot
        ]
        if left >> bit & 1:
            left ^= pivot[0]
            check ^= pivot[1]
    if left:
        raise ValueError("no check sum fits; another name may have one")
    return made(check)
