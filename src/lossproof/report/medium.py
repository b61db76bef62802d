"""The medium to scale: which bytes of it are encrypted, readable, blank or unknown, part by part.

Geometry alone, drawn by the terminal strip and by the SVG strip. Positions are bytes on the target. Partition tables
and volume groups have no colour of their own: they are shown as what lies inside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from lossproof.model.volume import Access, Content, Extent, Inspection, Layer, Protection


class Paint(StrEnum):
    """What a finder would get from a byte range: one colour and one pattern each."""

    ENCRYPTED = "encrypted"
    WEAK = "weak"
    READABLE = "readable"
    UNKNOWN = "unknown"
    OUTSIDE = "outside"
    BLANK = "blank"
    TABLE = "table"


class Run(NamedTuple):
    """A byte range of one paint."""

    size_bytes: int
    paint: Paint


class Part(NamedTuple):
    """One partition, volume or gap. `runs` cover it from start to end; `layer` is None for a table's own bytes."""

    offset_bytes: int
    size_bytes: int
    layer: Layer | None
    runs: tuple[Run, ...]
    inner: tuple[Part, ...] = ()


_TABLES = frozenset({"gpt", "mbr"})
_SEE_THROUGH = frozenset({"gpt", "mbr", "lvm2", "linux_raid"})
_OF_CONTENT = {
    Content.CIPHERTEXT: Paint.ENCRYPTED,
    Content.PLAINTEXT: Paint.READABLE,
    Content.BLANK: Paint.BLANK,
    Content.METADATA: Paint.TABLE,
    Content.UNALLOCATED: Paint.OUTSIDE,
    Content.UNKNOWN: Paint.UNKNOWN,
}
# What ciphertext is worth once the layer as a whole was graded: a key that lies in the clear makes it readable.
_CIPHERTEXT_GRADED = {
    Protection.WEAK: Paint.WEAK,
    Protection.UNPROTECTED: Paint.READABLE,
    Protection.UNKNOWN: Paint.UNKNOWN,
}


def parts(inspection: Inspection) -> tuple[Part, ...]:
    """The parts of the medium in order of offset, from its start to its end, without gaps.

    Where two layers claim the same bytes the later one is cut to what is left of it: the picture stays to scale.
    """
    layers = list(_opened(inspection.layers))
    filler = Paint.TABLE if any(layer.scheme in _TABLES for layer in inspection.layers) else Paint.UNKNOWN
    return tuple(_placed(layers, 0, inspection.size_bytes, filler))


def scaled(sizes: Sequence[int], length: float, least: float) -> tuple[float, ...]:
    """Lengths in proportion to the sizes, `length` in all, none shorter than `least` (or an equal share of it)."""
    if not sizes:
        return ()
    least = min(least, length / len(sizes))
    small: set[int] = set()
    while True:
        weight = sum(size for index, size in enumerate(sizes) if index not in small)
        factor = (length - least * len(small)) / weight if weight else 0.0
        more = {index for index, size in enumerate(sizes) if index not in small and size * factor < least}
        if not more:
            return tuple(least if index in small else size * factor for index, size in enumerate(sizes))
        small |= more


def enlarged(sizes: Sequence[int], length: float, least: float) -> bool:
    """Whether `scaled` has to draw a part larger than it is."""
    total = sum(sizes)
    return any(size * length < min(least, length / len(sizes)) * total for size in sizes)


def totals(shown: Iterable[Part]) -> dict[Paint, int]:
    """How many bytes of each paint there are, in the order of `Paint`; paints without bytes are left out."""
    sums = dict.fromkeys(Paint, 0)
    for part in shown:
        for run in part.runs:
            sums[run.paint] += run.size_bytes
    return {paint: size_bytes for paint, size_bytes in sums.items() if size_bytes}


def _opened(layers: Iterable[Layer]) -> Iterable[Layer]:
    for layer in layers:
        if layer.scheme in _TABLES and layer.layers:
            yield from _opened(layer.layers)
        else:
            yield layer


def _placed(layers: Sequence[Layer], start: int, end: int, filler: Paint) -> Iterable[Part]:
    position = start
    for layer in sorted(layers, key=lambda layer: (layer.offset_bytes, -layer.size_bytes)):
        first = max(layer.offset_bytes, position)
        last = min(layer.offset_bytes + layer.size_bytes, end)
        if last <= first:
            continue
        if first > position:
            yield _gap(position, first, filler)
        yield _part(layer, first, last)
        position = last
    if position < end:
        yield _gap(position, end, filler)


def _gap(first: int, last: int, filler: Paint) -> Part:
    run = Run(size_bytes=last - first, paint=filler)
    return Part(offset_bytes=first, size_bytes=last - first, layer=None, runs=(run,))


def _part(layer: Layer, first: int, last: int) -> Part:
    inner = tuple(_placed(list(_opened(layer.layers)), first, last, Paint.TABLE)) if layer.layers else ()
    seen_through = inner if layer.scheme in _SEE_THROUGH else ()
    runs = tuple(run for part in seen_through for run in part.runs) or tuple(_runs(layer, first, last))
    return Part(offset_bytes=first, size_bytes=last - first, layer=layer, runs=runs, inner=inner)


def _runs(layer: Layer, first: int, last: int) -> Iterable[Run]:
    whole = _paint(layer)
    position = first
    for extent in sorted(layer.extents, key=lambda extent: extent.offset_bytes):
        begin, end = max(extent.offset_bytes, position), min(extent.offset_bytes + extent.size_bytes, last)
        if end <= begin:
            continue
        if begin > position:
            yield Run(size_bytes=begin - position, paint=whole)
        yield Run(size_bytes=end - begin, paint=_paint_of_extent(layer, extent))
        position = end
    if position < last:
        yield Run(size_bytes=last - position, paint=whole)


def _paint_of_extent(layer: Layer, extent: Extent) -> Paint:
    if extent.content is Content.CIPHERTEXT:
        return _CIPHERTEXT_GRADED.get(layer.protection, Paint.ENCRYPTED)
    return _OF_CONTENT[extent.content]


def _paint(layer: Layer) -> Paint:
    """What a layer without extents is as a whole. Doubt is never painted as encrypted, nor as blank."""
    if layer.scheme == "blank":
        return Paint.UNKNOWN if "sampled_only" in layer.findings else Paint.BLANK
    if "outside_partitions" in layer.findings:
        return Paint.OUTSIDE
    if layer.protection is Protection.WEAK:
        return Paint.WEAK
    if layer.protection is Protection.PROTECTED and layer.readable is Access.NO:
        return Paint.ENCRYPTED
    if layer.protection is Protection.UNPROTECTED or layer.readable is Access.YES:
        return Paint.READABLE
    return Paint.UNKNOWN
