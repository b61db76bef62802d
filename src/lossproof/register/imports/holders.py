"""Who has the devices of an asset list, and where they are, as far as the register knows the people and the words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from lossproof.errors import PolicyError
from lossproof.jobs.by_hand import Holding, Now, events, meaning_of
from lossproof.ledger.store import Ledger
from lossproof.model.estate import CustodyState
from lossproof.model.facts.custody import CustodyEvent
from lossproof.register.accounts.models import Account
from lossproof.wire.asset_list import AssetRow

_ASKED = 500


class Judged(NamedTuple):
    """What is to be recorded of some rows, and what of them cannot be, by the number of the row."""

    wanted: list[tuple[Holding, tuple[CustodyEvent, ...]]]
    notes: dict[int, str]


class _Person(NamedTuple):
    id: str
    organisation: str
    is_active: bool


def judge(ledger: Ledger, rows: Sequence[tuple[str | None, AssetRow]]) -> Judged:
    """What these rows say of their devices (ids; None: not registered yet), by what the register knows now. Its tables must be up to
    date."""
    people = _people({row.holder.lower() for _device, row in rows if row.holder})
    known = _known(ledger, [device for device, _row in rows if device is not None])
    judged = Judged([], {})
    for device, row in rows:
        notes: list[str] = []
        said = _said(device, row, people, notes)
        try:
            some = events(known.get(said.device, Now()), said)
        except PolicyError as error:
            notes.append(str(error))
            some = ()
        if some:
            judged.wanted.append((said, some))
        if notes:
            judged.notes[row.number] = "; ".join(notes)
    return judged


def _said(device: str | None, row: AssetRow, people: dict[str, _Person], notes: list[str]) -> Holding:
    person = people.get(row.holder.lower()) if row.holder else None
    if row.holder and person is None:
        notes.append(_("nobody in the register has this e-mail address, so who has the device was not recorded"))
    elif person is not None and not person.is_active:
        notes.append(_("the account of this person has ended, so who has the device was not recorded"))
        person = None
    whereabouts = meaning_of(row.status) if row.status else None
    if row.status and whereabouts is None:
        notes.append(_("the word for its status is not known, so its status was not recorded"))
    return Holding(
        device=device or "",
        to=None if person is None else person.id,
        organisation=None if person is None else person.organisation,
        whereabouts=whereabouts,
    )


def _people(emails: set[str]) -> dict[str, _Person]:
    found: dict[str, _Person] = {}
    wanted = sorted(emails)
    for start in range(0, len(wanted), _ASKED):
        some = Account.objects.filter(email__in=wanted[start : start + _ASKED])
        for email, person, organisation, is_active in some.values_list("email", "id", "organisation", "is_active"):
            found[str(email)] = _Person(person, organisation, is_active)
    return found


def _known(ledger: Ledger, devices: Sequence[str]) -> dict[str, Now]:
    found: dict[str, Now] = {}
    for start in range(0, len(devices), _ASKED):
        some = devices[start : start + _ASKED]
        marks = ", ".join("?" * len(some))
        sql = f"SELECT subject, custody, holder FROM register_device WHERE subject IN ({marks}) AND custody IS NOT NULL"  # noqa: S608
        rows = ledger.database.execute(sql, some)
        found |= {subject: Now(CustodyState(state), holder, True) for subject, state, holder in rows}
    return found
