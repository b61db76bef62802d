"""What pages read is what is known now: facts of other processes taken in, verdicts that ran out made again."""

from __future__ import annotations

from lossproof.ledger.store import Ledger
from lossproof.register.projection import catch_up, refresh_due


def now_of(ledger: Ledger) -> int:
    """The time by the ledger's own clock, in UTC epoch seconds."""
    return int(ledger.publisher.clock().timestamp())


def up_to_date(ledger: Ledger) -> int:
    """Bring the register's tables up to date; the time now. Raises `StoreError`."""
    now = now_of(ledger)
    catch_up(ledger)
    refresh_due(ledger, now)
    return now
