"""The dated table as a rule names it: today's, or that of a year. Not a predicate: `cipher_in` and `kdf_in` ask it."""

from __future__ import annotations

import re

from lossproof.model.standing import Standing
from lossproof.model.volume import Layer
from lossproof.policy.predicates import SOUND, LayerTest, Word
from lossproof.policy.protection import grade, overall

_YEAR = re.compile(r"20[0-9]{2}", re.ASCII)


def parse_set(value: object, prefix: str) -> str:
    """`current`, or the year, of a set that is named with `prefix`."""
    name = value.removeprefix(f"{prefix}:") if isinstance(value, str) and value.startswith(f"{prefix}:") else ""
    if name != "current" and not _YEAR.fullmatch(name):
        raise ValueError(f'give "{prefix}:current", or a year such as "{prefix}:2026"')
    return name


def hazard_test(name: str, hazards: frozenset[str]) -> LayerTest:
    """Weak where the table has one of `hazards` against a layer. Rows that begin after the end of a named year do not count."""
    end = "9999" if name == "current" else f"{name}-12-31T23:59:59Z"

    def test(layers: tuple[Layer, ...], at: str) -> Word:
        reasons = overall(tuple(grade(one, at=min(at, end)) for one in layers))[2]
        codes = tuple(one.code for one in reasons if one.code in hazards)
        return Word(Standing.WEAK, codes) if codes else SOUND

    return test
