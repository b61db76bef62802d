"""Bytes without a file around them: unallocated clusters, slack, gaps between partitions, volumes of unknown make.

They are read as raw text, eight-bit and UTF-16, and counted apart. Only identifiers that are certain by themselves or by a
word nearby are taken, and nobody is joined with anybody on such text: it may be shreds of many files.
What is neither blank nor text is `opaque`: it may be the remains of a compressed document, so it is not called examined.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossproof.block.source import Source
from lossproof.discover import engine
from lossproof.discover.certainty import certain
from lossproof.discover.findings import Findings
from lossproof.discover.mention import Mention

_BLOCK_BYTES = 4 << 20
_OVERLAP_BYTES = 4096
_SECTOR_BYTES = 512
_TEXT_SHARE = 0.85
_ASCII_SHARE, _ZERO_SHARE = 0.7, 0.1
_FEW_BYTES = 16
_COUNTING_SHARE = 0.7
_LINES = bytes(code if 32 <= code < 127 or code >= 160 or code == 9 else 10 for code in range(256))
_IS_TEXT = np.array([32 <= code < 127 or code in (9, 10, 13, 0) or code >= 0xA0 for code in range(256)])


class Seen(NamedTuple):
    """What a range turned out to be: all one byte 00 or FF, and how many bytes of it are neither blank nor text."""

    blank: bool
    opaque_bytes: int


def read(source: Source, findings: Findings) -> Seen:
    """Read all of a range. Holes of a sparse image are zeros and are not read."""
    fills: set[int] = set()
    blank, opaque = True, 0
    for start, end in _without_holes(source):
        tail = b""
        position = start
        while position < end:
            block = source.read_at(position, min(_BLOCK_BYTES, end - position))
            if not block:
                blank = False
                opaque += end - position
                break
            position += len(block)
            if block[0] in (0, 0xFF) and block.count(block[0]) == len(block):
                fills.add(block[0])
                tail = b""
                continue
            blank = False
            opaque += _opaque(block)
            _find(tail + block, len(tail), findings)
            tail = block[-_OVERLAP_BYTES:]
    return Seen(blank and len(fills) < 2, opaque)


def read_ciphertext(source: Source, findings: Findings) -> Seen:
    """Read all of a range that should be ciphertext, and find what is not: formatting a stick as encrypted leaves old files behind.

    `opaque_bytes` of the answer is how many bytes are plain text or full of zeros among others; blank sectors were never written.
    """
    blank, plain_bytes = True, 0
    for start, end in _without_holes(source):
        for position in range(start, end, _BLOCK_BYTES):
            block = source.read_at(position, min(_BLOCK_BYTES, end - position))
            plain = _plain_sectors(block)
            blank = blank and not block.strip(b"\x00")
            if plain.any():
                plain_bytes += int(plain.sum()) * _SECTOR_BYTES
                sectors = np.frombuffer(block, np.uint8)[: len(plain) * _SECTOR_BYTES].reshape(-1, _SECTOR_BYTES)
                _find(np.where(plain[:, None], sectors, np.uint8(10)).tobytes(), 0, findings)
    return Seen(blank, plain_bytes)


def _plain_sectors(block: bytes) -> np.ndarray:
    """Which sectors are no ciphertext: mostly ASCII (of random bytes 37 %), or a tenth zeros (1 in 256), and not all one byte."""
    whole = np.frombuffer(block, np.uint8)
    sectors = whole[: len(whole) // _SECTOR_BYTES * _SECTOR_BYTES].reshape(-1, _SECTOR_BYTES)
    ascii_share = ((sectors >= 32) & (sectors < 127) | (sectors == 10) | (sectors == 13)).mean(axis=1)
    zero_share = (sectors == 0).mean(axis=1)
    return np.asarray(
        ((ascii_share > _ASCII_SHARE) | (zero_share > _ZERO_SHARE)) & (sectors != sectors[:, :1]).any(axis=1)
    )


def _without_holes(source: Source) -> list[tuple[int, int]]:
    ranges, position = [], 0
    for start, size in source.holes():
        if start > position:
            ranges.append((position, start))
        position = start + size
    if position < source.size_bytes:
        ranges.append((position, source.size_bytes))
    return ranges


def _opaque(block: bytes) -> int:
    """Bytes in sectors that are neither blank nor text nor a table. Sectors are counted from the end: slack begins inside one."""
    whole = np.frombuffer(block, np.uint8)
    begun = len(whole) % _SECTOR_BYTES
    sectors = whole[begun:].reshape(-1, _SECTOR_BYTES)
    text = _IS_TEXT[sectors].mean(axis=1) >= _TEXT_SHARE
    opaque = int((~text & ~_counts(sectors.view(np.uint32), 1) & ~_counts(sectors.view(np.uint16), 2)).sum())
    opaque *= _SECTOR_BYTES
    first = whole[:begun]
    if begun >= _FEW_BYTES and (first != first[0]).any() and _IS_TEXT[first].mean() < _TEXT_SHARE:
        opaque += begun
    return opaque


def _counts(values: np.ndarray, step: int) -> np.ndarray:
    """Which rows hold one value over and over, or count up in steps of at most `step`: a table of a file system.

    So are the lists of an ext file's blocks, and the checksum and upper-case table of exFAT. No packed document is, not
    even one with zeros behind it: those are left out.
    """
    counted = values[:, 1:] != 0
    steps = (np.diff(values, axis=1) <= step) & counted
    return np.asarray(steps.sum(axis=1) >= _COUNTING_SHARE * np.maximum(counted.sum(axis=1), 1))


def _find(block: bytes, seen: int, findings: Findings) -> None:
    texts = [(block.translate(_LINES).decode("latin-1"), seen)]
    zeros = block.count(0)
    if zeros > len(block) // 10:
        texts.extend((block[shift:].decode("utf-16-le", "replace"), (seen - shift) // 2) for shift in (0, 1))
    known = engine.identifiers()
    for text, skip in texts:
        for hit in certain(text, engine.find(text)):
            if hit.end <= skip:
                continue
            if known[hit.kind].STRONG:
                findings.saw(hit.kind, hit.value)
                findings.add(Mention(strong=((hit.kind, hit.value),)))
            else:
                findings.possible += 1
