"""Applying the schedule: what is due goes, a few at a time, each time under the write lock, and how much went is written down.

It may be stopped at any moment and begun again. What was erased before the store was put back from an older copy is erased again
first (`erased_again`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from lossproof.ledger.store import Ledger
from lossproof.register.projection import catch_up
from lossproof.register.retention.erased_again import erase_again, note_erased
from lossproof.register.retention.kind import Ground
from lossproof.register.retention.kinds import kinds
from lossproof.register.retention.models import Sweep
from lossproof.register.retention.schedule import Line, Schedule

AGAIN = "again"
"""What the first line of a sweep is called: things that were erased, and came back with an older copy of the store."""

_AT_A_TIME = 500
_MOST = 10_000_000


class Swept(NamedTuple):
    """How many things of a kind were erased, or would be, under which rule."""

    what: str
    rule: str
    erased: int


def sweep(ledger: Ledger, schedule: Schedule, *, dry_run: bool = False) -> tuple[Swept, ...]:
    """Erase all that is due; with `dry_run` only count it. A line for each kind, also where nothing was due.

    Raises `StoreError` where the store lacks what the checkpoint outside it covers, or cannot be written: what went before that
    is gone, and the rest stands.
    """
    at = ledger.publisher.clock()
    ledger.publisher.require_in_step(ledger.database)
    catch_up(ledger)
    swept = [Swept(AGAIN, "restored", erase_again(ledger, dry_run=dry_run))]
    for line in schedule.lines:
        before = at - timedelta(days=line.after_days)
        if dry_run:
            swept.append(Swept(line.what, line.rule, len(kinds()[line.what].due(ledger, before, _MOST))))
        else:
            swept.append(_apply(ledger, line, before, at, schedule.digest))
    if not dry_run:
        note_erased(ledger)
    return tuple(swept)


def _apply(ledger: Ledger, line: Line, before: datetime, at: datetime, digest: str) -> Swept:
    kind, erased, keys = kinds()[line.what], 0, [""]
    while keys:
        with ledger.database.transaction():
            keys = kind.due(ledger, before, _AT_A_TIME)
            if keys:
                kind.erase(ledger, keys, Ground(line.rule, at))
                Sweep.objects.create(at=at, schedule=digest, what=line.what, rule=line.rule, erased=len(keys))
        erased += len(keys)
    return Swept(line.what, line.rule, erased)
