"""A copy of all that a register holds about one person (UK GDPR, Article 15(3)): rows about them, and facts that hold their id.

Facts are found by the projections and read from the log itself. Left out: the sealed lists of the people on devices, which
nobody here can open, and secrets (password, second factors), of which it says only that they are there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models import Q

from lossproof.errors import InputError
from lossproof.jobs.enrolling import organisation_names
from lossproof.ledger.publishing import text_of
from lossproof.ledger.store import Ledger
from lossproof.register.access.models import AccountAct, Look
from lossproof.register.accounts.models import Account, OneTimeLink
from lossproof.register.custody.models import AcceptLink, SignedText
from lossproof.register.data_subjects.staying import what_stays
from lossproof.register.devices import named
from lossproof.register.evidence.models import EnrolmentCode
from lossproof.register.imports.models import Run
from lossproof.register.projection import catch_up
from lossproof.register.retention.models import Erasure
from lossproof.register.retention.people import WHAT
from lossproof.wire.facts import encode_predicate

_NAMING = (
    "SELECT leaf FROM register_custody WHERE person_by = ? OR person_to = ? "
    "UNION SELECT leaf FROM register_request WHERE person_by = ? "
    "UNION SELECT leaf FROM register_policy WHERE person_by = ? "
    "UNION SELECT leaf FROM register_exemption WHERE approver = ? "
    "UNION SELECT leaf FROM ledger_key WHERE log = ? AND person = ?"
)


def all_about(ledger: Ledger, person: str) -> dict[str, Any]:
    """All of it, as JSON takes it; times are RFC 3339 in UTC. Raises `InputError` where nobody has this id."""
    account = Account.objects.filter(id=person).first()
    if account is None:
        raise InputError("there is no such person", hint="/people lists everybody")
    catch_up(ledger)
    with ledger.database.snapshot():
        return {
            "made_at": text_of(ledger.publisher.clock()),
            "person": person,
            "account": _account(ledger, account),
            "devices": _devices(ledger, person),
            "signed_texts": [
                {"signed_at": _at(one.signed_at), "text": one.text or None, "erased_at": _at(one.erased_at)}
                for one in SignedText.objects.filter(person=person).order_by("signed_at")
            ],
            "links": _links(person),
            "key_labels": list(
                EnrolmentCode.objects.filter(person=person).order_by("id").values_list("label", flat=True)
            ),
            "imports": [
                {"file_name": one.file_name, "uploaded_at": _at(one.created_at)}
                for one in Run.objects.filter(by=person).order_by("created_at")
            ],
            "looks": [
                {"device": one.device, "looked_at": _at(one.looked_at)}
                for one in Look.objects.filter(person=person).order_by("pk")
            ],
            "account_acts": [
                {"what": one.what, "person": one.person or None, "by": one.by or None, "done_at": _at(one.done_at)}
                for one in AccountAct.objects.filter(Q(person=person) | Q(by=person)).order_by("pk")
            ],
            "facts": _facts(ledger, person),
            "stays_when_erased": [one._asdict() for one in what_stays()],
        }


def _account(ledger: Ledger, account: Account) -> dict[str, Any]:
    erased = Erasure.objects.filter(what=WHAT, key=account.id).first()
    return {
        "name": account.name or None,
        "email": account.email,
        "organisation": account.organisation,
        "organisation_name": organisation_names(ledger).get(account.organisation),
        "duties": sorted(account.duty_set),
        "created_at": _at(account.created_at),
        "last_login_at": _at(account.last_login),
        "ended_at": _at(account.ended_at),
        "has_password": account.has_usable_password(),
        "second_factors": sorted(Authenticator.objects.filter(user=account).values_list("type", flat=True)),
        "other_sign_ons": sorted(SocialAccount.objects.filter(user=account).values_list("provider", flat=True)),
        "erased_at": None if erased is None else _at(erased.erased_at),
        "erased_under": None if erased is None else erased.rule,
    }


def _devices(ledger: Ledger, person: str) -> list[dict[str, Any]]:
    """The devices that the person has now."""
    rows = ledger.database.execute(
        "SELECT subject, kind, custody, custody_since FROM register_device WHERE holder = ? ORDER BY subject", (person,)
    )
    names = named.called(ledger, [str(row[0]) for row in rows])
    return [
        {
            "device": subject,
            "kind": kind,
            "asset_tag": names[subject].tag or None,
            "serial": names[subject].serial or None,
            "state": state,
            "since": None if since is None else text_of(datetime.fromtimestamp(since, UTC)),
        }
        for subject, kind, state, since in rows
    ]


def _links(person: str) -> list[dict[str, Any]]:
    made: Iterable[tuple[str, OneTimeLink | AcceptLink]] = (
        *(("password", one) for one in OneTimeLink.objects.filter(account_id=person).order_by("expires_at")),
        *(("acceptance", one) for one in AcceptLink.objects.filter(person=person).order_by("expires_at")),
    )
    return [
        {"for": what, "made_by": one.made_by, "expires_at": _at(one.expires_at), "used_at": _at(one.used_at)}
        for what, one in made
    ]


def _facts(ledger: Ledger, person: str) -> list[dict[str, Any]]:
    """Every fact that holds the id, in the order of the log: what it says stands under `says`, as it was stated."""
    reader = ledger.reader
    rows = ledger.database.execute(_NAMING, (*[person] * 5, ledger.log.number, person))
    chain = {leaf.index for leaf in reader.chain(person)}
    found = []
    for index in sorted(chain | {int(row[0]) for row in rows}):
        leaf = reader.leaf(index)
        statement = reader.statement(leaf.entry.digest)
        found.append(
            {
                "leaf": index,
                "kind": statement.kind,
                "known_at": leaf.entry.known_at,
                "about": leaf.entry.about,
                "says": json.loads(encode_predicate(statement.predicate)),
            }
        )
    return found


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else text_of(moment)
