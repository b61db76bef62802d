"""What people do with devices, with the rows that go with it, in one transaction: the fact, the link, the text that was signed.

Each takes the ledger, the register's key and who acts; what cannot be done raises `PolicyError` or `InputError` in plain words, or
`NotHandedOver` with a reason for each device, and then nothing is done.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone, translation

from lossproof.errors import InputError, PolicyError
from lossproof.jobs import custody
from lossproof.jobs.sights import sight
from lossproof.jobs.states import seconds_of
from lossproof.jobs.stating import Speaker
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer
from lossproof.ledger.store import Ledger
from lossproof.model.estate import CustodyState
from lossproof.model.fact import Authentication, Duty, Relation
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.standing import Finding
from lossproof.policy.custody import after, state_of
from lossproof.policy.rules import Compiled
from lossproof.register.accounts import acts as account_acts
from lossproof.register.accounts.here import here
from lossproof.register.accounts.models import Account
from lossproof.register.custody.models import AcceptLink, SignedText
from lossproof.register.custody.terms import newest
from lossproof.register.devices import named, queries
from lossproof.register.devices.now import now_of
from lossproof.register.devices.words import KINDS
from lossproof.register.projection import apply, rules_in_force
from lossproof.register.web.times import moment_text

SALT_BYTES = 16
TOKEN_BYTES = 32
MINUTE_SECONDS = 60

_DUTY_THERE = {Relation.CONTROLLER: Duty.STAFF, Relation.PROCESSOR: Duty.CONTRACTOR}
"""What somebody is who is to have a device and has no account yet."""


class Held(NamedTuple):
    """A device that cannot be handed over, and why."""

    device: str
    reasons: tuple[Finding, ...]


class NotHandedOver(Exception):  # noqa: N818  what the gate said, and no error of ours
    """Nothing was handed over: at least one device does not pass."""

    def __init__(self, held: Sequence[Held]) -> None:
        super().__init__("not handed over")
        self.held = tuple(held)


class Given(NamedTuple):
    """An offer that was made, and the token of its link, which is shown once."""

    handover: str
    person: str
    token: str


class NewPerson(NamedTuple):
    """Somebody who is to have a device and is not in the register yet."""

    name: str
    email: str
    organisation: str


class HadLater(InputError):  # noqa: N818  what is known, and no fault of the register
    """A device is said to have been lost before somebody had it."""


def hand_over(
    ledger: Ledger,
    key: PrivateKey,
    speaker: Speaker,
    devices: Sequence[str],
    *,
    to: Account | NewPerson,
    reason: str | None,
) -> Given:
    """Offer devices to a person: from stock, or on from who holds all of them. Raises `NotHandedOver`."""
    with ledger.database.transaction():
        receiver = to if isinstance(to, Account) else _new_person(ledger, key, to)
        with ledger.write() as writer:
            rules = _rules(ledger)
            transfer = _are_held(writer, devices)
            event = CustodyEvent.TRANSFERRED if transfer else CustodyEvent.OFFERED
            _require_passage(writer, devices, receiver.id, event, rules)
            made = custody.offer(
                writer, speaker, devices, to=receiver.id, rules=rules, transfer=transfer, reason=reason
            )
            apply(writer)
        return Given(made.handover, receiver.id, new_link(made.handover, receiver.id, speaker.by or ""))


def new_link(handover: str, person: str, by: str) -> str:
    """The token of a link that answers a hand-over; those that were made before no longer work."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    AcceptLink.objects.filter(handover=handover, used_at=None).delete()
    AcceptLink.objects.create(
        digest=link_digest(token), handover=handover, person=person, made_by=by, expires_at=AcceptLink.expiry()
    )
    return token


def link_digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def link_of(token: str) -> AcceptLink | None:
    """The link with this token, a used or ended one too. Found by a digest of 256 random bits: no time tells how near a guess was."""
    found = AcceptLink.objects.filter(digest=link_digest(token)).first()
    # Whoever has ended answers nothing, and is shown nothing.
    return found if found is not None and (found.used_at is not None or here(found.person)) else None


def by_link(key: PrivateKey, link: AcceptLink) -> Speaker:
    """For whom the register speaks where somebody had a link."""
    return Speaker(key=key, by=link.person, authenticated=Authentication.LINK)


def accept(
    ledger: Ledger, speaker: Speaker, handover: str, devices: Sequence[str], *, link: AcceptLink | None = None
) -> None:
    """Accept what was offered together: exactly these devices. What is signed is kept, and the link used up. Done already by this
    link, it is done. Raises `NotHandedOver` where the gate closed meanwhile."""
    with ledger.write() as writer:
        if link is not None and _is_answered(link, accepted=True):
            return
        _require_same(ledger, handover, devices)
        rules = _rules(ledger)
        _require_passage(writer, devices, speaker.by, CustodyEvent.ACCEPTED, rules)
        digest = _keep_text(ledger, speaker, handover, devices)
        custody.accept(writer, speaker, handover, devices, text=digest, rules=rules)
        _use(link, accepted=True)
        apply(writer)


def decline(
    ledger: Ledger,
    speaker: Speaker,
    handover: str,
    devices: Sequence[str],
    *,
    reason: str | None,
    link: AcceptLink | None = None,
) -> None:
    """Decline what was offered together, or take it back."""
    with ledger.write() as writer:
        if link is not None and _is_answered(link, accepted=False):
            return
        _require_same(ledger, handover, devices)
        custody.decline(writer, speaker, handover, devices, reason=reason)
        _use(link, accepted=False)
        AcceptLink.objects.filter(handover=handover, used_at=None).delete()
        apply(writer)


def happen(
    ledger: Ledger,
    speaker: Speaker,
    event: CustodyEvent,
    devices: Sequence[str],
    *,
    reason: str | None = None,
    true_at: str | None = None,
) -> None:
    """Record what happened to devices: all of them, or none. Raises `HadLater` where `true_at` of a loss is before somebody is known
    to have had one of them."""
    with ledger.write() as writer:
        if event is CustodyEvent.MISSING and true_at is not None:
            true_at = _after_had(ledger, writer, devices, true_at)
        custody.happen(writer, speaker, event, devices, reason=reason, true_at=true_at)
        apply(writer)


def _after_had(ledger: Ledger, writer: Writer, devices: Sequence[str], true_at: str) -> str:
    """When devices were last had, as somebody says to the minute; not before they are known to have been had."""
    said = seconds_of(true_at)
    for device in devices:
        custody_now = sight(writer, device).state.custody
        had = None if custody_now is None else custody_now.seen_at
        if custody_now is None or had is None or said >= had:
            continue
        if had - said >= MINUTE_SECONDS:
            name = named.called(ledger, [device])[device].text(device)
            raise HadLater(
                f"{name} was in somebody's hands on {moment_text(had)}, when it was "
                + ("accepted or seen" if custody_now.state is CustodyState.HELD else "last recorded or seen"),
                hint="enter a later time",
            )
        said, true_at = had, f"{datetime.fromtimestamp(had, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return true_at


def signed_text(ledger: Ledger, person: str, devices: Sequence[str]) -> str:
    """What a person signs, in words: in English, as the terms are, whatever language the page is in."""
    with translation.override(settings.LANGUAGE_CODE):
        return _signed_text(ledger, person, devices)


def _signed_text(ledger: Ledger, person: str, devices: Sequence[str]) -> str:
    names = named.called(ledger, devices)
    lines = [
        ", ".join(
            part
            for part in (
                str(KINDS[one.kind]),
                f"asset tag {names[one.subject].tag}" if names[one.subject].tag else "",
                f"serial number {names[one.subject].serial}" if names[one.subject].serial else "",
                f"id {one.subject}",
            )
            if part
        )
        for one in queries.some(ledger.database, devices)
    ]
    terms = newest()
    who = named.people([person]).get(person, "")
    return "\n".join(
        [
            "Acceptance of devices",
            f"On {moment_text(now_of(ledger))}, {who} (person {person}) accepted:",
            *lines,
            f"on these terms (version {terms.version}, SHA-256 {terms.digest}):",
            *terms.sentences,
            "",
        ]
    )


def _keep_text(ledger: Ledger, speaker: Speaker, handover: str, devices: Sequence[str]) -> str:
    """Keep what is signed under a salt of its own; the digest that the fact holds."""
    person = speaker.by or ""
    text, salt = signed_text(ledger, person, devices), secrets.token_bytes(SALT_BYTES)
    digest = hashlib.sha256(salt + text.encode()).hexdigest()
    SignedText.objects.create(digest=digest, salt=salt.hex(), text=text, person=person, handover=handover)
    return digest


def _is_answered(link: AcceptLink, *, accepted: bool) -> bool:
    """Whether the link gave this answer already, read anew under the write lock. Raises `PolicyError` where it no longer works."""
    now = AcceptLink.objects.filter(digest=link.digest).first()
    if now is not None and now.used_at is not None and now.accepted is accepted:
        return True
    if now is None or not now.open:
        raise PolicyError("this link has been used, or is too old", hint="ask who gave it to you for another one")
    return False


def _use(link: AcceptLink | None, *, accepted: bool) -> None:
    if link is not None:
        link.used_at, link.accepted = timezone.now(), accepted
        link.save(update_fields=["used_at", "accepted"])


def _require_same(ledger: Ledger, handover: str, devices: Sequence[str]) -> None:
    """Return if exactly these devices are still offered together: nobody signs for what they were not shown."""
    offered = {one.subject for one in queries.offered_together(ledger.database, handover)}
    if not offered or offered != set(devices):
        raise PolicyError(
            "what is offered has changed since you opened the page", hint="open it again, and read what it says now"
        )


def _require_passage(
    writer: Writer, devices: Sequence[str], to: str | None, event: CustodyEvent, rules: Compiled
) -> None:
    """Raises `NotHandedOver` with what stands against each device."""
    held = []
    possible = []
    for device in dict.fromkeys(devices):
        seen = sight(writer, device)
        try:
            after(state_of(seen.state.custody), event)
        except PolicyError as error:
            held.append(Held(device, (Finding("state", "", f"{error}; {error.hint}"),)))
        else:
            possible.append(device)
    if possible:
        passed = custody.passages(writer, possible, to=to, rules=rules)
        held += [Held(device, passage.reasons) for device, passage in passed.items() if not passage.allowed]
    if held:
        raise NotHandedOver(held)


def _are_held(writer: Writer, devices: Sequence[str]) -> bool:
    """Whether all of them are held by somebody, so that they are passed on."""
    states = {sight(writer, device).state.custody for device in devices}
    return bool(states) and all(one is not None and one.state.value == "held" for one in states)


def _new_person(ledger: Ledger, key: PrivateKey, person: NewPerson) -> Account:
    """An account without a password: a person whom facts can name, who signs in only once IT gives them a link for that."""
    relation = ledger.projection.relation(person.organisation)
    duty = _DUTY_THERE.get(relation) if relation is not None else None
    if duty is None:
        raise InputError("devices are handed to people of your organisation, or of a contractor")
    return account_acts.create(
        ledger, key, name=person.name, email=person.email, organisation=person.organisation, duties=[duty]
    )


def _rules(ledger: Ledger) -> Compiled:
    return rules_in_force(ledger.database, now_of(ledger)).compiled
