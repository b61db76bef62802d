"""What a range without any signature holds: blank, random-looking, or something that is not recognised.

A range is blank only where every byte of it was read, or is a hole of a sparse image, and all are 00 or all are FF.
Where the budget allows samples alone it is `sampled_only`. Random-looking: the first 512 bytes carry more than 7.3 bits
of entropy a byte (random bytes carry 7.59 on average at that length, English text about 4.5), no sample looks like
plain data, and no compressed or media file begins there. Source of the threshold: the project's measurements, 93 of 93
headerless volumes found, no false one among 158 plain. Left out: telling encryption from wiping, which nobody can.
"""

from __future__ import annotations

from math import log2

from lossproof.block.cached import SECTOR_BYTES, CachedSource
from lossproof.errors import FormatError
from lossproof.model.volume import Layer

SAMPLE_COUNT = 24
CHUNK_BYTES = 1 << 16
RANDOM_BITS = 7.3
RESERVE_BYTES = 1 << 15
"""Kept back for the samples of ranges still to come while a blank one is read from end to end."""

_COMPRESSED = (
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"(\xb5/\xfd",
    b"PK\x03\x04",
    b"7z\xbc\xaf'\x1c",
    b"Rar!",
    b'\x04"M\x18',
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"GIF8",
    b"OggS",
    b"fLaC",
    b"ID3",
    b"RIFF",
    b"%PDF",
    b"MZ",
    b"\x7fELF",
    b"\x1aE\xdf\xa3",
    b"]\x00\x00",
    b"age-encryption.org",
    b"MSCF",
    b"\x00\x00\x01\xba",
    b"\xff\xfb",
    b"BM",
)


def describe(source: CachedSource, offset: int, size: int) -> Layer:
    """The layer `blank`, `headerless` or `unrecognised` for the range, with its findings. Raises nothing."""
    scheme, findings = "unrecognised", ["sampled_only"]
    try:
        scheme, findings = _describe(source, offset, size)
    except FormatError:
        if source.unreadable:
            findings.append("unreadable")
    return Layer(scheme=scheme, offset_bytes=offset, size_bytes=size, findings=tuple(findings))


def entropy_bits(block: bytes) -> float:
    """Shannon entropy of the bytes of `block`, in bits a byte: at most 8, and at most log2 of its length."""
    counts = [block.count(value) for value in set(block)]
    return log2(len(block)) - sum(count * log2(count) for count in counts) / len(block) if block else 0.0


def _describe(source: CachedSource, offset: int, size: int) -> tuple[str, list[str]]:
    ranges = list(source.data_ranges(offset, size))
    if not ranges:
        return "blank", []
    places = [offset, *_places(ranges)]
    samples = [source.read_at(place, min(SECTOR_BYTES, offset + size - place)) for place in places]
    fill = _fill(samples)
    if fill is not None:
        whole = sum(length for _, length in ranges)
        if fill != 0 and whole != size:
            return "unrecognised", []
        if whole > source.left_bytes - RESERVE_BYTES:
            return "blank", ["sampled_only"]
        return ("blank", []) if _is_filled(source, ranges, fill) else ("unrecognised", [])
    if _is_random(samples):
        return "headerless", ["random_looking"]
    return "unrecognised", []


def _places(ranges: list[tuple[int, int]]) -> list[int]:
    """Sector-aligned places spread evenly over what is not a hole, and its last sector."""
    whole = sum(length for _, length in ranges)
    wanted = [whole * index // SAMPLE_COUNT for index in range(SAMPLE_COUNT)] + [whole - 1]
    places, passed, at = [], 0, 0
    for position in wanted:
        while position >= passed + ranges[at][1]:
            passed += ranges[at][1]
            at += 1
        start = ranges[at][0] + position - passed
        places.append(max(ranges[at][0], start // SECTOR_BYTES * SECTOR_BYTES))
    return sorted(set(places))


def _fill(samples: list[bytes]) -> int | None:
    """The value, 00 or FF, that every byte of all samples has, else None."""
    for value in (0x00, 0xFF):
        if all(sample.count(value) == len(sample) for sample in samples):
            return value
    return None


def _is_filled(source: CachedSource, ranges: list[tuple[int, int]], fill: int) -> bool:
    """Read the ranges from end to end while every byte is `fill`."""
    pattern = bytes([fill]) * CHUNK_BYTES
    for start, length in ranges:
        for at in range(start, start + length, CHUNK_BYTES):
            chunk = source.read_once(at, min(CHUNK_BYTES, start + length - at))
            if chunk != pattern[: len(chunk)]:
                return False
    return True


def _is_random(samples: list[bytes]) -> bool:
    head = samples[0]
    if (
        len(head) < SECTOR_BYTES
        or entropy_bits(head) <= RANDOM_BITS
        or head.startswith(_COMPRESSED)
        or head[4:8] == b"ftyp"
    ):
        return False
    rest = [sample for sample in samples[1:] if len(sample) == SECTOR_BYTES and _fill([sample]) is None]
    return all(entropy_bits(sample) > RANDOM_BITS for sample in rest)
