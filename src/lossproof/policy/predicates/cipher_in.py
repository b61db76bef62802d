"""Cipher, mode and key length must be sound by the dated table: the current one, so that a cipher that falls changes the answer about
devices that were inspected before, or that of a year. Where a rule about encryption leaves it out, the current one counts."""

from __future__ import annotations

from lossproof.policy.predicates import LayerTest, Part
from lossproof.policy.predicates.dated import hazard_test, parse_set

NAME = "cipher_in"
PART = Part.ENCRYPTION
TEXTS: dict[str, str] = {}

_HAZARDS = frozenset({"weak_cipher", "weak_mode", "short_key"})


def parse(value: object) -> str:
    """`cipher-set:current` or `cipher-set:2026`."""
    return parse_set(value, "cipher-set")


def says(value: str) -> str:
    """Such as "use ciphers that are sound by the current table"."""
    return f"use ciphers that are sound by the {'current table' if value == 'current' else f'table of {value}'}"


def compile(value: str) -> LayerTest:  # noqa: A001
    """Weak where the table speaks against a cipher."""
    return hazard_test(value, _HAZARDS)
