"""Finds every validated identifier in a text.

`find` returns all meanings of the same characters (an NHS number may also be a taxpayer reference): the caller decides by
column and context. Text is read in blocks with a margin on either side, so memory does not grow with its length.
"""

from __future__ import annotations

import gc
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, cast

import numpy as np

from lossproof.discover import identifiers as folder
from lossproof.discover.runs import BoolArray, IntArray, Runs, Spans, digit_runs
from lossproof.errors import FormatError

# A character without which there is no identifier: a digit, also full width, or an `@`.
_ANY = re.compile("[0-9@\uff10-\uff19\uff20]")
_BLOCK_SIZE = 1 << 20
# Longer than any identifier with the guards on both sides of it.
_MARGIN = 512


class Hit(NamedTuple):
    """An identifier in a text: its kind, where it stands (characters, end exclusive), and its canonical value."""

    kind: str
    start: int
    end: int
    value: str


class Identifier(Protocol):
    """What a file in `discover/identifiers` defines.

    `STRONG`: one issued value is one person. `ALONE`: a validated value is certain without a word of `CONTEXT` within 300
    characters or a heading of `HEADERS` above it. A file may also define `YIELDS_TO`, kinds within whose longer spans a hit
    is none, `values(runs, starts, ends)`, canonical values of candidates that are wholly checked, and `alone(value, written)`.
    """

    NAME: str
    SOURCE: str
    CATEGORY: str | None
    STRONG: bool
    ALONE: bool
    CONTEXT: tuple[str, ...]
    HEADERS: tuple[str, ...]
    PATTERN: re.Pattern[str]

    def candidates(self, runs: Runs) -> Spans:
        """Spans that may be this identifier, in order of their starts."""

    def validate(self, text: str) -> str:
        """The canonical value, or `FormatError`."""


@cache
def identifiers() -> Mapping[str, Identifier]:
    """Every identifier by its name, found by folder."""
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    found = [cast(Identifier, import_module(f"{folder.__name__}.{name}")) for name in names]
    return MappingProxyType({identifier.NAME: identifier for identifier in found})


def alone(kind: str, value: str, written: str) -> bool:
    """Whether a value is certain without a word beside it or a heading above it: by its canonical form and by how it was written."""
    identifier = identifiers()[kind]
    decide = getattr(identifier, "alone", None)
    return bool(decide(value, written)) if decide is not None else identifier.ALONE


@cache
def _takes_today(kind: str) -> bool:
    return "today" in inspect.signature(identifiers()[kind].validate).parameters


def validate(kind: str, text: str, today: date | None = None) -> str:
    """The canonical value of one identifier, such as a table's cell. Raises `FormatError`."""
    identifier = identifiers()[kind]
    return cast(Any, identifier).validate(text, today=today) if _takes_today(kind) else identifier.validate(text)


class _Found(NamedTuple):
    """Hits of one kind, none inside another: starts and ends increase."""

    starts: IntArray
    ends: IntArray
    values: list[str]


def find(text: str, today: date | None = None) -> list[Hit]:
    """Every hit of every identifier, in order of start and then longest first.

    Within one kind a hit inside another is dropped. `today` closes the range of dates of birth and says which century a
    two-digit year is of; it is the current day unless given.
    """
    if not _ANY.search(text):
        return []
    day = today or date.today()
    hits: list[Hit] = []
    for low in range(0, len(text), _BLOCK_SIZE):
        start, high = max(0, low - _MARGIN), min(low + _BLOCK_SIZE, len(text))
        hits += _find_block(text[start : high + _MARGIN], day, low - start, high - start, start)
    return hits


def _find_block(text: str, today: date, low: int, high: int, offset: int) -> list[Hit]:
    """Hits that start from `low` to `high` (exclusive), moved by `offset`."""
    runs = digit_runs(text, today)
    found = {kind: _validated(runs, identifier) for kind, identifier in identifiers().items()}
    parts = []
    for kind, hits in found.items():
        keep = (hits.starts >= low) & (hits.starts < high)
        for other in getattr(identifiers()[kind], "YIELDS_TO", ()) if len(hits.starts) else ():
            keep &= ~_inside(hits, found[other])
        chosen = np.flatnonzero(keep)
        if len(chosen):
            parts.append((kind, hits, chosen))
    return _merged(parts, offset)


def _validated(runs: Runs, identifier: Identifier) -> _Found:
    """The identifier's hits, without those inside another one."""
    starts, ends = identifier.candidates(runs)
    if not len(starts):
        return _Found(starts, ends, [])
    in_bulk = getattr(identifier, "values", None)
    if in_bulk is not None:
        values = in_bulk(runs, starts, ends)
    else:
        starts, ends, values = _one_by_one(runs.text, identifier.NAME, starts, ends, runs.today)
    if np.all(starts[1:] >= ends[:-1]):
        return _Found(starts, ends, values)
    order = np.lexsort((-ends, starts))
    furthest = np.maximum.accumulate(ends[order])
    order = order[np.concatenate((np.ones(1, dtype=np.bool_), ends[order][1:] > furthest[:-1]))]
    return _Found(starts[order], ends[order], [values[at] for at in order.tolist()])


def _one_by_one(
    text: str, kind: str, starts: IntArray, ends: IntArray, today: date
) -> tuple[IntArray, IntArray, list[str]]:
    """Candidates that validate, each spelling once."""
    known: dict[str, str | None] = {}
    values: list[str] = []
    valid = np.zeros(len(starts), dtype=np.bool_)
    for at, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        written = text[start:end]
        if written not in known:
            try:
                known[written] = validate(kind, written, today)
            except FormatError:
                known[written] = None
        value = known[written]
        if value is not None:
            values.append(value)
            valid[at] = True
    return starts[valid], ends[valid], values


def _inside(hits: _Found, others: _Found) -> BoolArray:
    """Whether each hit lies within a longer one of the others."""
    if not len(others.starts):
        return np.zeros(len(hits.starts), dtype=np.bool_)
    at = np.searchsorted(others.starts, hits.starts, side="right") - 1
    longer = others.ends[at] - others.starts[at] > hits.ends - hits.starts
    return (at >= 0) & (others.ends[at] >= hits.ends) & longer


def _merged(parts: list[tuple[str, _Found, IntArray]], offset: int) -> list[Hit]:
    """The chosen hits of all kinds in one order."""
    if not parts:
        return []
    starts = np.concatenate([hits.starts[chosen] for _, hits, chosen in parts])
    ends = np.concatenate([hits.ends[chosen] for _, hits, chosen in parts])
    names = np.array([kind for kind, _, _ in parts], dtype=object)
    values = np.empty(len(starts), dtype=object)
    values[:] = [hits.values[at] for _, hits, chosen in parts for at in chosen.tolist()]
    order = np.lexsort((-ends, starts))
    kinds = np.repeat(names, [len(chosen) for _, _, chosen in parts])[order]
    with _collector_paused():
        moved = (starts[order] + offset).tolist(), (ends[order] + offset).tolist()
        return list(map(Hit, kinds.tolist(), *moved, values[order].tolist()))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Hits refer to nothing that refers back; left on, the collector walks all of them again and again while they are made."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
