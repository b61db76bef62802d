"""The whole estate at once: as it was at a time, as known then, and as it would be under other rules.

Every device is decided anew, from what SQL selects. Memory does not grow with the estate: devices are read a stretch at a time.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Collection, Iterator
from typing import NamedTuple

from lossproof.jobs.history import known_leaves
from lossproof.ledger.database import Database, raw
from lossproof.ledger.store import Ledger
from lossproof.model.estate import DeviceState
from lossproof.model.standing import BAD_TO_GOOD, Standing, Verdict
from lossproof.policy.decide import decide
from lossproof.policy.preview import Change, Preview
from lossproof.policy.rules import compile_rules, parse_rules
from lossproof.register.projection import AsOf, catch_up, refresh_due, rules_in_force, states
from lossproof.register.projection.device_states import STRETCH
from lossproof.register.projection.rules import InForce
from lossproof.wire.standings import verdict_of

SHOWN = 50


class Then(NamedTuple):
    """One device as it was."""

    subject: str
    state: DeviceState
    verdict: Verdict


class Estate(NamedTuple):
    """All devices of some organisations as of `at`: `counted` by standing and whether every rule was kept; `shown` are the first that
    did not, the worst first; `rules` those that held then."""

    at: int
    size: int
    rules: InForce
    counted: dict[tuple[Standing, bool], int]
    shown: tuple[Then, ...]

    @property
    def not_compliant(self) -> int:
        """How many did not keep every rule."""
        return sum(count for (_, kept), count in self.counted.items() if not kept)


def estate_as_of(
    ledger: Ledger, organisations: Collection[str], at: int, known_at: str | None = None, most_shown: int = SHOWN
) -> Estate:
    """The estate as of `at` (UTC epoch seconds), as known at `known_at` (as `jobs.history.moment_of` gives it; None: now), by the
    rules that were known and held then. Devices that had ended are left out. Raises `StoreError`."""
    size = known_leaves(ledger.reader, known_at)
    rules = rules_in_force(ledger.database, at, size)
    seen, compiled = frozenset(organisations), rules.compiled
    kept, broken = _per_standing(), _per_standing()
    shown: list[list[Then]] = [[] for _ in BAD_TO_GOOD]
    with _few_collections():
        for _, state in states(ledger.database, ledger.log, None, AsOf(at, size), marks=False):
            if state.ended or state.organisation not in seen:
                continue
            verdict = decide(compiled, state, at)
            if verdict.compliant:
                kept[id(verdict.standing)] += 1
                continue
            broken[id(verdict.standing)] += 1
            if len(first := shown[BAD_TO_GOOD.index(verdict.standing)]) < most_shown:
                first.append(Then(state.device, state, verdict))
    counted = {(one, True): kept[id(one)] for one in BAD_TO_GOOD} | {
        (one, False): broken[id(one)] for one in BAD_TO_GOOD
    }
    every = tuple(one for first in shown for one in first)
    return Estate(at, size, rules, {key: count for key, count in counted.items() if count}, every[:most_shown])


def _per_standing() -> dict[int, int]:
    """A count for each standing, by its identity: hashing a member of an enumeration costs a call in Python, for every device."""
    return {id(one): 0 for one in BAD_TO_GOOD}


def preview(ledger: Ledger, organisations: Collection[str], text: bytes, now: int, most_shown: int = SHOWN) -> Preview:
    """What would change if the rules of this TOML text held now: `policy.preview` against the stored verdicts, which are brought up
    to date first. Raises `FormatError` or `UnsupportedError` that names what is wrong in it, `StoreError`."""
    after = compile_rules(parse_rules(text))
    catch_up(ledger)
    refresh_due(ledger, now)
    seen, database = frozenset(organisations), ledger.database
    devices = changed = newly_broken = newly_kept = 0
    moved = {(worst, id(one)): 0 for worst in range(len(BAD_TO_GOOD)) for one in BAD_TO_GOOD}
    shown: list[tuple[int, str, Verdict]] = []
    with _few_collections():
        stored, number, worst, kept, stops = _stored(database), -1, 0, None, ""
        for device, state in states(database, ledger.log, marks=False):
            while number < device:
                number, worst, kept, stops = next(stored)
            if kept is None or state.organisation not in seen:
                continue
            devices += 1
            new = decide(after, state, now)
            moved[worst, id(new.standing)] += 1
            if (
                BAD_TO_GOOD[worst] is new.standing
                and kept == new.compliant
                and stops == (" ".join(sorted(new.stops)) if new.stops else "")
            ):
                continue
            changed += 1
            newly_broken += bool(kept) and not new.compliant
            newly_kept += new.compliant and not kept
            if len(shown) < most_shown:
                shown.append((number, state.device, new))
    first = tuple(Change(subject, _verdict(database, device), new) for device, subject, new in shown)
    ways = {
        (BAD_TO_GOOD[worst], one): count
        for one in BAD_TO_GOOD
        for worst in range(len(BAD_TO_GOOD))
        if (count := moved[worst, id(one)])
    }
    return Preview(devices, changed, newly_broken, newly_kept, ways, first)


def _stored(database: Database) -> Iterator[tuple[int, int, int | None, str]]:
    """Number, standing, whether every rule is kept, and what is stopped, of every device, by number."""
    low = -1
    while rows := database.execute(
        "SELECT device, worst, compliant, stops FROM register_device WHERE device > ? ORDER BY device LIMIT ?",
        (low, STRETCH),
    ):
        yield from rows
        low = rows[-1][0]


def _verdict(database: Database, device: int) -> Verdict:
    return verdict_of(raw(database.execute("SELECT verdict FROM register_verdict WHERE device = ?", (device,))[0][0]))


@contextlib.contextmanager
def _few_collections() -> Iterator[None]:
    """Within it Python looks for cycles a hundred times less often: a million tuples come and go, and none is in one."""
    before = gc.get_threshold()
    gc.set_threshold(before[0] * 100, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
