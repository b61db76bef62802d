"""Which records were found to be of one device. No fact names the pair: two that stand side by side in the log do.

A merge states in one transaction that the kept record has all identifiers of the other too, and in the very next leaf, at the same
moment, that the other has ended (`reconcile.acts.merge`). Nobody else's fact can come between, and whoever replays the log sees
the same. Left out: a record without any identifier, whose end tells nothing of another.
"""

from __future__ import annotations

from lossproof.ledger.database import Row
from lossproof.ledger.store import Ledger

# COALESCE keeps SQLite from beginning at the other end, with every leaf of the log.
_PAIR = """
FROM register_registration g JOIN ledger_leaf l ON l.log = ? AND l.leaf = {other}
JOIN register_device o ON o.subject = COALESCE(l.about, '') JOIN register_registration k ON k.device = o.device AND k.leaf = l.leaf
WHERE g.device = ? AND g.withdrawn IS NULL AND k.withdrawn IS NULL AND g.true_at = k.true_at
"""
_LAST = (
    "SELECT identifiers FROM register_registration WHERE device = ? AND leaf < ? AND ended = 0 AND withdrawn IS NULL "
    "ORDER BY leaf DESC LIMIT 1"
)


def merged_into(ledger: Ledger, device: int) -> str | None:
    """The id of the record that stayed when this one (by its number) ended, or None."""
    rows = ledger.database.execute(
        f"SELECT o.subject, k.identifiers, g.leaf {_PAIR.format(other='g.leaf - 1')} AND g.ended = 1 AND k.ended = 0 "
        "ORDER BY g.leaf DESC LIMIT 1",
        (ledger.log.number, device),
    )
    return next((kept for kept, known, leaf in rows if _has(ledger, known, device, leaf)), None)


def merged_with(ledger: Ledger, device: int) -> list[str]:
    """The ids of the records that ended because this one (by its number) is the same device, in order."""
    rows: list[Row] = ledger.database.execute(
        f"SELECT o.subject, g.identifiers, o.device, k.leaf {_PAIR.format(other='g.leaf + 1')} AND g.ended = 0 "
        "AND k.ended = 1 AND o.ended = 1 ORDER BY g.leaf",
        (ledger.log.number, device),
    )
    return [gone for gone, known, other, leaf in rows if _has(ledger, known, other, leaf)]


def _has(ledger: Ledger, known: str, gone: int, leaf: int) -> bool:
    """Whether what is known by these identifiers is known by all that a record had when it ended."""
    rows = ledger.database.execute(_LAST, (gone, leaf))
    marks = _marks(rows[0][0]) if rows else frozenset()
    return bool(marks) and marks <= _marks(known)


def _marks(text: str) -> frozenset[tuple[str, str]]:
    """Identifiers as the tables have them: scheme and digest, one after the other."""
    words = text.split()
    return frozenset(zip(words[::2], words[1::2], strict=True))
