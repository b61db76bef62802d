"""What would change if other rules held: the estate decided by both, one device at a time. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lossproof.model.estate import DeviceState
from lossproof.model.standing import BAD_TO_GOOD, Standing, Verdict
from lossproof.policy.decide import decide, is_gone
from lossproof.policy.judging import KEPT, OUT_OF_SCOPE, Judge
from lossproof.policy.rules import Compiled, places

MOST_SHOWN = 200


class Change(NamedTuple):
    """A device about which the rules would say something else."""

    device: str
    before: Verdict
    after: Verdict


class Preview(NamedTuple):
    """How many devices there are, and how many of them change in standing, in keeping all rules, or in what is stopped. `moved` counts
    every device by the standings before and after; `newly_broken` and `newly_kept` those that stop or begin to keep every rule;
    `shown` are the first that change."""

    devices: int
    changed: int
    newly_broken: int
    newly_kept: int
    moved: dict[tuple[Standing, Standing], int]
    shown: tuple[Change, ...]


def changes(
    before: Compiled, after: Compiled, states: Iterable[DeviceState], at: int, *, most_shown: int = MOST_SHOWN
) -> Preview:
    """What changes at `at` (UTC epoch seconds). `states` are read once; nothing of a device that does not change is kept."""
    devices = changed = newly_broken = newly_kept = 0
    moved: dict[tuple[Standing, Standing], int] = {}
    shown: list[Change] = []
    # A rule that both sets have is judged once.
    both = places(one for one in before.made if one[0] in after.rules.rules)
    only_before = places(one for one in before.made if one[0] not in after.rules.rules)
    only_after = places(one for one in after.made if one[0] not in before.rules.rules)
    for state in states:
        devices += 1
        if is_gone(state):
            old = new = _NOTHING_SAID
        else:
            place = (state.kind, None if state.custody is None else state.custody.state)
            said = _said(both[place], state, at, _NOTHING_SAID)
            old, new = _said(only_before[place], state, at, said), _said(only_after[place], state, at, said)
        way = (BAD_TO_GOOD[old.rank], BAD_TO_GOOD[new.rank])
        moved[way] = moved.get(way, 0) + 1
        if old == new:
            continue
        changed += 1
        newly_broken += old.compliant and not new.compliant
        newly_kept += new.compliant and not old.compliant
        if len(shown) < most_shown:
            shown.append(Change(state.device, decide(before, state, at), decide(after, state, at)))
    return Preview(devices, changed, newly_broken, newly_kept, moved, tuple(shown))


class _Said(NamedTuple):
    rank: int
    compliant: bool
    stops: frozenset[str]


_NOTHING_SAID = _Said(OUT_OF_SCOPE, True, frozenset())


def _said(judges: tuple[Judge, ...], state: DeviceState, at: int, so_far: _Said) -> _Said:
    """What these rules add to what others have said, without the reasons."""
    rank, compliant, stops = so_far
    for judge in judges:
        judged = judge(state, at)
        if judged is KEPT:
            continue
        rank = min(rank, judged.rank)
        if not judged.kept:
            compliant = False
            stops |= judged.stops
    return _Said(rank, compliant, stops)
