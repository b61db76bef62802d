"""What a field of a fact may hold. A fact goes into a log that cannot forget, so no field can hold a name or free text.

Each shape is a type with a rule beside it. `Shaped` checks every field when a value is made, in code or from JSON, and raises
`ValueError` without the refused value. Digests and random ids are hexadecimal, codes come from `vocabulary`, numbers are too
small, or too round, for those that identify people, and sizes are whole sectors. Left out: what the values mean; a signer who
hides something on purpose in digits that should be random.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

SECTOR_BYTES = 512
COARSE = 10_000
"""What a count of eight digits is rounded to, so that it cannot be a date: neither 19800312 nor 12031980 ends in 0000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A string that matches `pattern` as a whole; `moment` ones are also a real date and time from 2020 on.

    `words` are all that the pattern matches, where that is a closed list.
    """

    pattern: str
    moment: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """An integer from `low` to `high`, a whole multiple of `step`; above `exact` (if not None) also of `COARSE`."""

    low: int
    high: int
    step: int = 1
    exact: int | None = None


RandomId = Annotated[str, Text(pattern=r"[0-9a-f]{32}")]
"""128 random bits in hexadecimal: a subject, person, organisation or scan."""
Digest = Annotated[str, Text(pattern=r"[0-9a-f]{64}")]
"""A SHA-256 digest in hexadecimal."""
PublicKey = Annotated[str, Text(pattern=r"[0-9a-f]{64}")]
"""A raw Ed25519 public key (RFC 8032) in hexadecimal."""
Recipient = Annotated[str, Text(pattern=r"age1[02-9ac-hj-np-z]{58}")]
"""An age X25519 recipient (C2SP age, bech32); whoever takes it in also checks its checksum."""
Origin = Annotated[str, Text(pattern=r"lossproof/[0-9a-f]{32}")]
"""The origin of a log: random, so that it names nobody (C2SP tlog-checkpoint)."""
Tool = Annotated[str, Text(pattern=r"lossproof \d\.\d{1,3}\.\d{1,3}")]
"""What made it, and its version. One digit first: 12.03.80 is a date too."""
DAY = r"20[2-9]\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
"""A day from 2020 on, as RFC 3339 spells it."""
TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d"
"""A time of day to the second, without leap seconds."""
Moment = Annotated[str, Text(pattern=f"{DAY}T{TIME}Z", moment=True)]
"""RFC 3339 in UTC to the second, from 2020 on: no birth date of a grown person fits."""
Count = Annotated[int, Number(low=0, high=99_990_000, exact=9_999_999)]
"""How many, as `rounded_count` gives it: too few digits for an NHS or passport number, and no date. The highest stands for more."""
Bytes = Annotated[int, Number(low=0, high=1 << 50, step=SECTOR_BYTES)]
"""A size or offset, as `whole_sectors` gives it: too small for a payment card's 16 digits. The highest stands for more."""
LeafIndex = Annotated[int, Number(low=0, high=999_999_999)]
"""A leaf of the log, from 0, or how many there are: whoever takes it in also sees whether the log is so long."""


def rounded_count(value: int, *, up: bool = False) -> int:
    """`value`, which is at least 0, as a `Count`: from ten million on in whole ten thousands, rounded down, or `up`."""
    if value <= 9_999_999:
        return value
    return min(-(-value // COARSE) * COARSE if up else value // COARSE * COARSE, 99_990_000)


def whole_sectors(value: int) -> int:
    """`value`, a size or offset in bytes from 0 on, as `Bytes`: rounded down to whole sectors."""
    return min(value // SECTOR_BYTES * SECTOR_BYTES, 1 << 50)


class Shaped:
    """A frozen value whose fields are checked when it is made. Raises `ValueError` that names the field, never the value."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Check every field."""
        for name, check in _checks(type(self)):
            if not check(getattr(self, name)):
                raise ValueError(f"{name}: not what this field may hold")


Check = Callable[[Any], bool]


_KNOWN: dict[Any, tuple[tuple[str, Check], ...]] = {}


def _checks(kind: Any) -> tuple[tuple[str, Check], ...]:
    if kind not in _KNOWN:
        hints = get_type_hints(kind, include_extras=True)
        _KNOWN[kind] = tuple((one.name, check_of(hints[one.name])) for one in fields(kind))
    return _KNOWN[kind]


def check_of(hint: Any) -> Check:
    """The check of one type with its rule. Raises `TypeError` for a type that has none: every field needs a rule."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _ruled(arguments[1])
    if origin in {Union, UnionType}:
        checks = [check_of(argument) for argument in arguments if argument is not NoneType]
        optional = NoneType in arguments
        if len(checks) == 1:
            # By far the most: every entry of a log has two of them.
            only = checks[0]
            return lambda value: optional if value is None else only(value)
        return lambda value: optional if value is None else any(check(value) for check in checks)
    if origin is tuple:
        inner = check_of(arguments[0])
        return lambda value: type(value) is tuple and all(map(inner, value))
    if origin is dict:
        key, item = check_of(arguments[0]), check_of(arguments[1])
        return lambda value: isinstance(value, Mapping) and all(map(key, value)) and all(map(item, value.values()))
    if hint is bool:
        return lambda value: value is True or value is False
    if isinstance(hint, type) and (issubclass(hint, Enum) or (is_dataclass(hint) and issubclass(hint, Shaped))):
        return lambda value: isinstance(value, hint)
    raise TypeError(f"a fact cannot have a field of type {hint}")


def _ruled(rule: Text | Number) -> Check:
    if isinstance(rule, Number):
        low, high, step = rule.low, rule.high, rule.step
        exact = high if rule.exact is None else rule.exact
        return lambda value: (
            type(value) is int
            and low <= value <= high
            and value % step == 0
            and (value <= exact or value % COARSE == 0)
        )
    matches = re.compile(rule.pattern, re.ASCII).fullmatch
    if rule.moment:
        return lambda value: type(value) is str and matches(value) is not None and _is_moment(value)
    return lambda value: type(value) is str and matches(value) is not None


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def code(words: str | frozenset[str]) -> Text:
    """The shape of a code: one of the words, and nothing else."""
    every = sorted(words.split() if isinstance(words, str) else words, key=lambda word: (-len(word), word))
    return Text(pattern="|".join(re.escape(word) for word in every), words=tuple(sorted(every)))
