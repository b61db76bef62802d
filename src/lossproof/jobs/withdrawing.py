"""What takes something back: a fact that was wrong, a key that may be in other hands, a thing that has ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lossproof.errors import InputError, PolicyError
from lossproof.jobs.enrolling import LIST_KEYS, compact, organisation_names
from lossproof.jobs.stating import Registered, controller, register, signed
from lossproof.ledger.keys import PrivateKey, fingerprint
from lossproof.ledger.log import Writer
from lossproof.ledger.reading import Reader
from lossproof.ledger.receipts import Receipt
from lossproof.ledger.store import Ledger, moment
from lossproof.model.fact import REGISTER_ENROLS, Role
from lossproof.model.facts.compromise import Compromise, CompromiseReason
from lossproof.model.facts.registration import Action, Registration
from lossproof.model.facts.retraction import Retraction, RetractionReason
from lossproof.wire.facts import subject_of


class Compromised(NamedTuple):
    """The receipts, and the leaves that the key has signed."""

    receipts: tuple[Receipt, ...]
    leaves: tuple[int, ...]


def retract(ledger: Ledger, signer: PrivateKey, leaf: int, reason: RetractionReason) -> tuple[Receipt, ...]:
    """Withdraw the fact in a leaf. Raises `InputError` where it is none, or is withdrawn already."""
    with ledger.write() as writer:
        digest = _fact_in(writer.reader, leaf)
        if writer.projection.is_retracted(bytes.fromhex(digest)):
            raise InputError(f"the fact in leaf {leaf} is withdrawn already")
        target = writer.reader.statement(digest)
        fact = Retraction(true_at=moment(ledger.publisher.clock), leaf=leaf, envelope=digest, reason=reason)
        writer.append(signed(signer, fact, *target.subjects))
    return writer.receipts


def signer_of(ledger: Ledger, leaf: int) -> str:
    """The fingerprint of the key that signed the fact in a leaf. Raises `InputError` where there is none."""
    return ledger.reader.signer(_fact_in(ledger.reader, leaf))


def _fact_in(reader: Reader, leaf: int) -> str:
    """The digest of the envelope in a leaf."""
    entry = reader.leaf(leaf).entry
    if entry.kind != "fact":
        raise InputError(f"leaf {leaf} is no fact", hint="`lossproof ledger show DEVICE` names the leaves")
    return entry.digest


def compromise(ledger: Ledger, signer: PrivateKey, mark: str, reason: CompromiseReason) -> Compromised:
    """Record that a key may be in other hands, and list the leaves that it signed."""
    with ledger.write() as writer:
        key = writer.projection.key(compact(mark))
        if key is None:
            raise _unknown_key(ledger, mark)
        if key.compromised is not None:
            raise InputError(f"leaf {key.compromised} records this key as compromised already")
        fact = Compromise(true_at=moment(ledger.publisher.clock), fingerprint=key.fingerprint, reason=reason)
        writer.append(signed(signer, fact, subject_of(key.subject)))
    # All leaves are gone through: not while others wait for the lock.
    return Compromised(writer.receipts, tuple(_signed_by(ledger.reader, key.fingerprint)))


def _unknown_key(ledger: Ledger, mark: str) -> InputError:
    if compact(mark) == fingerprint(ledger.log.public):
        return InputError(
            "this is the key of the log itself, which signs checkpoints and no facts",
            hint="`lossproof ledger recover --anyway` begins a new log with a new key; tell the witnesses",
        )
    return InputError("no such key is enrolled", hint=LIST_KEYS)


def _signed_by(reader: Reader, mark: str) -> Iterator[int]:
    for leaf in reader.leaves():
        if leaf.entry.kind == "fact" and reader.signer(leaf.entry.digest) == mark:
            yield leaf.index


def end(ledger: Ledger, owner: PrivateKey, text: str) -> Registered:
    """End what `text` names: a key by its fingerprint, a manifest recipient, an organisation with its keys and people, or a device.

    Raises `InputError` for none or several.
    """
    with ledger.write() as writer:
        what, subject = _named_by(ledger, text)
        thing = writer.projection.thing(subject)
        if thing is not None and thing.ended is not None:
            raise InputError(f"this {what} has ended already, by leaf {thing.ended}")
        ended = Registration(true_at=moment(ledger.publisher.clock), action=Action.ENDED)
        if what == "organisation":
            end_organisation(writer, owner, subject)
        else:
            register(writer, owner, subject, ended)
    return Registered(receipts=writer.receipts, registered={what: subject})


def end_organisation(writer: Writer, signer: PrivateKey, subject: str) -> None:
    """End an organisation, its people, and of its keys those that this signer may end: an owner all, a register those that it enrols.

    Raises `PolicyError` for the controller, `InputError` where there is no such organisation, or it has ended.
    """
    projection = writer.projection
    if subject == controller(projection):
        raise PolicyError("this is the organisation whose ledger it is")
    found, by = projection.organisation(subject), projection.key(signer.keyid)
    if found is None or found.ended is not None:
        raise InputError("the organisation is not registered, or has ended")
    is_register = by is not None and by.role is Role.REGISTER
    keys = [
        key.subject
        for key in projection.enrolled_keys()
        if key.organisation == subject and key.ended is None and (not is_register or key.role in REGISTER_ENROLS)
    ]
    people = [one.subject for one in projection.people() if one.organisation == subject and one.ended is None]
    ended = Registration(true_at=moment(writer.clock), action=Action.ENDED)
    for one in (*keys, *people, subject):
        register(writer, signer, one, ended)


def _named_by(ledger: Ledger, text: str) -> tuple[str, str]:
    """What sort of thing `text` names, and its id."""
    projection = ledger.projection
    if (key := projection.key(compact(text))) is not None:
        return "key", key.subject
    for recipient in projection.recipients():
        if text in {recipient.recipient, recipient.subject} and recipient.ended is None:
            return "recipient", recipient.subject
    names = organisation_names(ledger)
    called = [one.subject for one in projection.organisations() if text in {one.subject, names.get(one.subject)}]
    if len(called) == 1:
        return "organisation", called[0]
    return "device", projection.find_device(text).subject
