"""What must not be erased yet: names of people who have a device, and anything of a device whose whereabouts are being asked.

Read from the register's projection as it stands: whoever asks brings it up to the log first.
"""

from __future__ import annotations

from datetime import datetime

from lossproof.ledger.publishing import text_of
from lossproof.ledger.store import Ledger
from lossproof.model.estate import CustodyState

ASKED_AFTER = frozenset({CustodyState.MISSING, CustodyState.FOUND, CustodyState.QUARANTINED})
"""The states in which whose data is on a device, and who had it, is still asked."""


def holders(ledger: Ledger) -> frozenset[str]:
    """The people who have a device, or had it last before it went missing."""
    rows = ledger.database.execute("SELECT DISTINCT holder FROM register_device WHERE holder IS NOT NULL")
    return frozenset(str(row[0]) for row in rows)


def asked_after(ledger: Ledger) -> frozenset[str]:
    """The devices that are missing, or found and not yet cleared."""
    marks = ", ".join("?" for _ in ASKED_AFTER)
    rows = ledger.database.execute(
        f"SELECT subject FROM register_device WHERE custody IN ({marks})",  # noqa: S608  question marks alone
        sorted(ASKED_AFTER),
    )
    return frozenset(str(row[0]) for row in rows)


def leaves_known_by(ledger: Ledger, moment: datetime) -> int:
    """How many leaves of the log were known by then: times never fall along it."""
    known_at, reader = text_of(moment), ledger.reader
    low, high = 0, reader.size
    while low < high:
        middle = (low + high) // 2
        if reader.leaf(middle).entry.known_at <= known_at:
            low = middle + 1
        else:
            high = middle
    return low
