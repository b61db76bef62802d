"""Which counts of the people on a device are to be believed. Not a predicate: those of contents and `holds` ask it.

The newest count of a good enough grade is trusted; every newer one, of whatever grade, is heard beside it where it says worse. A
newer count that was withdrawn leaves doubt.
"""

from __future__ import annotations

from typing import NamedTuple

from lossproof.model.estate import Contents, CustodyState, DeviceState, Evidence
from lossproof.model.fact import Grade
from lossproof.policy.protection import CONTAINER_SCHEMES, PLAIN_SCHEMES

RANK = {grade: rank for rank, grade in enumerate(Grade)}
"""Grades as numbers, in rising order."""


_OPEN = PLAIN_SCHEMES | CONTAINER_SCHEMES | {"blank"}
"""The schemes that a count reaches the inside of."""


class Counted(NamedTuple):
    """`trusted` is None where no count is good enough. `heard` are it and all that is newer, the newest first, without
    those withdrawn."""

    trusted: Contents | None
    heard: tuple[Contents, ...]
    withdrawn: bool


_NOTHING = Counted(None, (), False)


def counted(state: DeviceState, level: Grade) -> Counted:
    """What to believe of the contents of a device, where a count of at least `level` is good enough."""
    contents = state.contents
    if not contents:
        return _NOTHING
    least = RANK[level]
    if len(contents) == 1:
        (only,) = contents
        if not only.void:
            return Counted(only if RANK[only.grade] >= least else None, contents, False)
    good = [one for one in contents if not one.void and RANK[one.grade] >= least]
    trusted = max(good, key=_when, default=None)
    since = (-1, -1) if trusted is None else _when(trusted)
    newest_first = sorted(contents, key=_when, reverse=True)
    heard = tuple(one for one in newest_first if not one.void and _when(one) >= since)
    return Counted(trusted, heard, any(one.void and _when(one) > since for one in contents))


def settled(state: DeviceState, level: Grade) -> Contents | None:
    """The count that shows to the end what is on the device, and has been so since it was last handed out; None where none does, or
    where somebody saw since that there is a part which is not read without its secret."""
    found = counted(state, level)
    trusted, custody = found.trusted, state.custody
    if trusted is None or found.withdrawn or not all(one.complete for one in found.heard):
        return None
    handed_out = custody is not None and custody.state is CustodyState.HELD and custody.since >= trusted.true_at
    return None if handed_out or any(_closed(one, trusted) for one in state.evidence) else trusted


def possible(one: Contents) -> bool:
    """Whether the count allows that somebody is on the device."""
    return one.high > 0 or one.named_only > 0


def _closed(one: Evidence, count: Contents) -> bool:
    """Whether the inspection is not older than the count, and saw what a count from outside does not reach."""
    return one.true_at >= count.true_at and any(layer.scheme not in _OPEN for layer in one.layers)


def _when(one: Contents) -> tuple[int, int]:
    return one.true_at, one.leaf
