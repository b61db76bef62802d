"""Things that can be erased, put into a register by their facts and rows; all made up. Times are those of the site's clock."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from ledger.world import NOBODY, RECIPIENT
from lossproof.jobs.enrolling import enrol_recipient
from lossproof.jobs.stating import register, signed
from lossproof.ledger.erasable import keep, keep_manifest
from lossproof.ledger.keys import PrivateKey, Secret, open_key
from lossproof.ledger.manifest import SealedManifest, recipient_fingerprint
from lossproof.ledger.store import INSPECTOR_KEY, moment
from lossproof.model.fact import Authentication, Duty, Method
from lossproof.model.facts.custody import Custody, CustodyEvent
from lossproof.model.facts.holding import HoldingFact, Manifest
from lossproof.model.facts.registration import (
    Action,
    Device,
    DeviceIdentifier,
    DeviceKind,
    IdentifierScheme,
    Registration,
)
from lossproof.wire.facts import subject_of
from register.sites import PASSPHRASE, Site

MARK = recipient_fingerprint(RECIPIENT)


def inspector(site: Site) -> PrivateKey:
    return open_key(site.options.keys / INSPECTOR_KEY, Secret(PASSPHRASE))


def now(site: Site) -> str:
    return moment(site.clock)


def device(site: Site, *, serial: str = "", tag: str = "") -> str:
    """A device, with what it is called."""
    subject, named = secrets.token_hex(16), []
    ledger = site.ledger
    with ledger.write() as writer:
        for scheme, value in ((IdentifierScheme.SERIAL, serial), (IdentifierScheme.ASSET_TAG, tag)):
            if value:
                named.append(DeviceIdentifier(scheme=scheme, digest=keep(ledger.database, scheme.value, value)))
        thing = Device(kind=DeviceKind.STICK, organisation=site.controller, identifiers=tuple(named))
        register(writer, site.key, subject, Registration(true_at=now(site), action=Action.CREATED, device=thing))
    return subject


def end(site: Site, subject: str) -> None:
    """End a device or an organisation."""
    with site.ledger.write() as writer:
        register(writer, site.key, subject, Registration(true_at=now(site), action=Action.ENDED))


def custody(site: Site, subject: str, event: CustodyEvent, **more: object) -> None:
    """One event of a device, as the register states it."""
    fact = Custody(
        true_at=now(site), event=event, by=more.pop("by", None), authenticated=Authentication.PASSWORD, **more
    )
    with site.ledger.write() as writer:
        writer.append(signed(site.key, fact, subject_of(subject)))


def hand_over(site: Site, subject: str, person: str, handover: str = "0a" * 16) -> None:
    """A device that a person has accepted."""
    to = {"to": person, "organisation": site.controller, "handover": handover}
    custody(site, subject, CustodyEvent.OFFERED, by=site.people["it"], **to)
    custody(site, subject, CustodyEvent.ACCEPTED, by=person, **to)


def sealed_list(site: Site, subject: str, content: bytes, *, interrupted: bool = False) -> str:
    """A sealed list of the people on a device; its digest."""
    ledger, digest = site.ledger, sha256(content).hexdigest()
    if not ledger.projection.recipients():
        enrol_recipient(ledger, site.owner, RECIPIENT)
    fact = HoldingFact(
        true_at=now(site),
        method=Method.READ,
        tool="lossproof 0.1.0",
        scan=secrets.token_hex(16),
        rules=1,
        people=NOBODY,
        raw=NOBODY,
        people_by_category={},
        identifiers={},
        unattributed={},
        named_only=0,
        possible=0,
        files=1,
        not_examined={},
        interrupted=interrupted,
        exposed=False,
        manifest=Manifest(sha256=digest, size_bytes=512, recipient=MARK),
    )
    with ledger.write() as writer:
        sealed = SealedManifest(ciphertext=content, sha256=digest, size_bytes=512, recipient_fingerprint=MARK)
        keep_manifest(ledger.database, subject, sealed)
        writer.append(signed(inspector(site), fact, subject_of(subject)))
    return digest


def person(site: Site, name: str, email: str, *, ended: bool = True) -> str:
    """Somebody with an account, which has ended just now, with a second factor and a link."""
    from allauth.mfa.models import Authenticator

    from lossproof.register.accounts import acts
    from lossproof.register.accounts.models import Account, OneTimeLink

    made = acts.create(site.ledger, site.key, name=name, email=email, organisation=site.controller, duties=[Duty.STAFF])
    Authenticator.objects.create(user=made, type="totp", data={"secret": "made up"})
    acts.new_link(made, site.people["it"])
    if ended:
        acts.end(site.ledger, site.key, made, version=made.version)
        Account.objects.filter(id=made.id).update(ended_at=site.clock.at)
        link = OneTimeLink(digest="0d" * 32, account=made, made_by=site.people["it"], expires_at=site.clock.at)
        link.save()
    return made.id


def signed_text(site: Site, who: str, text: str, handover: str = "0a" * 16) -> str:
    """What somebody signed; its digest."""
    from lossproof.register.custody.models import SignedText

    salt = secrets.token_hex(16)
    digest = sha256(bytes.fromhex(salt) + text.encode()).hexdigest()
    SignedText.objects.create(
        digest=digest, salt=salt, text=text, person=who, handover=handover, signed_at=site.clock.at
    )
    return digest


def rows_of_everything(site: Site) -> None:
    """One row of each table that is deleted by age, which ended just now."""
    from django.contrib.sessions.models import Session

    from lossproof.register.access.models import AccountAct, Look
    from lossproof.register.accounts.models import OneTimeLink
    from lossproof.register.custody.models import AcceptLink
    from lossproof.register.evidence.models import EnrolmentCode
    from lossproof.register.imports.models import Run

    at, it = site.clock.at, site.people["it"]
    Session.objects.create(session_key="made-up", session_data="", expire_date=at)
    Look.objects.create(person=it, device="0b" * 16, looked_at=at)
    AccountAct.objects.create(what="linked", person=it, by=it, done_at=at)
    AcceptLink.objects.create(digest="0c" * 32, handover="0a" * 16, person=it, made_by=it, expires_at=at)
    Run.objects.create(organisation=site.controller, by=it, file_name="sticks of Ivan.csv")
    Run.objects.update(created_at=at)
    OneTimeLink.objects.create(digest="0f" * 32, account_id=it, made_by=it, expires_at=at)
    EnrolmentCode.objects.create(
        digest="0e" * 32, label="Ivan's laptop", role="agent", organisation=site.controller, made_by=it, expires_at=at
    )


def just_after(site: Site, days: int) -> None:
    """Turn the clock until so many days have passed, and a minute."""
    site.clock.turn(days=days, minutes=1)


def just_before(site: Site, days: int) -> None:
    """Turn the clock until a minute is missing to so many days."""
    site.clock.at += timedelta(days=days) - timedelta(minutes=1)
