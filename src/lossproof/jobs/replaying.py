"""That the log was replayed, stated in the log by whoever did it."""

from __future__ import annotations

from lossproof import __version__
from lossproof.jobs.stating import signed
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.receipts import Receipt
from lossproof.ledger.store import Ledger, moment
from lossproof.model.facts.replay import Replay
from lossproof.wire.facts import subject_of


def state_replay(ledger: Ledger, auditor: PrivateKey, *, size: int, root: str) -> tuple[Receipt, ...]:
    """State in the log that its first `size` leaves were replayed, and held."""
    with ledger.write() as writer:
        fact = Replay(true_at=moment(ledger.publisher.clock), tool=f"lossproof {__version__}", size=size, root=root)
        writer.append(signed(auditor, fact, subject_of(writer.log.subject)))
    return writer.receipts
