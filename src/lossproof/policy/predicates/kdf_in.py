"""A passphrase must be guarded well enough by the dated table: the current one, or that of a year. Where a rule about encryption leaves
it out, the current one counts."""

from __future__ import annotations

from lossproof.policy.predicates import LayerTest, Part
from lossproof.policy.predicates.dated import hazard_test, parse_set

NAME = "kdf_in"
PART = Part.ENCRYPTION
TEXTS: dict[str, str] = {}

_HAZARDS = frozenset({"weak_kdf", "weak_kdf_hash"})


def parse(value: object) -> str:
    """`kdf-set:current` or `kdf-set:2026`."""
    return parse_set(value, "kdf-set")


def says(value: str) -> str:
    """Such as "guard passphrases well enough by the current table"."""
    return f"guard passphrases well enough by the {'current table' if value == 'current' else f'table of {value}'}"


def compile(value: str) -> LayerTest:  # noqa: A001
    """Weak where the table speaks against the cost or the hash of a key derivation function."""
    return hazard_test(value, _HAZARDS)
