"""Fixed-width fields of on-disk structures: integers and identifiers at an offset of some bytes.

Each raises `FormatError` where the bytes end before the field does, so that a parser of a truncated structure cannot
read a short field as a small number. Kept apart from `struct`: two modules fewer at start-up, and offsets stay as
specifications print them. GUIDs: RFC 9562; the mixed-endian text form is that of UEFI 2.10, appendix A.
"""

from __future__ import annotations

from lossproof.errors import FormatError


def _field(data: bytes, at: int, size: int) -> bytes:
    part = data[at : at + size]
    if len(part) != size or at < 0:
        raise FormatError(f"a structure ends before its field at byte {at}")
    return part


def le16(data: bytes, at: int) -> int:
    """Little-endian unsigned 16-bit integer at byte `at`."""
    return int.from_bytes(_field(data, at, 2), "little")


def le32(data: bytes, at: int) -> int:
    """Little-endian unsigned 32-bit integer at byte `at`."""
    return int.from_bytes(_field(data, at, 4), "little")


def le64(data: bytes, at: int) -> int:
    """Little-endian unsigned 64-bit integer at byte `at`."""
    return int.from_bytes(_field(data, at, 8), "little")


def be16(data: bytes, at: int) -> int:
    """Big-endian unsigned 16-bit integer at byte `at`."""
    return int.from_bytes(_field(data, at, 2), "big")


def be32(data: bytes, at: int) -> int:
    """Big-endian unsigned 32-bit integer at byte `at`."""
    return int.from_bytes(_field(data, at, 4), "big")


def be64(data: bytes, at: int) -> int:
    """Big-endian unsigned 64-bit integer at byte `at`."""
    return int.from_bytes(_field(data, at, 8), "big")


def uuid_text(data: bytes, at: int) -> str | None:
    """The 16 bytes at `at` as a UUID in text, in the order they stand; None where they are all zero."""
    raw = _field(data, at, 16)
    if not any(raw):
        return None
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def guid_text(data: bytes, at: int) -> str | None:
    """The 16 bytes at `at` as a GUID in text (its first three groups little-endian); None where they are all zero."""
    raw = _field(data, at, 16)
    return uuid_text(raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:], 0)
