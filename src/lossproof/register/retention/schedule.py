"""The schedule of retention: for each kind of thing that can be erased, after how many days, under which rule, on what ground.

TOML with one `[[line]]` a kind; the vocabulary is closed, and every kind has its line, so that nothing is forgotten or kept by
oversight. `schedule.toml` beside this file is the shipped one; a controller edits a copy. A ground that nobody has checked
against its source is `recalled = true`, and shown as such.
"""

from __future__ import annotations

import datetime
import hashlib
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lossproof.errors import FormatError, InputError
from lossproof.ledger.erasable import check_rule

SHIPPED = Path(__file__).with_name("schedule.toml")

_MOST_DAYS = 36_500
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`what` may go `after_days` days, under the code `rule`; `source` says why, and `recalled` that nobody has checked that."""

    what: str
    after_days: int
    rule: str
    source: str
    recalled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The lines in the order of their kinds' names; `dated` is the day of this version, `digest` the SHA-256 of its text."""

    dated: datetime.date
    digest: str
    lines: tuple[Line, ...]


def parse_schedule(text: bytes, kinds: Collection[str]) -> Schedule:
    """Read a schedule that speaks of exactly these kinds. Raises `FormatError` that names the line."""
    if len(text) > _MOST_BYTES:
        raise FormatError("the schedule is too long")
    try:
        read = tomllib.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        raise FormatError("the schedule is not TOML") from None
    if set(read) != {"dated", "line"} or type(read["dated"]) is not datetime.date or not isinstance(read["line"], list):
        raise FormatError("the schedule has `dated`, a day, and lines under [[line]]; and nothing else")
    lines = [_line(entry, number) for number, entry in enumerate(read["line"], 1)]
    named = [line.what for line in lines]
    _require_each_once(named, kinds)
    return Schedule(
        dated=read["dated"],
        digest=hashlib.sha256(text).hexdigest(),
        lines=tuple(sorted(lines, key=lambda line: line.what)),
    )


def read_schedule(path: Path, kinds: Collection[str]) -> Schedule:
    """`parse_schedule` of a file. Raises `InputError` where it cannot be read."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError):
        raise InputError(f"{path} cannot be read") from None
    return parse_schedule(text, kinds)


def _line(entry: Any, number: int) -> Line:
    wanted = {"what": str, "after_days": int, "rule": str, "source": str, "recalled": bool}
    if not isinstance(entry, dict) or set(entry) != set(wanted):
        raise FormatError(f"line {number} of the schedule: it has {', '.join(wanted)}, and nothing else")
    for name, sort in wanted.items():
        if type(entry[name]) is not sort:
            raise FormatError(f"line {number} of the schedule: `{name}` is of the wrong sort")
    if not 0 <= entry["after_days"] <= _MOST_DAYS:
        raise FormatError(f"line {number} of the schedule: `after_days` is from 0 to {_MOST_DAYS:,}")
    if not entry["source"].strip():
        raise FormatError(f"line {number} of the schedule: `source` says on what ground")
    try:
        check_rule(entry["rule"])
    except InputError:
        raise FormatError(f"line {number} of the schedule: `rule` is a code, such as `retention_ended`") from None
    return Line(**entry)


def _require_each_once(named: list[str], kinds: Collection[str]) -> None:
    for number, what in enumerate(named, 1):
        if what not in kinds:
            raise FormatError(f"line {number} of the schedule: there is no such kind", hint=f"one of {_listed(kinds)}")
    if missing := set(kinds) - set(named):
        raise FormatError(f"the schedule has no line for {_listed(missing)}")
    if len(named) != len(set(named)):
        raise FormatError("the schedule has two lines for one kind")


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
