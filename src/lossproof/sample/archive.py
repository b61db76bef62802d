"""Zip files whose bytes depend on their contents alone.

Specifications: PKWARE APPNOTE 6.3.x (local headers, central directory, traditional encryption, section 6.1) and RFC
1951 (deflate). The output of zlib differs between its versions and its replacements, so the compressor is our own: one
block of literals with a fixed prefix code made for text, no matches; it takes about a quarter off. Left out: zip64,
other methods.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from datetime import datetime

from lossproof.sample.stream import Stream

# Bytes from the most frequent in documents to the least; every byte stands in it once.
_FREQUENT = b' e<>t/ar0ino1cls"2dv=.pm9-h3u847y65b' + b"FAgRSCNk,fwTMDPLEBIHOWxGz:;'Vq\n\rjJKU?YQX_()"
_ORDER = _FREQUENT + bytes(value for value in range(256) if value not in _FREQUENT)
_END_OF_BLOCK = 256


def _code_lengths() -> list[int]:
    """Bits of each of the 257 symbols: 16 of 5, 16 of 6, 16 of 7, 47 of 10, 162 of 11; together a complete prefix
    code."""
    lengths = [0] * 257
    for rank, symbol in enumerate([*_ORDER, _END_OF_BLOCK]):
        lengths[symbol] = 5 if rank < 16 else 6 if rank < 32 else 7 if rank < 48 else 10 if rank < 95 else 11
    return lengths


def _codes(lengths: list[int]) -> list[str]:
    """The canonical codes of RFC 1951, section 3.2.2, as strings of bits, the first bit first."""
    code, codes = 0, [""] * len(lengths)
    for width in range(1, max(lengths) + 1):
        for symbol, length in enumerate(lengths):
            if length == width:
                codes[symbol] = format(code, f"0{width}b")
                code += 1
        code <<= 1
    return codes


_LENGTHS = _code_lengths()
_CODES = _codes(_LENGTHS)
# The lengths themselves are sent in a code of 2 and 3 bits for the six values that occur (section 3.2.7).
_LENGTH_CODE_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
_LENGTH_WIDTHS = {1: 2, 5: 2, 6: 3, 7: 3, 10: 3, 11: 3}


def _number(value: int, width: int) -> str:
    """A number as bits, the lowest first."""
    return format(value, f"0{width}b")[::-1]


def _block_header() -> str:
    """Final block, dynamic codes: 257 literal symbols, one unused distance symbol of one bit."""
    widths = _codes([_LENGTH_WIDTHS.get(value, 0) for value in range(19)])
    sent = [*_LENGTHS, 1]
    return "".join(
        (
            "1",
            _number(2, 2),
            _number(0, 5),
            _number(0, 5),
            _number(len(_LENGTH_CODE_ORDER) - 1 - 4, 4),
            *(_number(_LENGTH_WIDTHS.get(value, 0), 3) for value in _LENGTH_CODE_ORDER[:-1]),
            *(widths[length] for length in sent),
        )
    )


_HEADER = _block_header()


def deflate(content: bytes) -> bytes:
    """A raw deflate stream of the content; the same bytes wherever it is made."""
    bits = "".join((_HEADER, *map(_CODES.__getitem__, content), _CODES[_END_OF_BLOCK]))
    return int(bits[::-1], 2).to_bytes((len(bits) + 7) // 8, "little")


def zlib_stream(content: bytes) -> bytes:
    """The deflate stream in the frame of RFC 1950, as PDF wants it."""
    return b"\x78\x01" + deflate(content) + struct.pack(">I", zlib.adler32(content))


def encrypt(stream: Stream, password: bytes, content: bytes, check: int) -> bytes:
    """PKWARE's traditional encryption (APPNOTE 6.1): a header of 12 bytes that ends in `check`, then the content."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = ~zlib.crc32(bytes((byte,)), keys[0] ^ 0xFFFFFFFF) & 0xFFFFFFFF
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = ~zlib.crc32(bytes((keys[1] >> 24,)), keys[2] ^ 0xFFFFFFFF) & 0xFFFFFFFF

    def cipher(byte: int) -> int:
        mask = keys[2] & 0xFFFF | 2
        update(byte)
        return byte ^ (mask * (mask ^ 1) >> 8 & 0xFF)

    for byte in password:
        update(byte)
    return bytes(cipher(byte) for byte in stream.octets(11) + bytes((check,)) + content)


def zipped(
    members: Iterable[tuple[str, bytes]], written_at: datetime, *, password: bytes = b"", stream: Stream | None = None
) -> bytes:
    """A zip file of (name, content) in the order given; with a password and a stream of chance, an encrypted one."""
    body, directory, count = bytearray(), bytearray(), 0
    time = written_at.hour << 11 | written_at.minute << 5 | written_at.second // 2
    date = (written_at.year - 1980) << 9 | written_at.month << 5 | written_at.day
    for name, content in members:
        packed, checksum = deflate(content), zlib.crc32(content)
        flags = 0 if name.isascii() else 0x800
        if stream is not None:
            packed, flags = encrypt(stream, password, packed, checksum >> 24), flags | 1
        encoded = name.encode()
        fields = struct.pack("<5H3L2H", 20, flags, 8, time, date, checksum, len(packed), len(content), len(encoded), 0)
        directory += (
            b"PK\1\2" + struct.pack("<H", 20) + fields + struct.pack("<3H2L", 0, 0, 0, 0x20, len(body)) + encoded
        )
        body += b"PK\3\4" + fields + encoded + packed
        count += 1
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)
