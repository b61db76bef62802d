"""What people signed when they accepted devices. The facts keep a digest that says nothing without the salt, which goes too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lossproof.ledger.store import Ledger
from lossproof.register.custody.models import SignedText
from lossproof.register.retention.held import ASKED_AFTER
from lossproof.register.retention.kind import Ground, Kind


def _due(ledger: Ledger, before: datetime, most: int) -> list[str]:
    kept = SignedText.objects.filter(erased_at=None, signed_at__lte=before).order_by("digest")
    wanted = _still_wanted(ledger)
    found = [
        digest
        for digest, handover, person in kept.values_list("digest", "handover", "person")
        if (handover, person) not in wanted and (handover, None) not in wanted
    ]
    return found[:most]


def _erase(_ledger: Ledger, keys: Sequence[str], ground: Ground) -> None:
    SignedText.objects.filter(digest__in=keys).update(text="", salt="", erased_at=ground.at, rule=ground.rule)


def _still_wanted(ledger: Ledger) -> set[tuple[str, str | None]]:
    """Hand-overs with a person who still has a device of it; with None where such a device is being asked after."""
    rows = ledger.database.execute(
        "SELECT DISTINCT c.handover, d.holder, d.custody FROM register_custody c "
        "JOIN register_device d ON d.device = c.device WHERE c.handover IS NOT NULL AND d.custody IS NOT NULL"
    )
    return {
        (handover, None if custody in ASKED_AFTER else holder)
        for handover, holder, custody in rows
        if holder is not None or custody in ASKED_AFTER
    }


KIND = Kind(
    name="signed_texts",
    what="what a person signed to accept devices, and its salt; when, and that it was accepted, is left",
    since="the signature, and the person has none of the devices any more",
    due=_due,
    erase=_erase,
)
