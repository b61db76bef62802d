"""The sealed lists of the people on a device, out of the store, for the officer whose key opens them."""

from __future__ import annotations

from dataclasses import dataclass, field

from lossproof.ledger.erasable import Erased, manifest_of
from lossproof.ledger.registered import RegisteredDevice
from lossproof.ledger.store import Ledger
from lossproof.model.facts.holding import HoldingFact


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedList:
    """The list that the holding in `leaf` speaks of. `ciphertext` is None where it is no longer there, or never was; `erased`
    says when and under which rule."""

    leaf: int
    true_at: str
    sha256: str
    ciphertext: bytes | None = field(repr=False)
    erased: Erased | None


def sealed_lists(ledger: Ledger, device: str) -> tuple[RegisteredDevice, tuple[SealedList, ...]]:
    """The device that is named, and its lists, the oldest first. Raises `InputError` for no device or several, `StoreError` where
    a list is not what its digest says."""
    with ledger.database.snapshot():
        found = ledger.projection.find_device(device)
        return found, tuple(_lists(ledger, found))


def _lists(ledger: Ledger, device: RegisteredDevice) -> list[SealedList]:
    listed = []
    for leaf in ledger.reader.chain(device.subject):
        fact = ledger.reader.statement(leaf.entry.digest).predicate
        if isinstance(fact, HoldingFact) and fact.manifest is not None:
            kept = manifest_of(ledger.database, fact.manifest.sha256)
            listed.append(
                SealedList(
                    leaf=leaf.index,
                    true_at=fact.true_at,
                    sha256=fact.manifest.sha256,
                    ciphertext=None if kept is None or isinstance(kept, Erased) else kept.ciphertext,
                    erased=kept if isinstance(kept, Erased) else None,
                )
            )
    return listed
