"""Codes by which keys are enrolled. One that was used is the label of its key, and goes when the key has ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lossproof.ledger.store import Ledger
from lossproof.register.evidence.models import EnrolmentCode
from lossproof.register.retention.held import leaves_known_by
from lossproof.register.retention.kind import Ground, Kind


def _due(ledger: Ledger, before: datetime, most: int) -> list[str]:
    unused = EnrolmentCode.objects.filter(fingerprint="", expires_at__lte=before)
    found = list(unused.order_by("id").values_list("id", flat=True)[:most])
    rows = ledger.database.execute(
        "SELECT c.id FROM evidence_enrolmentcode c JOIN ledger_key k ON k.fingerprint = c.fingerprint "
        "WHERE k.log = ? AND k.ended < ? ORDER BY c.id",
        (ledger.log.number, leaves_known_by(ledger, before)),
    )
    return [*found, *(str(row[0]) for row in rows)][:most]


def _erase(_ledger: Ledger, keys: Sequence[str], _ground: Ground) -> None:
    EnrolmentCode.objects.filter(id__in=keys).delete()


KIND = Kind(
    name="enrolment_codes",
    what="who made a code for whose key, and what the key is called; nothing is left",
    since="the code ran out unused, or its key ended",
    due=_due,
    erase=_erase,
)
