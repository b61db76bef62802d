"""Erasing what may be erased of a device: its serial numbers and asset tags, and the sealed lists of the people on it.

The facts stay: without the salts their digests say nothing, and without the lists their counts name nobody.
"""

from __future__ import annotations

from typing import NamedTuple

from lossproof.errors import StoreError
from lossproof.jobs.sealed_lists import sealed_lists
from lossproof.ledger.erasable import Opened, behind, check_rule, erase
from lossproof.ledger.outside import RECOVER
from lossproof.ledger.registered import RegisteredDevice
from lossproof.ledger.store import Ledger
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.registration import Registration


class ErasedRows(NamedTuple):
    """How many rows were erased."""

    device: str
    names: int
    lists: int


def erase_device(ledger: Ledger, device: str, rule: str, *, names: bool, lists: bool) -> ErasedRows:
    """Erase what is kept of a device under a rule: its names, the lists of people, or both, in one transaction.

    What is erased already stays as it is. Raises `InputError` for no device or several or a rule that is no code, `StoreError`.
    """
    check_rule(rule)
    if ledger.behind:
        raise StoreError(ledger.behind, hint=RECOVER)
    at = ledger.publisher.clock()
    with ledger.database.transaction():
        found, kept = sealed_lists(ledger, device)
        digests = [
            digest for digest in _names(ledger, found) if names and isinstance(behind(ledger.database, digest), Opened)
        ]
        sealed = sorted({one.sha256 for one in kept if lists and one.ciphertext is not None})
        for digest in (*digests, *sealed):
            erase(ledger.database, digest, rule, at)
    return ErasedRows(found.subject, len(digests), len(sealed))


def _names(ledger: Ledger, device: RegisteredDevice) -> list[str]:
    """The digests of all that the device was ever called."""
    found: set[str] = set()
    for leaf in ledger.reader.chain(device.subject):
        fact = ledger.reader.statement(leaf.entry.digest).predicate
        if isinstance(fact, Registration) and fact.device is not None:
            found |= {one.digest for one in fact.device.identifiers}
        elif isinstance(fact, InspectionFact) and fact.serial is not None:
            found.add(fact.serial)
    return sorted(found)
