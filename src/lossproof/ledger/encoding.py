"""Base64 and decimal numbers as the text formats of C2SP write them: one way to write each value, and no other is read.

Specification: RFC 4648 section 4 (base64, with padding) and the conventions of C2SP signed-note, tlog-checkpoint and
tlog-proof. Left out: line breaks, the URL alphabet, missing padding, stray bits in the last character.
"""

from __future__ import annotations

import binascii

from lossproof.errors import FormatError

# POSIX times and tree sizes alike: what a signed 64-bit number can hold, so that every store and language can read it.
MAX_NUMBER = (1 << 63) - 1


def encode_base64(raw: bytes) -> str:
    """Standard base64 with padding, on one line."""
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def decode_base64(text: str, what: str, *, size_bytes: int | None = None) -> bytes:
    """The bytes that `text` is the base64 of. `what` names the part in the error.

    Raises `FormatError` for anything that `encode_base64` would not write, and for another length than `size_bytes`.
    """
    try:
        raw = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise FormatError(f"{what} is not base64") from None
    if encode_base64(raw) != text:
        raise FormatError(f"{what} is not canonical base64")
    if size_bytes is not None and len(raw) != size_bytes:
        raise FormatError(f"{what} is {len(raw)} bytes long, not {size_bytes}")
    return raw


def decode_decimal(text: str, what: str) -> int:
    """The number from 0 to 2^63 - 1 that `text` writes in ASCII digits without leading zeros. Raises `FormatError`."""
    if not (text.isascii() and text.isdigit()) or (text[0] == "0" and text != "0"):
        raise FormatError(f"{what} is not a decimal number without leading zeros")
    # 2^63 - 1 has 19 digits; the length is looked at first, so that a long line costs nothing.
    if len(text) > 19 or int(text) > MAX_NUMBER:
        raise FormatError(f"{what} is larger than 2^63 - 1")
    return int(text)
