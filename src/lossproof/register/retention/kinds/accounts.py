"""Accounts that have ended: who the person was. The row stays, with its random id, and says when it was erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lossproof.ledger.store import Ledger
from lossproof.register.accounts.models import Account
from lossproof.register.retention.held import holders
from lossproof.register.retention.kind import Ground, Kind
from lossproof.register.retention.people import WHAT, erase_person


def _due(ledger: Ledger, before: datetime, most: int) -> list[str]:
    ended = Account.objects.filter(is_active=False, ended_at__lte=before).exclude(email=None, name="")
    return list(ended.exclude(id__in=holders(ledger)).order_by("id").values_list("id", flat=True)[:most])


def _erase(ledger: Ledger, keys: Sequence[str], ground: Ground) -> None:
    for person in keys:
        erase_person(ledger, person, ground)


KIND = Kind(
    name=WHAT,
    what="name, e-mail address and second factors of a person; the random id in facts is left",
    since="the account ended, and the person has no device",
    due=_due,
    erase=_erase,
)
