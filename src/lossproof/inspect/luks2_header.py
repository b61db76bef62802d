"""The two headers of LUKS2: found, checked, and their JSON read. What the JSON says is `schemes/luks2.py`'s to judge.

Specification: LUKS2 On-Disk Format 1.1.3 (mbroz/cryptsetup, docs/on-disk-format-luks2.pdf), sections 2 "LUKS2 On-Disk
Format" and 2.1 "Binary Header". Left out: writing, and repairing one header from the other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lossproof.block.digest import sha256
from lossproof.block.fields import be16, be64
from lossproof.block.source import Source
from lossproof.errors import FormatError

FIRST_MAGIC, SECOND_MAGIC = b"LUKS\xba\xbe", b"SKUL\xba\xbe"
BINARY_BYTES = 4096
SIZES = tuple(16384 << power for power in range(9))
"""Every size a header may have, 16 KiB to 4 MiB: the second header begins where the first ends."""

VERIFIED_BYTES = 512 << 10
"""The largest header whose checksum is computed: two of them fit into what a verdict may read."""

_CHECKSUMS = frozenset({"sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512"})
_CHECKSUM_AT = 448


class Header(NamedTuple):
    """One header. `sound`: every check passed; None: too large for the checksum, the rest passed.

    `metadata` is the JSON object, empty where it is not sound; `sha256` the digest of the bytes that were read.
    """

    size_bytes: int
    sequence: int
    uuid: str | None
    sound: bool | None
    metadata: dict[str, Any]
    sha256: str


def read_header(source: Source, offset_bytes: int, magic: bytes) -> Header | None:
    """The header at `offset_bytes`, None where its magic is not there. Never raises for what the bytes say."""
    try:
        binary = source.read_at(offset_bytes, BINARY_BYTES)
    except FormatError:
        return None
    if len(binary) < 512 or binary[:6] != magic:
        return None
    size, sequence = be64(binary, 8), be64(binary, 16)
    uuid = binary[168:208].partition(b"\0")[0].decode("latin-1")
    plausible = be16(binary, 6) == 2 and size in SIZES and be64(binary, 256) == offset_bytes
    sound, area = _checked(source, offset_bytes, size, binary) if plausible else (False, binary)
    metadata: dict[str, Any] = {}
    if sound is not False:
        try:
            metadata = _metadata(area[BINARY_BYTES:])
        except FormatError:
            sound = False
    return Header(
        size_bytes=size if plausible else 0,
        sequence=sequence,
        uuid=uuid if sound is not False and uuid and uuid.isascii() and uuid.isprintable() else None,
        sound=sound,
        metadata=metadata,
        sha256=sha256(area).hexdigest(),
    )


def find_second(source: Source, first: Header | None) -> Header | None:
    """The second header: where a sound first one says, otherwise at the first of the nine places that has a sound one."""
    places = (first.size_bytes,) if first is not None and first.sound is not False else SIZES
    found = [header for place in places if (header := read_header(source, place, SECOND_MAGIC)) is not None]
    return next((header for header in found if header.sound is not False), found[0] if found else None)


def _checked(source: Source, offset: int, size: int, binary: bytes) -> tuple[bool | None, bytes]:
    """Whether the checksum holds (None: not computed), and the header's bytes as far as they were read."""
    try:
        area = source.read_at(offset, min(size, VERIFIED_BYTES))
    except FormatError:
        return False, binary
    if size > VERIFIED_BYTES:
        return None, area
    algorithm = binary[72:104].partition(b"\0")[0].decode("latin-1").replace("-", "_")
    if len(area) < size or algorithm not in _CHECKSUMS:
        return False, area
    covered = area[:_CHECKSUM_AT] + bytes(64) + area[_CHECKSUM_AT + 64 :]
    stored = area[_CHECKSUM_AT : _CHECKSUM_AT + 64]
    return stored == _checksum(algorithm, covered).ljust(64, b"\0"), area


def _checksum(algorithm: str, covered: bytes) -> bytes:
    if algorithm == "sha256":
        return sha256(covered).digest()
    import hashlib  # cryptsetup writes sha256, so that hardly anyone needs it

    return hashlib.new(algorithm, covered, usedforsecurity=False).digest()


def _metadata(area: bytes) -> dict[str, Any]:
    """The JSON object of a header: one object, no key twice, no numbers but whole ones."""
    import json  # a verdict on any other volume does not need it

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = dict(pairs)
        if len(keys) != len(pairs):
            raise ValueError("key stated twice")
        return keys

    def refuse(_: str) -> None:
        raise ValueError("not a whole number")

    text, _, _ = area.partition(b"\0")
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=once, parse_float=refuse, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise FormatError("LUKS2 metadata that is not JSON") from None
    if not isinstance(value, dict):
        raise FormatError("LUKS2 metadata that is not a JSON object")
    return value
