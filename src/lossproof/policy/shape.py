"""What grading reads of the layers of an inspection, and nothing else. Pure.

Two sticks that were encrypted in the same way have the same shape, so an estate of a hundred thousand devices has a few hundred,
and each is kept and graded once. Left out: UUIDs and headers (which volume it was), offsets and sizes (`policy.protection` asks
only which contents there are, and whether more than a rounding is unknown), and the last digits of PBKDF2's iterations, which
every machine measures for itself: no row of `policy.crypto` has more than two.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from lossproof.model.facts.inspection import LayerExtent, LayerKdf, LayerProtector, SeenLayer
from lossproof.model.shapes import SECTOR_BYTES
from lossproof.model.volume import Content
from lossproof.policy.protection import ROUNDING_BYTES

_DIGITS = 100
"""Iterations keep two digits."""

_Seen = tuple[
    int | None,
    str,
    str | None,
    int | None,
    str | None,
    tuple[LayerProtector, ...],
    tuple[str, ...],
    tuple[tuple[Content, int], ...],
]


def shape_of(layers: tuple[SeenLayer, ...]) -> tuple[SeenLayer, ...]:
    """The layers as grading sees them: `policy.recorded` gives the same protection, access and reasons for both, at any time.
    The same sight gives the same object while it is remembered."""
    return _shape(tuple(map(_seen, layers)))


def _seen(layer: SeenLayer) -> _Seen:
    sizes: dict[Content, int] = {}
    for extent in layer.extents:
        sizes[extent.content] = sizes.get(extent.content, 0) + extent.size_bytes
    return (
        layer.parent,
        layer.scheme,
        layer.cipher,
        layer.key_bits,
        layer.state,
        layer.protectors,
        layer.findings,
        tuple(sorted((content, _size(content, size)) for content, size in sizes.items() if size > 0)),
    )


def _size(content: Content, size_bytes: int) -> int:
    more = content is Content.UNKNOWN and size_bytes > ROUNDING_BYTES
    return ROUNDING_BYTES + SECTOR_BYTES if more else SECTOR_BYTES


@lru_cache(maxsize=4096)
def _shape(seen: tuple[_Seen, ...]) -> tuple[SeenLayer, ...]:
    return tuple(
        SeenLayer(
            parent=parent,
            scheme=scheme,
            offset_bytes=0,
            size_bytes=0,
            uuid=None,
            header=None,
            cipher=cipher,
            key_bits=key_bits,
            state=state,
            protectors=tuple(dict.fromkeys(map(_protector, protectors))),
            findings=findings,
            extents=tuple(LayerExtent(offset_bytes=0, size_bytes=size, content=one) for one, size in extents),
        )
        for parent, scheme, cipher, key_bits, state, protectors, findings, extents in seen
    )


def _protector(one: LayerProtector) -> LayerProtector:
    return one if one.kdf is None else replace(one, kdf=_kdf(one.kdf))


def _kdf(kdf: LayerKdf) -> LayerKdf:
    if kdf.name != "pbkdf2" or kdf.iterations is None:
        return kdf
    return replace(kdf, iterations=rounded_iterations(kdf.iterations))


def rounded_iterations(iterations: int) -> int:
    """`iterations`, which are at least 0, rounded down to two digits: a floor of two digits or fewer says the same of both."""
    step = 1
    while iterations // step >= _DIGITS:
        step *= 10
    return iterations // step * step
