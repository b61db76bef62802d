"""A standing's verdict as one exact text, so that what is stored can be compared with what is derived again, byte by byte.

Specification: RFC 8785 (JSON canonicalisation): ASCII keys in order, no spaces, whole numbers.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from lossproof.errors import FormatError
from lossproof.model.standing import Finding, Standing, Verdict


class _Read(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    standing: Standing
    compliant: bool
    reasons: tuple[tuple[str, str, str], ...]
    relied_on: tuple[int, ...]
    valid_until: int | None
    stops: tuple[str, ...]


_DECODER = msgspec.json.Decoder(_Read)


def verdict_text(verdict: Verdict) -> bytes:
    """The one text of a verdict: each reason is a list of code, rule and sentence."""
    value: dict[str, Any] = {
        "compliant": verdict.compliant,
        "reasons": [list(reason) for reason in verdict.reasons],
        "relied_on": list(verdict.relied_on),
        "standing": str(verdict.standing),
        "stops": sorted(verdict.stops),
        "valid_until": verdict.valid_until,
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8")


def verdict_of(text: bytes) -> Verdict:
    """The verdict of such a text. Raises `FormatError` where it is none."""
    try:
        read = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError("verdict: not the text of one") from error
    reasons = tuple(Finding(*reason) for reason in read.reasons)
    return Verdict(read.standing, read.compliant, reasons, read.relied_on, read.valid_until, frozenset(read.stops))
