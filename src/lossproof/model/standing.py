"""What policy concludes of a device at a time, with its reasons: a value that is derived from facts and never typed in."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Standing(StrEnum):
    """What policy concludes of a device at a time. Missing proof is `unproven` and never rounds up."""

    PROTECTED = "protected"
    WEAK = "weak"
    UNPROTECTED = "unprotected"
    UNPROVEN = "unproven"
    CONTRADICTED = "contradicted"
    OUT_OF_SCOPE = "out_of_scope"


BAD_TO_GOOD = (
    Standing.UNPROTECTED,
    Standing.CONTRADICTED,
    Standing.UNPROVEN,
    Standing.WEAK,
    Standing.PROTECTED,
    Standing.OUT_OF_SCOPE,
)
"""Every standing, the worst first: of several rules the worst decides, and more doubt never moves to the right."""


class Finding(NamedTuple):
    """One reason: its code, the id of the rule that says it, and one plain sentence."""

    code: str
    rule: str
    text: str


class Verdict(NamedTuple):
    """What the rules say of one device.

    `compliant` is true where every rule that applies is kept, those about contents and custody too. `relied_on` are the leaves of
    the facts that decided, in rising order. `valid_until` is the first moment (UTC, epoch seconds) at which the answer could change
    with no new fact, or None where there is none. `stops` are the acts that the broken rules forbid, such as `handover`.
    """

    standing: Standing
    compliant: bool
    reasons: tuple[Finding, ...]
    relied_on: tuple[int, ...]
    valid_until: int | None
    stops: frozenset[str]
