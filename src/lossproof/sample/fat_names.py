"""Names on a FAT volume: long ones, and the short one that each must have beside it.

Specification: Microsoft FAT32 File System Specification 1.03 (2000), sections 6.1 (short names), 7.1 (checksum) and 7.2
(long entries). Left out: lower case kept in an entry's flags, code pages beyond ASCII for short names.
"""

from __future__ import annotations

import struct

from lossproof.errors import UnsupportedError

_FORBIDDEN = frozenset('"*/:<>?\\|')
_SHORT_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789$%'-_@~`!(){}^#&")
_UNITS = 13  # UTF-16 code units in one long entry


def require_valid(name: str) -> None:
    """Raise `UnsupportedError` for a name that no FAT volume can hold."""
    try:
        units = len(name.encode("utf-16-le")) // 2
    except UnicodeEncodeError as error:
        raise UnsupportedError("a file name that is not Unicode, which FAT32 has no room for") from error
    if units > 255 or name.endswith((".", " ")) or any(letter in _FORBIDDEN or letter < " " for letter in name):
        raise UnsupportedError("a file name that FAT32 does not allow")


def short_name(name: str, taken: set[bytes], tails: dict[bytes, int]) -> tuple[bytes, bool]:
    """Eleven bytes that are not in `taken`, and whether a long name must stand before them.

    `tails` remembers the last number given to each beginning, so that a folder of many like names is not quadratic.
    """
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem:
        stem, extension = name, ""
    exact = stem.ljust(8)[:8].encode("ascii", "replace") + extension.ljust(3)[:3].encode("ascii", "replace")
    plain = len(stem) <= 8 and len(extension) <= 3 and set(stem + extension) <= _SHORT_LETTERS and "~" not in stem
    if plain and exact not in taken:
        return exact, False
    base, ending = _squeezed(stem) or "_", _squeezed(extension)[:3].ljust(3)
    key = f"{base[:6]}.{ending}".encode()
    while True:
        tails[key] = tails.get(key, 0) + 1
        tail = f"~{tails[key]}"
        short = (base[: 8 - len(tail)] + tail).ljust(8).encode() + ending.encode()
        if short not in taken:
            return short, True


def _squeezed(text: str) -> str:
    kept = text.upper().replace(" ", "").replace(".", "")
    return "".join(letter if letter in _SHORT_LETTERS else "_" for letter in kept)


def long_entries(name: str, short: bytes) -> bytes:
    """The entries that hold the long name, the last part first, tied to the short name by its checksum."""
    units = name.encode("utf-16-le")
    padded = units
    if len(units) % (2 * _UNITS):
        padded = (units + b"\0\0").ljust(-(-len(units) // (2 * _UNITS)) * 2 * _UNITS, b"\xff")
    count, checksum = len(padded) // (2 * _UNITS), _checksum(short)
    out = bytearray()
    for number in range(count, 0, -1):
        part = padded[(number - 1) * 2 * _UNITS : number * 2 * _UNITS]
        order = number | (0x40 if number == count else 0)
        out += struct.pack("<B10sBBB12sH4s", order, part[:10], 0x0F, 0, checksum, part[10:22], 0, part[22:])
    return bytes(out)


def _checksum(short: bytes) -> int:
    total = 0
    for byte in short:
        total = ((total & 1) << 7) + (total >> 1) + byte & 0xFF
    return total
