"""A recorded inspection graded again: by today's table, or by that of any day. Pure.

A fact lists its layers, each with the position of the one around it. What was shown to the user stands in the fact too and is
never read here, so a cipher that falls changes the answer about devices that were inspected before it fell. Left out: the
operating system's word, which can only make things worse and is weighed with the standing.
"""

from __future__ import annotations

from lossproof.model.facts.inspection import InspectionFact, LayerKdf, SeenLayer
from lossproof.model.volume import Access, Extent, Kdf, Layer, Protection, Protector, Reason
from lossproof.policy.crypto import AS_OF
from lossproof.policy.protection import grade, overall


def layers_of(fact: InspectionFact) -> tuple[Layer, ...]:
    """The layers of a recorded inspection with those inside them, not graded. `uuid` is the digest of what it was."""
    return nested(fact.layers)


def nested(listed: tuple[SeenLayer, ...]) -> tuple[Layer, ...]:
    """The layers of such a list with those inside them, not graded."""
    inside: dict[int | None, list[Layer]] = {}
    # Every layer stands behind the one around it, so from the end on, those inside are complete.
    for place in range(len(listed) - 1, -1, -1):
        seen = listed[place]
        layer = _layer(seen, tuple(reversed(inside.pop(place, ()))))
        inside.setdefault(seen.parent, []).append(layer)
    return tuple(reversed(inside.get(None, ())))


def grade_again(fact: InspectionFact, at: str = AS_OF) -> tuple[Protection, Access, tuple[Reason, ...]]:
    """Protection, access and reasons of a recorded inspection, by the table as of `at` (RFC 3339, UTC)."""
    return overall(tuple(grade(layer, at=at) for layer in layers_of(fact)))


def _layer(seen: SeenLayer, layers: tuple[Layer, ...]) -> Layer:
    return Layer(
        scheme=seen.scheme,
        offset_bytes=seen.offset_bytes,
        size_bytes=seen.size_bytes,
        uuid=seen.uuid,
        cipher=seen.cipher,
        key_bits=seen.key_bits,
        kdf=next((_kdf(one.kdf) for one in seen.protectors if one.kdf is not None), None),
        protectors=tuple(Protector(kind=one.kind, kdf=_kdf(one.kdf)) for one in seen.protectors),
        state=seen.state,
        findings=seen.findings,
        extents=tuple(
            Extent(offset_bytes=one.offset_bytes, size_bytes=one.size_bytes, content=one.content)
            for one in seen.extents
        ),
        header_sha256=seen.header,
        layers=layers,
    )


def _kdf(kdf: LayerKdf | None) -> Kdf | None:
    if kdf is None:
        return None
    return Kdf(name=kdf.name, hash=kdf.hash, iterations=kdf.iterations, memory_kib=kdf.memory_kib, lanes=kdf.lanes)
