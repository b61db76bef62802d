"""The store of this process: its ledger over Django's connection, with the keys that `serve` unlocked.

with the_ledger().write() as writer:
    writer.append(...)          # facts, and rows of Django's models, in one transaction
writer.receipts                 # once the outermost block has committed
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from lossproof.ledger.outside import Outside
from lossproof.ledger.publishing import Publisher
from lossproof.ledger.reading import Log, logs
from lossproof.ledger.store import CHECKPOINT, Ledger
from lossproof.register.database import the_database
from lossproof.register.options import Options, told


class _Shared(NamedTuple):
    """What all threads share: the newest log, and who signs its checkpoints, always under the write lock."""

    log: Log
    publisher: Publisher


@lru_cache(maxsize=1)
def _shared(options: Options) -> _Shared:
    publisher = Publisher(options.log_key, Outside(options.keys / CHECKPOINT), options.clock)
    return _Shared(logs(the_database())[-1], publisher)


def the_ledger() -> Ledger:
    """The open store, for this thread. That it is not behind was seen when the process began, and every write looks again.

    Raises `StoreError` where the database cannot be read or holds no log.
    """
    shared = _shared(told())
    return Ledger(database=the_database(), log=shared.log, publisher=shared.publisher, behind="")
