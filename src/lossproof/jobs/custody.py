"""What people do with devices, into the log: offer, accept, decline, return, report missing and the rest.

Every act is done inside `with ledger.write() as writer`: what is known then is what it is judged by, and nobody else's act comes
between. First it is asked whether each device may have the event now (`policy.custody`); an offer, and again its acceptance, also
passes the issue gate (`policy.gate`). Then one fact a device is appended, for all of them or for none. Receipts are the writer's,
after its block.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lossproof.errors import InputError, PolicyError
from lossproof.jobs.sights import Sight, sight
from lossproof.jobs.stating import Speaker, require_person, signed
from lossproof.ledger.log import Writer
from lossproof.ledger.store import moment
from lossproof.model.fact import Relation
from lossproof.model.facts.custody import Custody, CustodyEvent
from lossproof.policy.custody import after, state_of
from lossproof.policy.gate import CHECK_AGAIN, Passage, Receiver, gate
from lossproof.policy.rules import Compiled
from lossproof.wire.facts import subject_of

MOST_DEVICES = 200
"""How many devices one signature may cover."""

_MOST_NAMED = 3
_HANDED = frozenset({CustodyEvent.OFFERED, CustodyEvent.TRANSFERRED, CustodyEvent.ACCEPTED, CustodyEvent.DECLINED})

SightOf = Callable[[Writer, str], Sight]


class Offered(NamedTuple):
    """The random id of what is signed together, and what let each device go."""

    handover: str
    passages: dict[str, Passage]


def passages(
    writer: Writer,
    devices: Sequence[str],
    *,
    to: str | None = None,
    organisation: str | None = None,
    rules: Compiled,
    sight_of: SightOf = sight,
) -> dict[str, Passage]:
    """What the gate says of each device, for pages that show it before the act. Raises `InputError` as `offer`."""
    receiver = _receiver(writer, to, organisation)
    return {device: _passage(writer, sight_of(writer, device), receiver, rules) for device in _listed(devices)}


def offer(
    writer: Writer,
    speaker: Speaker,
    devices: Sequence[str],
    *,
    to: str | None = None,
    organisation: str | None = None,
    rules: Compiled,
    transfer: bool = False,
    sight_of: SightOf = sight,
    reason: str | None = None,
) -> Offered:
    """Offer devices to a person, or to whoever of an organisation will accept them: from stock, or as a `transfer` from who holds
    them, with whom they stay until they are accepted.

    Raises `InputError` where a device, the person or the organisation is not registered, `PolicyError` where a device is not in
    stock (or not held), or does not pass the gate.
    """
    event = CustodyEvent.TRANSFERRED if transfer else CustodyEvent.OFFERED
    receiver = _receiver(writer, to, organisation)
    handover = secrets.token_hex(16)
    let_go: dict[str, Passage] = {}
    facts: dict[str, Custody] = {}
    for device in _listed(devices):
        seen = sight_of(writer, device)
        after(state_of(seen.state.custody), event)
        if transfer and seen.state.custody is not None and seen.state.custody.holder == to:
            raise InputError("who is to have the device has it already")
        let_go[device] = _passage(writer, seen, receiver, rules)
        facts[device] = _custody(
            writer,
            speaker,
            event,
            to=to,
            organisation=receiver.organisation,
            handover=handover,
            passage=let_go[device],
            reason=reason,
        )
    _require_passage(let_go)
    _append(writer, speaker, facts)
    return Offered(handover, let_go)


def accept(
    writer: Writer,
    speaker: Speaker,
    handover: str,
    devices: Sequence[str],
    *,
    text: str | None,
    rules: Compiled,
    sight_of: SightOf = sight,
) -> dict[str, Passage]:
    """Accept devices that were offered together: all of those named, or none. `text` is the salted digest of what was signed,
    whose row the caller keeps. Who is to have them passes the gate again, by what is known now.

    Raises `PolicyError` where one is no longer offered, was offered to somebody else, or does not pass the gate.
    """
    let_go: dict[str, Passage] = {}
    facts: dict[str, Custody] = {}
    for device in _listed(devices):
        seen = sight_of(writer, device)
        to, organisation = _answering(speaker, handover, device, seen)
        let_go[device] = _passage(writer, seen, _receiver(writer, to, organisation), rules)
        facts[device] = _custody(
            writer,
            speaker,
            CustodyEvent.ACCEPTED,
            to=to,
            organisation=organisation,
            handover=handover,
            text=text,
            passage=let_go[device],
        )
    _require_passage(let_go)
    _append(writer, speaker, facts)
    return let_go


def decline(
    writer: Writer,
    speaker: Speaker,
    handover: str,
    devices: Sequence[str],
    *,
    sight_of: SightOf = sight,
    reason: str | None = None,
) -> None:
    """Decline devices that were offered, or take the offer back. Raises `PolicyError` where one is no longer offered so."""
    facts = {}
    for device in _listed(devices):
        _require_open(handover, device, sight_of(writer, device))
        facts[device] = _custody(writer, speaker, CustodyEvent.DECLINED, handover=handover, reason=reason)
    _append(writer, speaker, facts)


def happen(
    writer: Writer,
    speaker: Speaker,
    event: CustodyEvent,
    devices: Sequence[str],
    *,
    sight_of: SightOf = sight,
    reason: str | None = None,
    true_at: str | None = None,
) -> None:
    """Record that something happened to devices that passes no gate: returned, restocked, sighted, missing, found, quarantined,
    wiped or destroyed; `true_at` is when (None: now). Raises `PolicyError` where the table does not let it happen."""
    if event in _HANDED:
        raise InputError("an offer and its answer are made with another person, who must be named")
    facts = {}
    # Random, so that the same twice within a second is two facts and not one.
    together = secrets.token_hex(16)
    for device in _listed(devices):
        after(state_of(sight_of(writer, device).state.custody), event)
        facts[device] = _custody(writer, speaker, event, handover=together, reason=reason, true_at=true_at)
    _append(writer, speaker, facts)


def _listed(devices: Sequence[str]) -> Sequence[str]:
    if not 0 < len(devices) <= MOST_DEVICES:
        raise InputError(f"name one device, and at most {MOST_DEVICES}")
    if len(set(devices)) != len(devices):
        raise InputError("a device is named twice")
    return devices


def _receiver(writer: Writer, to: str | None, organisation: str | None) -> Receiver:
    """Who is to have a device. Raises `InputError` where the person or the organisation is not registered."""
    home = organisation
    if to is not None:
        person = require_person(writer.projection, to)
        if organisation not in (None, person.organisation):
            raise InputError("who is to have the device is of another organisation")
        home = person.organisation
    if home is None:
        raise InputError("say who is to have the device, or which organisation")
    registered = writer.projection.organisation(home)
    if registered is None or registered.ended is not None:
        raise InputError("the organisation that is to have the device is not registered, or has ended")
    return Receiver(to, home, registered.relation is not Relation.CONTROLLER)


def _require_open(handover: str, device: str, seen: Sight) -> None:
    """Return if a device is still offered by this hand-over. Raises `PolicyError`."""
    if seen.offer is None or seen.offer.handover != handover:
        offered = "it was offered anew since" if seen.offer else "it was answered, or the device changed hands since"
        raise PolicyError(
            f"device {device} is no longer offered like this: {offered}",
            hint="ask who offered it to offer it again, if it is still to be handed over",
        )


def _answering(speaker: Speaker, handover: str, device: str, seen: Sight) -> tuple[str, str | None]:
    """Who will have a device that is still offered by this hand-over, and of which organisation."""
    _require_open(handover, device, seen)
    offered = seen.offer
    to = (offered.to if offered else None) or speaker.by
    if to is None:
        raise InputError("say who accepts the device")
    if speaker.by not in (None, to):
        raise PolicyError(
            f"device {device} was offered to somebody else", hint="ask who offered it to offer it to you instead"
        )
    return to, offered.organisation if offered else None


def _passage(writer: Writer, seen: Sight, receiver: Receiver, rules: Compiled) -> Passage:
    return gate(rules, seen.state, receiver, seen.marks, int(writer.clock().timestamp()))


def _require_passage(let_go: dict[str, Passage]) -> None:
    """Raises `PolicyError` that says of the first devices that do not pass why not."""
    held = [(device, passage) for device, passage in let_go.items() if not passage.allowed]
    if not held:
        return
    said = [f"device {device}: {', '.join(_why(passage))}" for device, passage in held[:_MOST_NAMED]]
    if len(held) > _MOST_NAMED:
        said.append(f"and {len(held) - _MOST_NAMED} more")
    raise PolicyError(f"not handed over: {'; '.join(said)}", hint=f"{CHECK_AGAIN}; or have an exception made for it")


def _why(passage: Passage) -> list[str]:
    return [reason.text for reason in passage.reasons]


def _custody(
    writer: Writer,
    speaker: Speaker,
    event: CustodyEvent,
    *,
    to: str | None = None,
    organisation: str | None = None,
    handover: str | None = None,
    text: str | None = None,
    passage: Passage | None = None,
    reason: str | None = None,
    true_at: str | None = None,
) -> Custody:
    proof = None if passage is None or passage.proof is None else writer.reader.leaf(passage.proof).entry.digest
    try:
        return Custody(
            true_at=true_at or moment(writer.clock),
            event=event,
            by=speaker.by,
            authenticated=speaker.authenticated,
            to=to,
            organisation=organisation,
            handover=handover,
            text=text,
            proof=proof,
            exception=None if passage is None else passage.exception,
            reason=reason,
        )
    except ValueError as error:
        raise InputError(f"this cannot be recorded: {error}") from None


def _append(writer: Writer, speaker: Speaker, facts: dict[str, Custody]) -> None:
    """One fact a device, when all of them are known to be possible. Raises `InputError` for a speaker who is not registered."""
    if speaker.by is not None:
        require_person(writer.projection, speaker.by)
    for device, fact in facts.items():
        writer.append(signed(speaker.key, fact, subject_of(device)))
