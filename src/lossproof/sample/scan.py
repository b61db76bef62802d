"""A photograph of a page: a JPEG picture in which no text can be found.

Specification: ITU-T T.81, baseline, one component, every block of 8 x 8 pixels one even grey (its DC coefficient
alone). The page shows bars where a letter has words, so that a person sees a scan and a program finds nothing to read.
"""

from __future__ import annotations

from lossproof.sample.stream import Stream

_WIDTH, _HEIGHT = 104, 147  # blocks: an A4 page at 100 dots an inch
_CATEGORIES = 12


def scan(stream: Stream) -> bytes:
    """A JPEG file of 832 x 1,176 pixels."""
    bits, previous = [], 0
    for row in range(_HEIGHT):
        words = _words(stream) if 12 < row < 128 and row % 2 else []
        for column in range(_WIDTH):
            grey = -60 if column in words else 96
            level = grey + stream.between(-2, 2)
            bits.append(_difference(level - previous))
            previous = level
    stuffed = _bytes("".join(bits)).replace(b"\xff", b"\xff\0")
    frame = b"\x08" + (_HEIGHT * 8).to_bytes(2, "big") + (_WIDTH * 8).to_bytes(2, "big") + b"\x01\x01\x11\x00"
    # DC codes: twelve categories of four bits each; AC codes: end of block alone, one bit.
    dc = b"\x00" + bytes((0, 0, 0, _CATEGORIES, *[0] * 12)) + bytes(range(_CATEGORIES))
    ac = b"\x10" + bytes((1, *[0] * 15)) + b"\x00"
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\x00\x01\x01\x01\x00\x64\x00\x64\x00\x00"),
            _segment(0xDB, b"\x00" + bytes([8] * 64)),
            _segment(0xC0, frame),
            _segment(0xC4, dc),
            _segment(0xC4, ac),
            _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
            stuffed,
            b"\xff\xd9",
        )
    )


def _words(stream: Stream) -> set[int]:
    """The columns that are dark in a line of made-up words."""
    dark: set[int] = set()
    column, end = 12, stream.between(40, 92)
    while column < end:
        length = stream.between(2, 9)
        dark.update(range(column, min(column + length, end)))
        column += length + 1
    return dark


def _difference(value: int) -> str:
    """A DC difference: its category in four bits, its bits, and the end of the block (T.81, F.1.2.1)."""
    size = abs(value).bit_length()
    bits = format(value if value > 0 else value + (1 << size) - 1, f"0{size}b") if size else ""
    return f"{size:04b}{bits}0"


def _bytes(bits: str) -> bytes:
    padded = bits + "1" * (-len(bits) % 8)
    return int(padded, 2).to_bytes(len(padded) // 8, "big")


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content
