"""Ranges of one line of bytes: laid over each other, as the picture of what a volume holds, and looked at, for whether
what a header calls ciphertext looks like it.

A header can lie (CVE-2025-59054) and a header can be newer than the data under it. Ciphertext has no pattern: a sector of
512 random bytes has about 7.6 bits of entropy a byte, and never as few as 7. Left out: ECB, whose patterns are those of
the data; compressed plain data, which looks random too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.content import entropy_bits
from lossproof.model.volume import Content, Extent

Span = tuple[int, int]
"""(offset, size) in bytes."""
_Piece = tuple[int, int, Content]

SECTOR_BYTES = 512
SPOT_BYTES = 4096
PLAIN_BITS = 6.5
"""Entropy, bits a byte, under which a sector is not ciphertext."""


def lay_out(size_bytes: int, ground: Content, coats: Iterable[tuple[Content, Iterable[Span]]]) -> tuple[Extent, ...]:
    """Extents from 0 to `size_bytes`: `ground`, painted over by one coat after the other, each a content and its spans.

    Neighbours of one kind are joined; what lies outside is cut off.
    """
    pieces: list[_Piece] = [(0, size_bytes, ground)] if size_bytes > 0 else []
    for content, spans in coats:
        pieces = list(_painted(pieces, merged(spans), content))
    joined: list[_Piece] = []
    for start, end, content in pieces:
        if joined and joined[-1][2] is content:
            joined[-1] = (joined[-1][0], end, content)
        else:
            joined.append((start, end, content))
    return tuple(Extent(offset_bytes=start, size_bytes=end - start, content=content) for start, end, content in joined)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same bytes as `spans`, which may come in any order and overlap, as ordered spans with gaps between them."""
    joined: list[Span] = []
    for offset, size in sorted(spans):
        if size <= 0:
            continue
        if joined and offset <= sum(joined[-1]):
            start = joined[-1][0]
            joined[-1] = (start, max(sum(joined[-1]), offset + size) - start)
        else:
            joined.append((offset, size))
    return tuple(joined)


def common(first: Iterable[Span], second: Iterable[Span]) -> Iterator[Span]:
    """What two ordered, disjoint series of spans have in common, in order."""
    ours, theirs = iter(first), iter(second)
    one, other = next(ours, None), next(theirs, None)
    while one is not None and other is not None:
        low, high = max(one[0], other[0]), min(sum(one), sum(other))
        if low < high:
            yield low, high - low
        if sum(one) <= sum(other):
            one = next(ours, None)
        else:
            other = next(theirs, None)


def _painted(pieces: Iterable[_Piece], spans: Sequence[Span], content: Content) -> Iterator[_Piece]:
    """`pieces` with `content` wherever `spans` are; both are ordered, so one pass is enough."""
    index = 0
    for start, end, held in pieces:
        at = start
        while index < len(spans) and spans[index][0] < end:
            low, high = max(spans[index][0], at), min(sum(spans[index]), end)
            if low < high:
                if at < low:
                    yield at, low, held
                yield low, high, content
                at = high
            if sum(spans[index]) > end:
                break
            index += 1
        if at < end:
            yield at, end, held


def findings_of_sample(source: Source, offset_bytes: int, size_bytes: int) -> list[str]:
    """Finding codes from up to five spots of 4 KiB in a range of `source`; blank sectors say nothing.

    `ciphertext_looks_plain`: plain bytes where a file system would begin. `plaintext_in_data_area`: plain bytes further on.
    `not_sampled`: the range could not be read, or not within the budget.
    """
    size_bytes = max(0, min(size_bytes, source.size_bytes - offset_bytes))
    # File systems have their first structure in the first 4 KiB, or at 64 KiB (Btrfs).
    heads = (0, 65536)
    insides = tuple(size_bytes * part // 4 // SPOT_BYTES * SPOT_BYTES for part in (1, 2, 3))

    def plain(spots: tuple[int, ...]) -> bool:
        return any(
            _has_plain_sector(source.read_at(offset_bytes + spot, min(SPOT_BYTES, size_bytes - spot)))
            for spot in spots
            if spot < size_bytes
        )

    findings = []
    try:
        if plain(heads):
            findings.append("ciphertext_looks_plain")
        if plain(tuple(spot for spot in insides if spot > heads[-1])):
            findings.append("plaintext_in_data_area")
    except FormatError:
        findings.append("not_sampled")
    return findings


def _has_plain_sector(chunk: bytes) -> bool:
    sectors = (chunk[at : at + SECTOR_BYTES] for at in range(0, len(chunk) - SECTOR_BYTES + 1, SECTOR_BYTES))
    return any(not _is_blank(sector) and entropy_bits(sector) < PLAIN_BITS for sector in sectors)


def _is_blank(sector: bytes) -> bool:
    return sector.count(sector[:1]) == len(sector)
