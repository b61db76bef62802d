"""LUKS1. Specification: LUKS On-Disk Format 1.2.3 (mbroz/cryptsetup, docs/on-disk-format.pdf), "Phdr" and "Key Slot".

The header has no checksum, so what can be tested for sense is: the shapes with which a hostile header misleads a reader are
refused. Left out: unlocking; the log of the old offline re-encryption, which stands in another file.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from lossproof.block.digest import sha256
from lossproof.block.fields import be16, be32
from lossproof.block.source import Source
from lossproof.errors import FormatError
from lossproof.inspect.ranges import findings_of_sample, lay_out
from lossproof.model.volume import Content, Kdf, Layer, Protector
from lossproof.policy.crypto import parse_cipher

NAME = "luks1"
SPEC = "LUKS On-Disk Format 1.2.3"

MAGIC = b"LUKS\xba\xbe"
UNUSABLE_MAGIC = b"LUKS\xde\xad"
"""What the old offline re-encryption writes for as long as it runs."""

HEADER_BYTES = 592
SECTOR_BYTES = 512
STRIPES = 4000
MAXIMUM_KEY_BYTES = 512
_ENABLED, _DISABLED = 0x00AC71F3, 0x0000DEAD


class _Keyslot(NamedTuple):
    active: int
    iterations: int
    material_sector: int
    stripes: int


def detect(source: Source) -> bool:
    """Whether the range begins with a LUKS header of version 1, marked unusable or not."""
    head = source.read_at(0, SECTOR_BYTES)
    return head[:6] in {MAGIC, UNUSABLE_MAGIC} and len(head) >= 8 and be16(head, 6) == 1


def read(source: Source) -> Layer:
    """The LUKS1 layer of the range. Raises `FormatError` where `detect` would say no, or the header is cut short."""
    header = source.read_at(0, HEADER_BYTES)
    if len(header) < HEADER_BYTES or not detect(source):
        raise FormatError("not a LUKS1 header, or one cut short")
    name, mode, hash_spec, uuid = (_text(header, at, size) for at, size in ((8, 32), (40, 32), (72, 32), (168, 40)))
    payload_bytes, key_bytes = be32(header, 104) * SECTOR_BYTES, be32(header, 108)
    slots = [
        _Keyslot(be32(header, at), be32(header, at + 4), be32(header, at + 40), be32(header, at + 44))
        for at in range(208, HEADER_BYTES, 48)
    ]
    findings = [] if header[:6] == MAGIC else ["reencryption_interrupted"]
    if not (name and mode and hash_spec):
        findings.append("header_damaged")
    if not _is_consistent(slots, payload_bytes, key_bytes):
        findings.append("header_inconsistent")
    active = [(number, slot) for number, slot in enumerate(slots) if slot.active == _ENABLED]
    protectors = tuple(
        Protector(kind="keyslot", id=str(number), kdf=Kdf(name="pbkdf2", hash=hash_spec, iterations=slot.iterations))
        for number, slot in active
    )
    if not protectors:
        findings.append("no_active_keyslot")
    cipher = f"{name}-{mode}" if name and mode else None
    if "header_inconsistent" not in findings:
        findings += _findings_of_payload(source, payload_bytes, cipher)
    return Layer(
        scheme=NAME,
        offset_bytes=0,
        size_bytes=source.size_bytes,
        version="1",
        uuid=uuid or None,
        cipher=cipher,
        key_bits=key_bytes * 8 if 0 < key_bytes <= MAXIMUM_KEY_BYTES else None,
        kdf=min((one.kdf for one in protectors if one.kdf), key=lambda kdf: kdf.iterations or 0, default=None)
        or Kdf(name="pbkdf2", hash=hash_spec or None),
        protectors=protectors,
        state="encrypted" if header[:6] == MAGIC else "reencrypting",
        findings=tuple(findings),
        extents=lay_out(source.size_bytes, Content.CIPHERTEXT, ((Content.METADATA, ((0, payload_bytes),)),))
        if payload_bytes
        else (),
        header_sha256=sha256(header).hexdigest(),
    )


def _text(header: bytes, at: int, size: int) -> str:
    """A NUL-padded field of printable ASCII; "" where it is anything else."""
    field, _, padding = header[at : at + size].partition(b"\0")
    return field.decode("ascii") if all(32 < byte < 127 for byte in field) and not padding.strip(b"\0") else ""


def _is_consistent(slots: list[_Keyslot], payload_bytes: int, key_bytes: int) -> bool:
    """Whether the numbers fit each other: the five hostile shapes that cryptsetup refuses do not.

    Those are overlapping keyslots, a number of stripes that is not 4,000, key material past the payload's start or over the
    header, and a payload inside the header. Where the header is detached (payload 0), only the device's end bounds them.
    """
    if not 0 < key_bytes <= MAXIMUM_KEY_BYTES or (payload_bytes and payload_bytes < HEADER_BYTES):
        return False
    material_bytes = (key_bytes * STRIPES + SECTOR_BYTES - 1) // SECTOR_BYTES * SECTOR_BYTES
    for slot in slots:
        start = slot.material_sector * SECTOR_BYTES
        if (
            slot.active not in {_ENABLED, _DISABLED}
            or slot.stripes != STRIPES
            or start < HEADER_BYTES
            or (payload_bytes and start + material_bytes > payload_bytes)
            or (slot.active == _ENABLED and not slot.iterations)
        ):
            return False
    places = sorted(slot.material_sector * SECTOR_BYTES for slot in slots)
    return all(one + material_bytes <= other for one, other in pairwise(places))


def _findings_of_payload(source: Source, payload_bytes: int, cipher: str | None) -> list[str]:
    if not payload_bytes:
        return ["detached_header"]
    if payload_bytes >= source.size_bytes:
        return ["truncated"]
    if cipher is None or parse_cipher(cipher).mode == "ecb":
        return []
    return findings_of_sample(source, payload_bytes, source.size_bytes - payload_bytes)
