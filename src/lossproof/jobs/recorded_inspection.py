"""What an inspection and a scan saw, as facts for the log: bounded, in its closed vocabulary, and never safer than what was seen.

A word that the vocabulary lacks becomes `other`, which policy grades as doubt. What is too much for one fact is left out so
that the grade cannot rise: a layer that loses protectors or parts says so by a finding that is a doubt. A fact made
here is at most about 900 kB of JSON, whatever a medium claims. Left out: everything that could name anybody (targets, paths,
serial numbers, labels), and the joins by linking rule.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from lossproof.ledger.recognition import uuid_digest
from lossproof.model import vocabulary
from lossproof.model.fact import Method
from lossproof.model.facts.holding import LOCKED, HoldingFact, Manifest, PeopleCount, Seen
from lossproof.model.facts.inspection import InspectionFact, LayerExtent, LayerKdf, LayerProtector, SeenLayer
from lossproof.model.holding import Holding, People
from lossproof.model.shapes import SECTOR_BYTES, rounded_count, whole_sectors
from lossproof.model.vocabulary import OTHER, word
from lossproof.model.volume import Access, Content, Extent, Inspection, Kdf, Layer, Protection, Protector
from lossproof.policy.boot import BOOT, SEARCHED
from lossproof.policy.crypto import is_null_cipher, parse_cipher, table_digest

MOST_LAYERS = 512
MOST_EXTENTS = 256
"""Of one layer; layers share 2,048."""

_EVERY_EXTENT, _EVERY_PROTECTOR = 2048, 1024
_GRADED_AS = {Protection.UNPROTECTED: ("plain_file_system",), Protection.PARTIAL: ("unencrypted_volume_beside",)}
_CUT_SHORT = frozenset(
    {
        "archive_bomb",
        "crashed",
        "interrupted",
        "nested_too_deep",
        "permission",
        "too_deep",
        "too_large",
        "too_slow",
        "vanished",
    }
)
"""Why something that can be read was not read to its end."""
_CIPHER = re.compile(vocabulary.cipher_pattern(), re.ASCII)


def inspection_fact(
    inspection: Inspection,
    *,
    method: Method,
    true_at: str,
    tool: str,
    serial: str | None = None,
    holding: Holding | None = None,
) -> InspectionFact:
    """The fact that `inspection` was seen at `true_at` (RFC 3339, UTC, to the second) by `tool`.

    `serial` is the salted digest of the device's serial number, where it has one. `holding` is what was counted in the same look, of
    what a finder can read: only where it was searched to the end and nobody is in it does a boot partition count as one without
    files of users. Raises `ValueError` for a `true_at`, `tool` or `serial` that a fact cannot hold.
    """
    seen = _listed(_searched(_recorded(inspection)) if _nobody_in(holding) else _recorded(inspection))
    return InspectionFact(
        true_at=true_at,
        method=method,
        tool=tool,
        size_bytes=whole_sectors(inspection.size_bytes),
        bytes_read=whole_sectors(inspection.bytes_read),
        header=inspection.header_sha256,
        serial=serial,
        layers=tuple(_layer(layer, parent, len(seen)) for layer, parent in seen),
        disagreements=(),
        shown=inspection.protection,
        access=inspection.readable_without_secret,
        table=table_digest(),
    )


def holding_fact(
    holding: Holding,
    verdict_exposed: bool | None,
    *,
    method: Method,
    true_at: str,
    tool: str,
    scan: str,
    rules: int,
    manifest: Manifest | None,
    locked: int = 0,
) -> HoldingFact:
    """The fact that `holding` was counted at `true_at`, and that `check` said `verdict_exposed` of it.

    `scan` is 32 random hexadecimal digits, `rules` the version of the linking rules, `locked` how many parts nobody could read
    without their secret. Raises `ValueError` as `inspection_fact` does.
    """
    categories = _summed(holding.people_by_category.items(), vocabulary.CATEGORIES)
    distinct = _summed(((name, one.distinct) for name, one in holding.identifiers.items()), vocabulary.IDENTIFIERS)
    mentions = _summed(((name, one.mentions) for name, one in holding.identifiers.items()), vocabulary.IDENTIFIERS)
    not_examined = [(one.reason, 1) for one in holding.not_examined] + [(LOCKED, locked)] * bool(locked)
    return HoldingFact(
        true_at=true_at,
        method=method,
        tool=tool,
        scan=scan,
        rules=rules,
        people=_people(holding.people),
        raw=_people(holding.raw.people),
        people_by_category=categories,
        identifiers={name: Seen(distinct=count, mentions=mentions[name]) for name, count in distinct.items()},
        unattributed=_summed(holding.unattributed.items(), vocabulary.IDENTIFIERS),
        named_only=rounded_count(holding.named_only),
        possible=rounded_count(holding.possible),
        files=rounded_count(holding.scanned.files),
        not_examined=_summed(not_examined, vocabulary.NOT_EXAMINED),
        interrupted=holding.interrupted,
        exposed=verdict_exposed,
        manifest=manifest,
    )


def _people(people: People) -> PeopleCount:
    low, point, high = people.low, people.point, people.high
    return PeopleCount(low=rounded_count(low), point=rounded_count(point), high=rounded_count(high, up=True))


def _summed(counts: Iterable[tuple[str, int]], words: frozenset[str]) -> dict[str, int]:
    summed: Counter[str] = Counter()
    for name, count in counts:
        summed[word(name, words)] += count
    return {name: rounded_count(count) for name, count in sorted(summed.items())}


def _listed(layers: Iterable[Layer], parent: int | None = None, start: int = 0) -> list[tuple[Layer, int | None]]:
    """Every layer with the position of the one around it, each before those inside it."""
    listed: list[tuple[Layer, int | None]] = []
    for layer in layers:
        place = start + len(listed)
        listed.append((layer, parent))
        listed += _listed(layer.layers, place, place + 1)
    return listed


def _recorded(inspection: Inspection) -> tuple[Layer, ...]:
    """The layers to list: all, or where they are too many one for the whole medium, which keeps the grade down.

    `inspect` follows 256 volumes. Past those, a hostile partition table can only name ranges that are not looked into.
    """
    if len(_listed(inspection.layers)) <= MOST_LAYERS:
        return inspection.layers
    findings = ("too_many_layers", *_GRADED_AS.get(inspection.protection, ()))
    return (Layer(scheme=OTHER, offset_bytes=0, size_bytes=inspection.size_bytes, findings=findings),)


def _nobody_in(holding: Holding | None) -> bool:
    if holding is None or holding.interrupted:
        return False
    counts = (holding.people.high, holding.raw.people.high, holding.named_only, holding.possible)
    cut_short = any(one.reason in _CUT_SHORT for one in holding.not_examined)
    return not (any(counts) or holding.unattributed or cut_short)


def _searched(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The layers after nobody was found in what is readable of them; were there people, nobody would know which part they are on."""
    return tuple(
        replace(
            layer,
            layers=_searched(layer.layers),
            findings=(*layer.findings, SEARCHED)
            if BOOT in layer.findings and layer.readable is not Access.NO
            else layer.findings,
        )
        for layer in layers
    )


def _layer(layer: Layer, parent: int | None, share: int) -> SeenLayer:
    """One of `share` layers as a fact lists it."""
    protectors = tuple(map(_protector, layer.protectors))
    most = max(4, _EVERY_PROTECTOR // share)
    if len(protectors) > most:
        protectors = tuple(dict.fromkeys(protectors))
    findings = dict.fromkeys(word(code, vocabulary.FINDINGS) for code in layer.findings)
    if len(protectors) > most:
        findings[OTHER] = None
    return SeenLayer(
        parent=parent,
        scheme=word(layer.scheme, vocabulary.SCHEMES),
        offset_bytes=whole_sectors(layer.offset_bytes),
        size_bytes=whole_sectors(layer.size_bytes),
        uuid=None if layer.uuid is None else uuid_digest(layer.uuid),
        header=layer.header_sha256,
        cipher=None if layer.cipher is None else _cipher(layer.cipher),
        key_bits=None if layer.key_bits is None else max(0, min(layer.key_bits, 4096)),
        state=None if layer.state is None else word(layer.state, vocabulary.STATES),
        protectors=protectors[:most],
        findings=tuple(findings),
        extents=tuple(map(_extent, _joined(layer.extents, min(MOST_EXTENTS, max(4, _EVERY_EXTENT // share))))),
    )


def _joined(extents: tuple[Extent, ...], most: int) -> tuple[Extent, ...]:
    """`extents`, at most so many: the last stands for the rest, and is plain if anything of it is, else of unknown content."""
    if len(extents) <= most:
        return extents
    rest = extents[most - 1 :]
    start = min(one.offset_bytes for one in rest)
    plain = any(one.content is Content.PLAINTEXT for one in rest)
    last = Extent(
        offset_bytes=start,
        size_bytes=max(one.offset_bytes + one.size_bytes for one in rest) - start,
        content=Content.PLAINTEXT if plain else Content.UNKNOWN,
    )
    return (*extents[: most - 1], last)


def _extent(extent: Extent) -> LayerExtent:
    """The sectors that an extent touches: rounded outwards, or a few plain bytes would be lost."""
    start = whole_sectors(extent.offset_bytes)
    end = extent.offset_bytes + extent.size_bytes + (SECTOR_BYTES - 1 if extent.size_bytes else 0)
    return LayerExtent(offset_bytes=start, size_bytes=max(0, whole_sectors(end - start)), content=extent.content)


def _protector(protector: Protector) -> LayerProtector:
    return LayerProtector(
        kind=word(protector.kind, vocabulary.PROTECTORS), kdf=None if protector.kdf is None else _kdf(protector.kdf)
    )


def _kdf(kdf: Kdf) -> LayerKdf:
    return LayerKdf(
        name=word(kdf.name, vocabulary.KDFS),
        hash=None if kdf.hash is None else word(kdf.hash.lower(), vocabulary.HASHES),
        iterations=_cost(kdf.iterations),
        memory_kib=_cost(kdf.memory_kib),
        lanes=_cost(kdf.lanes),
    )


def _cost(value: int | None) -> int | None:
    return None if value is None else rounded_count(max(0, value))


def _cipher(text: str) -> str:
    """The cipher string in known words. Where it has others it is `other`, unless one of its ciphers changes nothing."""
    joined = " + ".join(dict.fromkeys(_in_known_words(one) for one in text.split(" + ")))
    if _CIPHER.fullmatch(joined):
        return joined
    return "cipher_null" if any(map(is_null_cipher, text.split(" + "))) else OTHER


def _in_known_words(text: str) -> str:
    """One cipher, in dm-crypt's short spelling where it is written otherwise (`capi:xts(aes)-plain64`)."""
    short = "-".join(part for part in parse_cipher(text) if part)
    spelled = text.strip().lower()
    return spelled if _CIPHER.fullmatch(spelled) or parse_cipher(short) != parse_cipher(text) else short
