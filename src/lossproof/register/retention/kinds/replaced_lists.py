"""Sealed lists of the people on a device that a newer list has replaced. The newest of a device always stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from lossproof.ledger.erasable import erase as erase_list
from lossproof.ledger.publishing import text_of
from lossproof.ledger.store import Ledger
from lossproof.model.facts.holding import HoldingFact
from lossproof.model.facts.retraction import Retraction
from lossproof.register.retention.held import asked_after
from lossproof.register.retention.kind import Ground, Kind


class _Listed(NamedTuple):
    envelope: str
    sha256: str
    known_at: str
    whole: bool


def _due(ledger: Ledger, before: datetime, most: int) -> list[str]:
    rows = ledger.database.execute(
        "SELECT device FROM ledger_manifest WHERE erased_at IS NULL GROUP BY device HAVING COUNT(*) > 1 ORDER BY device"
    )
    held = asked_after(ledger)
    found: list[str] = []
    for (device,) in rows:
        if device not in held:
            found += _replaced(ledger, device, text_of(before))
        if len(found) >= most:
            break
    return found[:most]


def _erase(ledger: Ledger, keys: Sequence[str], ground: Ground) -> None:
    for digest in keys:
        erase_list(ledger.database, digest, ground.rule, ground.at)


def _replaced(ledger: Ledger, device: str, before: str) -> list[str]:
    """The lists that are kept of a device, and are older than the last list of a whole scan that was known by `before`."""
    listed, withdrawn = _listed(ledger, device)
    whole = [
        at for at, one in enumerate(listed) if one.whole and one.known_at <= before and one.envelope not in withdrawn
    ]
    last = whole[-1] if whole else 0
    rows = ledger.database.execute(
        "SELECT digest FROM ledger_manifest WHERE device = ? AND erased_at IS NULL", (device,)
    )
    older = {one.sha256 for one in listed[:last]} - {one.sha256 for one in listed[last:]}
    return sorted(older & {str(row[0]) for row in rows})


def _listed(ledger: Ledger, device: str) -> tuple[list[_Listed], set[str]]:
    """What was ever said of lists of a device, the oldest first, and the envelopes of the device that were withdrawn."""
    listed, withdrawn = [], set()
    for leaf in ledger.reader.chain(device):
        fact = ledger.reader.statement(leaf.entry.digest).predicate
        if isinstance(fact, Retraction):
            withdrawn.add(fact.envelope)
        elif isinstance(fact, HoldingFact) and fact.manifest is not None:
            listed.append(_Listed(leaf.entry.digest, fact.manifest.sha256, leaf.entry.known_at, not fact.interrupted))
    return listed, withdrawn


KIND = Kind(
    name="replaced_lists",
    what="sealed lists of the people on a device that is in use; its newest list and all counts are left",
    since="a newer list of a whole scan was recorded",
    due=_due,
    erase=_erase,
)
