"""Names of organisations that have ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lossproof.ledger.erasable import Opened, behind
from lossproof.ledger.erasable import erase as erase_value
from lossproof.ledger.store import Ledger
from lossproof.model.facts.registration import Registration
from lossproof.register.retention.ended import ended, note
from lossproof.register.retention.kind import Ground, Kind

_NAME = "organisation_names"


def _due(ledger: Ledger, before: datetime, most: int) -> list[str]:
    return ended(ledger, "ledger_organisation", _NAME, before)[:most]


def _erase(ledger: Ledger, keys: Sequence[str], ground: Ground) -> None:
    for organisation in keys:
        for digest in sorted(_names(ledger, organisation)):
            if isinstance(behind(ledger.database, digest), Opened):
                erase_value(ledger.database, digest, ground.rule, ground.at)
    note(_NAME, keys, ground)


def _names(ledger: Ledger, organisation: str) -> set[str]:
    """The digests of all that it was ever called."""
    found = set()
    for leaf in ledger.reader.chain(organisation):
        fact = ledger.reader.statement(leaf.entry.digest).predicate
        if isinstance(fact, Registration) and fact.organisation is not None and fact.organisation.name is not None:
            found.add(fact.organisation.name)
    return found


KIND = Kind(
    name=_NAME,
    what="all that an organisation was ever called; its random id is left",
    since="the organisation was ended in the register",
    due=_due,
    erase=_erase,
)
