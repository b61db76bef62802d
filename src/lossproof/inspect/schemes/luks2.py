"""LUKS2. Specification: LUKS2 On-Disk Format 1.1.3 (mbroz/cryptsetup, docs/on-disk-format-luks2.pdf), section 3 "LUKS2
JSON Metadata Format".

Both headers are read and the newer sound one is judged; a damaged one beside it is told. The metadata is not authenticated
(CVE-2025-59054), so the data itself is sampled as well. Left out: unlocking; the contents of tokens but for their type.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from lossproof.block.fields import be16, be64
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.luks2_header import FIRST_MAGIC, SECOND_MAGIC, SIZES, Header, find_second, read_header
from lossproof.inspect.ranges import Span, findings_of_sample, lay_out
from lossproof.model.volume import Content, Extent, Kdf, Layer, Protector
from lossproof.policy.crypto import is_null_cipher, parse_cipher

NAME = "luks2"
SPEC = "LUKS2 On-Disk Format 1.1.3"

_TOKENS = {
    "systemd-tpm2": "tpm2",
    "systemd-fido2": "fido2",
    "systemd-pkcs11": "pkcs11",
    "systemd-recovery": "recovery_key",
    "clevis": "clevis",
}
_CONTENTS = {
    "crypt": Content.CIPHERTEXT,
    "linear": Content.PLAINTEXT,
    "hw-opal": Content.UNKNOWN,
    "hw-opal-crypt": Content.CIPHERTEXT,
}
_KNOWN_FLAGS = frozenset({"in-reencryption", "backup-previous", "backup-final", "backup-moved-segment"})
_MODES = {"reencrypt": "reencrypting", "encrypt": "encrypting", "decrypt": "decrypting"}
_HMAC_BITS = {"hmac(sha1)": 160, "hmac(sha256)": 256, "hmac(sha512)": 512, "cmac(aes)": 128}


class _Segment(NamedTuple):
    id: str
    kind: str
    offset: int
    size: int
    cipher: str | None
    integrity: str | None
    other_key_bits: int
    known: bool


class _Keyslot(NamedTuple):
    id: str
    key_bits: int
    protector: Protector
    area_cipher: str


def detect(source: Source) -> bool:
    """Whether the range begins with a LUKS header of a version other than 1, or holds a lone second header."""
    head = source.read_at(0, 512)
    if head[:6] == FIRST_MAGIC and len(head) >= 8:
        return be16(head, 6) != 1
    return any(_is_second(source.read_at(place, 512), place) for place in SIZES)


def read(source: Source) -> Layer:
    """The LUKS2 layer of the range. Raises `FormatError` where `detect` would say no."""
    if not detect(source):
        raise FormatError("not a LUKS2 header")
    first = read_header(source, 0, FIRST_MAGIC)
    second = find_second(source, first)
    header, findings = _choose(first, second, source.size_bytes)
    blank = Layer(scheme=NAME, offset_bytes=0, size_bytes=source.size_bytes, version="2")
    if header is None:
        return replace(blank, state="damaged", findings=tuple(findings))
    blank = replace(blank, uuid=header.uuid, header_sha256=header.sha256)
    try:
        return _judged(source, blank, header, findings)
    except FormatError:
        return replace(blank, state="damaged", findings=(*findings, "header_inconsistent"))


def _is_second(head: bytes, place: int) -> bool:
    return (
        head[:6] == SECOND_MAGIC
        and len(head) == 512
        and be16(head, 6) == 2
        and be64(head, 8) == place
        and be64(head, 256) == place
    )


def _choose(first: Header | None, second: Header | None, size_bytes: int) -> tuple[Header | None, list[str]]:
    """The header to judge, and what the state of the two says."""
    usable = [header for header in (first, second) if header is not None and header.sound is not False]
    ends = 2 * first.size_bytes if first is not None else 0
    if not usable:
        return None, ["truncated" if ends > size_bytes else "header_damaged"]
    chosen = max(usable, key=lambda header: header.sequence)
    findings = []
    if any(header.sound is None for header in usable):
        findings.append("header_not_verified")
    if len(usable) == 1:
        cut_short = usable[0] is first and ends > size_bytes
        alone = "second_header_damaged" if usable[0] is first else "first_header_damaged"
        findings.append("truncated" if cut_short else alone)
    elif usable[0].sequence != usable[1].sequence:
        findings.append("header_copies_of_different_age")
    elif usable[0].metadata != usable[1].metadata:
        findings.append("headers_differ")
    return chosen, findings


def _judged(source: Source, blank: Layer, header: Header, findings: list[str]) -> Layer:
    """The layer that sound metadata describes. Raises `FormatError` where the metadata contradicts itself."""
    metadata = header.metadata
    findings = findings + _findings_of_requirements(metadata)
    segments = _segments(metadata)
    bound = _bound_keyslots(metadata, segments)
    keyslots, unknown_keyslots, mode = _keyslots(metadata, bound, header.size_bytes)
    ciphers = dict.fromkeys(segment.cipher for segment in segments if segment.cipher)
    findings += _findings_of_segments(source, segments, header.size_bytes)
    findings += _findings_of_keyslots(metadata, keyslots, unknown=unknown_keyslots)
    if mode is not None:
        findings.append("reencryption_in_progress" if mode == "reencrypt" else "conversion_incomplete")
    extents = _extents(source, segments)
    findings += _sampled(source, segments)
    protectors = tuple(slot.protector for slot in keyslots)
    # A keyslot holds the cipher's key together with that of the integrity tags and that of the drive.
    other_bits = max(segment.other_key_bits for segment in segments)
    whole_bits = min((slot.key_bits for slot in keyslots if slot.id in bound), default=other_bits)
    return replace(
        blank,
        cipher=" + ".join(ciphers) or None,
        key_bits=whole_bits - other_bits or None,
        kdf=next((protector.kdf for protector in protectors), None),
        protectors=protectors,
        state=_MODES.get(mode or "", "encrypted"),
        findings=tuple(dict.fromkeys(findings)),
        extents=extents,
    )


def _findings_of_requirements(metadata: dict[str, Any]) -> list[str]:
    mandatory = _object(_object(metadata, "config"), "requirements", optional=True).get("mandatory", [])
    findings = []
    for name in _texts(mandatory):
        if name == "offline-reencrypt":
            findings.append("reencryption_interrupted")
        elif name not in {"opal", "inline-hw-tags"} and not name.startswith("online-reencrypt"):
            findings.append("unknown_requirement")
    return findings


def _segments(metadata: dict[str, Any]) -> list[_Segment]:
    """The segments that are in use, by offset; those flagged as backups are bookkeeping of a re-encryption."""
    found = []
    for name, segment in _objects(metadata, "segments"):
        flags = _texts(segment.get("flags", []))
        if any(flag.startswith("backup-") for flag in flags):
            continue
        kind, size = _text(segment, "type"), _text(segment, "size")
        integrity = _text(_object(segment, "integrity"), "type") if "integrity" in segment else None
        found.append(
            _Segment(
                id=name,
                kind=kind,
                offset=_number(_text(segment, "offset")),
                size=2**63 if size == "dynamic" else _number(size),
                cipher=_text(segment, "encryption") if kind in {"crypt", "hw-opal-crypt"} else None,
                integrity=integrity,
                other_key_bits=_HMAC_BITS.get(integrity or "", 0)
                + 8 * _whole({"opal_key_size": 0} | segment, "opal_key_size"),
                known=kind in _CONTENTS and _KNOWN_FLAGS.issuperset(flags),
            )
        )
    found.sort(key=lambda segment: segment.offset)
    if not found or any(one.offset + one.size > other.offset for one, other in pairwise(found)):
        raise FormatError("LUKS2 without a data segment, or with segments that overlap")
    return found


def _bound_keyslots(metadata: dict[str, Any], segments: list[_Segment]) -> set[str]:
    """Keyslots that lead to the key of a segment in use. Every encrypted segment needs a digest of its key.

    While the data is being encrypted anew, the keys of its backup segments are in use, or will be.
    """
    in_use = {segment.id for segment in segments}
    if any(slot.get("type") == "reencrypt" for _, slot in _objects(metadata, "keyslots")):
        in_use.update(name for name, _ in _objects(metadata, "segments"))
    bound: set[str] = set()
    covered: set[str] = set()
    for _, digest in _objects(metadata, "digests"):
        of = _texts(digest.get("segments", []))
        covered.update(of)
        if in_use.intersection(of):
            bound.update(_texts(digest.get("keyslots", [])))
    if any(segment.cipher and segment.id not in covered for segment in segments):
        raise FormatError("LUKS2 with an encrypted segment that no digest belongs to")
    return bound


def _keyslots(metadata: dict[str, Any], bound: set[str], header_bytes: int) -> tuple[list[_Keyslot], bool, str | None]:
    """Keyslots by number, whether there is one of an unknown type, and the mode of a re-encryption in progress."""
    held_by = {
        slot: _TOKENS.get(_text(token, "type"), "keyslot")
        for _, token in _objects(metadata, "tokens", optional=True)
        for slot in _texts(token.get("keyslots", []))
    }
    start = 2 * header_bytes
    end = start + _number(_text(_object(metadata, "config"), "keyslots_size"))
    found: list[_Keyslot] = []
    areas: list[Span] = []
    unknown, mode = False, None
    for name, slot in _objects(metadata, "keyslots"):
        kind, area = _text(slot, "type"), _object(slot, "area")
        areas.append((_number(_text(area, "offset")), _number(_text(area, "size"))))
        if kind == "reencrypt":
            mode = _text(slot, "mode")
            if mode not in _MODES:
                raise FormatError("LUKS2 re-encryption of an unknown mode")
        elif kind != "luks2":
            unknown = True
        else:
            held = held_by.get(name, "keyslot") if name in bound else "unbound_keyslot"
            protector = Protector(kind=held, id=name, kdf=_kdf(_object(slot, "kdf")))
            found.append(_Keyslot(name, _whole(slot, "key_size") * 8, protector, _text(area, "encryption")))
    areas.sort()
    if any(offset < start or offset + size > end for offset, size in areas) or any(
        sum(one) > other[0] for one, other in pairwise(areas)
    ):
        raise FormatError("LUKS2 keyslot areas that overlap, or lie outside theirs")
    return sorted(found, key=lambda slot: slot.id.zfill(4)), unknown, mode


def _kdf(kdf: dict[str, Any]) -> Kdf:
    name = _text(kdf, "type")
    if name == "pbkdf2":
        return Kdf(name=name, hash=_text(kdf, "hash"), iterations=_whole(kdf, "iterations"))
    if name in {"argon2", "argon2i", "argon2id"}:
        return Kdf(
            name=name, iterations=_whole(kdf, "time"), memory_kib=_whole(kdf, "memory"), lanes=_whole(kdf, "cpus")
        )
    return Kdf(name=name)


def _findings_of_segments(source: Source, segments: list[_Segment], header_bytes: int) -> list[str]:
    findings = []
    first, last = segments[0], segments[-1]
    if first.offset == 0:
        findings.append("detached_header")
    elif first.offset < 2 * header_bytes:
        raise FormatError("LUKS2 data inside its own header")
    elif first.offset >= source.size_bytes:
        findings.append("truncated")
    elif last.size < 2**63 and last.offset + last.size > source.size_bytes:
        findings.append("data_cut_short")
    kinds = {segment.kind for segment in segments if segment.size}
    codes = (("linear", "linear_segment"), ("hw-opal", "opal_only"))
    findings += [code for kind, code in codes if kind in kinds]
    if not all(segment.known for segment in segments):
        findings.append("unknown_segment")
    if any(segment.integrity for segment in segments):
        findings.append("integrity_protected")
    return findings


def _findings_of_keyslots(metadata: dict[str, Any], keyslots: list[_Keyslot], *, unknown: bool) -> list[str]:
    findings = ["unknown_protector"] if unknown else []
    usable = [slot for slot in keyslots if slot.protector.kind != "unbound_keyslot"]
    if not usable and not unknown:
        findings.append("no_active_keyslot")
    for slot in usable:
        if is_null_cipher(slot.area_cipher):
            findings.append("keyslot_null_cipher")
    for _, token in _objects(metadata, "tokens", optional=True):
        if token.get("type") == "systemd-tpm2" and token.get("tpm2-pin") is not True:
            findings.append("automatic_unlock")
    return findings


def _extents(source: Source, segments: list[_Segment]) -> tuple[Extent, ...]:
    """The picture of the range; none where the data lies elsewhere."""
    if segments[0].offset == 0:
        return ()
    coats = [(Content.METADATA, ((0, segments[0].offset),))]
    coats += [
        (_CONTENTS[segment.kind] if segment.known else Content.UNKNOWN, ((segment.offset, segment.size),))
        for segment in segments
    ]
    return lay_out(source.size_bytes, Content.UNKNOWN, coats)


def _sampled(source: Source, segments: list[_Segment]) -> list[str]:
    """What the data of the largest encrypted segment looks like. Integrity tags stand in plain between the sectors."""
    candidates = [
        segment
        for segment in segments
        if segment.cipher and not segment.integrity and segment.offset and parse_cipher(segment.cipher).mode != "ecb"
    ]
    if not candidates:
        return []
    largest = max(candidates, key=lambda segment: min(segment.size, source.size_bytes - segment.offset))
    return findings_of_sample(source, largest.offset, largest.size)


def _objects(parent: dict[str, Any], key: str, *, optional: bool = False) -> list[tuple[str, dict[str, Any]]]:
    """Name and object of each member of an object of objects."""
    members = _object(parent, key, optional=optional)
    if not all(isinstance(member, dict) for member in members.values()) or len(members) > 256:
        raise FormatError("LUKS2 metadata with a member of the wrong type")
    return list(members.items())


def _object(parent: dict[str, Any], key: str, *, optional: bool = False) -> dict[str, Any]:
    value = parent.get(key, {} if optional else None)
    if not isinstance(value, dict):
        raise FormatError("LUKS2 metadata with a member of the wrong type")
    return value


def _text(parent: dict[str, Any], key: str) -> str:
    value = parent.get(key)
    if not isinstance(value, str) or len(value) > 256 or not value.isascii() or not value.isprintable():
        raise FormatError("LUKS2 metadata with a text of the wrong type")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise FormatError("LUKS2 metadata with a list of the wrong type")
    return value


def _whole(parent: dict[str, Any], key: str) -> int:
    value = parent.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
        raise FormatError("LUKS2 metadata with a number out of range")
    return value


def _number(text: str) -> int:
    """A 64-bit number, which the format writes as a decimal string."""
    if not text.isdecimal() or len(text) > 20 or int(text) >= 2**63:
        raise FormatError("LUKS2 metadata with a number out of range")
    return int(text)
