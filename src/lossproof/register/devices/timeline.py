"""The time line of a device: stretches of custody and of standing, and marks for checks and counts, as numbers to be drawn.

Pure but for the asking of states: places run from 0 to 1000 over the time shown, at most the last year of it. A standing is asked at
each fact and at each moment at which the one before runs out, so that it is drawn as it was and never longer; where there are too
many to ask, the rest stays blank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from lossproof.model.estate import CustodyNow
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.standing import Verdict
from lossproof.policy.custody import Happened, fold
from lossproof.register.devices.queries import Happening

WIDTH = 1000
SPAN_SECONDS = 366 * 86_400
"""How much of the past is drawn."""
NOT_RECORDED = "not_recorded"
"""Where a device is before the first event that is known."""
MOST_POINTS = 60
MOST_ASKED = 120
"""How many facts, and how many verdicts in all, a drawing is made from."""


class Stretch(NamedTuple):
    """Something that lasted: `place` and `width` of 1000, the word of the vocabulary, and from when to when."""

    place: int
    width: int
    word: str
    since: int
    until: int


class Tick(NamedTuple):
    """Something that happened at one moment."""

    place: int
    word: str
    at: int


class Strip(NamedTuple):
    """What is drawn, from `since` to `until`."""

    since: int
    until: int
    standing: tuple[Stretch, ...]
    custody: tuple[Stretch, ...]
    ticks: tuple[Tick, ...]


Ask = Callable[[int], Verdict | None]


def strip(happened: Sequence[Happening], first: int, until: int, size: int, ask: Ask) -> Strip:
    """Draw the facts (any order) of a device that was first known at `first`; `ask` gives the verdict as of a time, None where the
    device was not registered then."""
    since = begins(first, until)
    scale = _Scale(since, until)
    events = sorted(
        (one for one in happened if one.withdrawn is None or one.withdrawn >= size), key=lambda one: one.leaf
    )
    moments = sorted({since, *(one.true_at for one in events if since < one.true_at < until)})
    return Strip(
        since,
        until,
        tuple(_stretches(scale, _standings(_thinned(moments), until, ask))),
        tuple(_stretches(scale, _custody(events, since))),
        tuple(
            Tick(scale.place(one.true_at), one.table, one.true_at)
            for one in events
            if one.table in {"evidence", "contents", "request"} and since <= one.true_at <= until
        ),
    )


def begins(first: int, until: int) -> int:
    """When a drawing begins of a device that was first known at `first`."""
    return min(max(first, until - SPAN_SECONDS), until - 1)


class _Scale(NamedTuple):
    since: int
    until: int

    def place(self, at: int) -> int:
        return max(0, min(WIDTH, (at - self.since) * WIDTH // (self.until - self.since)))


def _thinned(moments: list[int]) -> list[int]:
    """At most so many, the first and the last among them."""
    if len(moments) <= MOST_POINTS:
        return moments
    last = len(moments) - 1
    return sorted({moments[place * last // (MOST_POINTS - 1)] for place in range(MOST_POINTS)})


def _standings(moments: list[int], until: int, ask: Ask) -> Iterable[tuple[int, str]]:
    """(from when, standing), in order; an empty word for what is not known."""
    asked = 0
    waiting = list(reversed(moments))
    while waiting:
        at = waiting.pop()
        if asked >= MOST_ASKED:
            yield at, ""
            return
        asked += 1
        found = ask(at)
        yield at, "" if found is None else found.standing.value
        change = None if found is None else found.valid_until
        if change is not None and at < change < (waiting[-1] if waiting else until):
            waiting.append(change)


def _custody(events: Sequence[Happening], since: int) -> Iterable[tuple[int, str]]:
    now: CustodyNow | None = None
    begun = [(since, NOT_RECORDED)]
    for one in events:
        if one.table != "custody":
            continue
        now = fold((Happened(CustodyEvent(one.what), one.to, None, one.true_at, one.leaf),), now).now
        if now is None or now.leaf != one.leaf:
            # A sighting, or what could not happen: the device is where it was.
            continue
        at = max(since, one.true_at)
        # What is stated later of an earlier time holds from that time on, as `fold` has it.
        begun = [earlier for earlier in begun if earlier[0] < at]
        begun.append((at, now.state.value))
    return begun


def _stretches(scale: _Scale, begun: Iterable[tuple[int, str]]) -> Iterable[Stretch]:
    """Stretches from what began when; equal ones that follow each other are one."""
    kept: list[tuple[int, str]] = []
    for at, word in begun:
        if kept and kept[-1][0] == at:
            kept.pop()
        if not kept or kept[-1][1] != word:
            kept.append((at, word))
    ends = [at for at, _ in kept[1:]] + [scale.until]
    for (at, word), end in zip(kept, ends, strict=True):
        place = scale.place(at)
        if word:
            yield Stretch(place, max(2, scale.place(end) - place), word, at, end)
