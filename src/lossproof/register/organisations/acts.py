"""What happens to organisations: one begins, one ends. Rows and facts in one transaction, or neither."""

from __future__ import annotations

import secrets
from collections import defaultdict

from django.utils import timezone

from lossproof.errors import InputError, PolicyError
from lossproof.jobs import custody
from lossproof.jobs.enrolling import ORGANISATION, organisation_names
from lossproof.jobs.sights import sight
from lossproof.jobs.stating import Speaker, register
from lossproof.jobs.withdrawing import end_organisation
from lossproof.ledger.erasable import keep
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer
from lossproof.ledger.store import Ledger, moment
from lossproof.model.estate import CustodyState
from lossproof.model.fact import Relation
from lossproof.model.facts.registration import Action, Organisation, Registration
from lossproof.register.accounts.models import Account, OneTimeLink
from lossproof.register.custody.models import AcceptLink
from lossproof.register.evidence.models import EnrolmentCode
from lossproof.register.projection import apply


def new_organisation(ledger: Ledger, key: PrivateKey, *, name: str, relation: Relation) -> str:
    """Register an organisation; its id. A name may be taken over from one that has ended."""
    if relation is Relation.CONTROLLER:
        raise PolicyError("a register is of one controller")
    with ledger.write() as writer:
        names = organisation_names(ledger)
        if name in {names.get(one.subject) for one in writer.projection.organisations() if one.ended is None}:
            raise InputError("an organisation of this name is registered already")
        subject = secrets.token_hex(16)
        thing = Organisation(relation=relation, name=keep(ledger.database, ORGANISATION, name))
        fact = Registration(true_at=moment(writer.clock), action=Action.CREATED, organisation=thing)
        register(writer, key, subject, fact)
    return subject


def end(ledger: Ledger, speaker: Speaker, organisation: str) -> None:
    """End an organisation, and with it what its people and machines can do here, at once: accounts and their sessions, links, codes,
    keys, and what was offered to them and not accepted. What they hold stays recorded as theirs until somebody gets it back.

    Raises `PolicyError` for the controller, `InputError` where it is not registered, or has ended.
    """
    with ledger.write() as writer:
        apply(writer)
        people = [one.subject for one in writer.projection.people() if one.organisation == organisation]
        _take_back(ledger, writer, speaker, organisation)
        end_organisation(writer, speaker.key, organisation)
        OneTimeLink.objects.filter(account__organisation=organisation).delete()
        AcceptLink.objects.filter(person__in=people, used_at=None).delete()
        EnrolmentCode.objects.filter(organisation=organisation, used_at=None).delete()
        for account in Account.objects.filter(organisation=organisation, is_active=True):
            account.end(timezone.now())
        apply(writer)


def _take_back(ledger: Ledger, writer: Writer, speaker: Speaker, organisation: str) -> None:
    """Take back what is offered to people of an organisation: nobody there can answer any more."""
    rows = ledger.database.execute(
        "SELECT subject FROM register_device WHERE custody = ? AND ended = 0", (CustodyState.OFFERED.value,)
    )
    open_offers: dict[str, list[str]] = defaultdict(list)
    for (device,) in rows:
        offered = sight(writer, device).offer
        if offered is not None and offered.handover is not None and offered.organisation == organisation:
            open_offers[offered.handover].append(device)
    for handover, devices in open_offers.items():
        for start in range(0, len(devices), custody.MOST_DEVICES):
            custody.decline(writer, speaker, handover, devices[start : start + custody.MOST_DEVICES])
