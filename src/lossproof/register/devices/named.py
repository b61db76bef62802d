"""What devices, people and organisations are called, and which device somebody means. From erasable rows alone: an erased name is
said to be erased, and nothing here is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _

from lossproof.errors import LossproofError
from lossproof.jobs.enrolling import organisation_names
from lossproof.ledger.keys import fingerprint, public_path, read_public
from lossproof.ledger.recognition import named_so
from lossproof.ledger.store import INSPECTOR_KEY, Ledger
from lossproof.model.facts.registration import IdentifierScheme
from lossproof.register.accounts.duties import Scope
from lossproof.register.accounts.models import Account
from lossproof.register.evidence.models import EnrolmentCode
from lossproof.register.options import told

_ID = re.compile(r"[0-9a-f]{32}")
_ASKED = 400
_NAMES = (
    "SELECT i.subject, e.kind, MIN(e.value) FROM ledger_device_identifier i "
    "JOIN ledger_erasable e ON e.digest = i.digest WHERE i.log = ? AND e.value IS NOT NULL"
)


class Called(NamedTuple):
    """A device's asset tag and serial number, as far as they are known and not erased."""

    tag: str = ""
    serial: str = ""

    def text(self, subject: str) -> str:
        """What people call it: its tag, else its serial number, else the beginning of its id."""
        return self.tag or self.serial or _("device %(id)s") % {"id": subject[:8]}


def called(ledger: Ledger, subjects: Iterable[str]) -> dict[str, Called]:
    """The names of these devices; the newest of several tags is not known, so the first in order stands."""
    wanted = sorted(set(subjects))
    found = dict.fromkeys(wanted, Called())
    for first in range(0, len(wanted), _ASKED):
        some = wanted[first : first + _ASKED]
        rows = ledger.database.execute(
            f"{_NAMES} AND i.subject IN ({', '.join('?' * len(some))}) GROUP BY i.subject, e.kind",
            (ledger.log.number, *some),
        )
        for subject, kind, value in rows:
            if kind == IdentifierScheme.ASSET_TAG:
                found[subject] = found[subject]._replace(tag=value)
            elif kind == IdentifierScheme.SERIAL:
                found[subject] = found[subject]._replace(serial=value)
    return found


def people(ids: Iterable[str | None]) -> dict[str, str]:
    """The names of these people; of those who were erased, that they were."""
    wanted = {one for one in ids if one}
    if not wanted:
        return {}
    found = dict.fromkeys(wanted, _("somebody whose name was erased"))
    rows = Account.objects.filter(id__in=wanted).values_list("id", "name")
    return found | {person: name for person, name in rows if name}


def people_for(seen: Scope, ids: Iterable[str | None]) -> dict[str, str]:
    """The names of these people, as far as who asks may know them: themselves, and those of the organisations that they see.
    Who sees only what they hold themselves learns of nobody else."""
    wanted = {one for one in ids if one}
    known = Account.objects.filter(id__in=wanted, organisation__in=seen.organisations) if wanted else ()
    seen_people = {one.id: one.name or _("somebody whose name was erased") for one in known}
    if seen.own_only:
        seen_people = {person: name for person, name in seen_people.items() if person == seen.person}
    return dict.fromkeys(wanted, _("somebody else")) | seen_people


def keys(fingerprints: Iterable[str | None]) -> dict[str, str]:
    """What people call the machines whose keys these are, where somebody gave them a name that is not erased; the key that was made
    with the store is its own terminal's."""
    wanted = {one for one in fingerprints if one}
    rows = EnrolmentCode.objects.filter(fingerprint__in=wanted).exclude(label="") if wanted else ()
    own = {one: _("This register's own terminal") for one in wanted & {_terminal()}}
    return own | {row.fingerprint: row.label for row in rows}


def _terminal() -> str:
    """The fingerprint of the key by which `check --record` signs on the register's own machine; empty where it is not there."""
    try:
        return fingerprint(read_public(public_path(told().keys / INSPECTOR_KEY)))
    except LossproofError:
        return ""


def organisations(ledger: Ledger) -> dict[str, str]:
    """The names of all organisations; the beginning of its id where one has none."""
    names = organisation_names(ledger)
    return {one.subject: names.get(one.subject) or one.subject[:8] for one in ledger.projection.organisations()}


def meant(ledger: Ledger, text: str) -> list[str]:
    """The ids of the devices that somebody may mean by an id, an asset tag, a serial number, or the address in a label's code."""
    last = text.strip().rstrip("/").rsplit("/", 1)[-1]
    if _ID.fullmatch(last.lower()):
        return [last.lower()]
    return [one.subject for one in named_so(ledger, text.strip())]
