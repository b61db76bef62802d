"""Keys, organisations and manifest recipients into the log, by an owner."""

from __future__ import annotations

import secrets

from lossproof.errors import InputError, PolicyError, StoreError
from lossproof.jobs.stating import Registered, controller, register
from lossproof.ledger.database import raw
from lossproof.ledger.erasable import keep, salted_digest
from lossproof.ledger.keys import PrivateKey, fingerprint
from lossproof.ledger.manifest import parse_recipient
from lossproof.ledger.projection import Projection
from lossproof.ledger.registered import EnrolledKey
from lossproof.ledger.store import Ledger, moment
from lossproof.model.fact import Relation, Role, key_subject
from lossproof.model.facts.registration import Action, Key, Organisation, Registration

ORGANISATION = "organisation"
"""The kind of an erasable row that holds the name of an organisation."""

_CONTROLLERS_ROLES = frozenset({Role.OWNER, Role.DECIDER, Role.REGISTER})
"""Who enrols keys, who may withdraw what others have signed, and who speaks for the people who log in."""

LIST_KEYS = "`lossproof ledger show` lists the keys by their fingerprints"


def compact(mark: str) -> str:
    """A fingerprint as people write it, in the one way in which it is kept."""
    return "".join(mark.split()).lower()


def enrol_key(
    ledger: Ledger,
    owner: PrivateKey,
    public: bytes,
    role: Role | None,
    *,
    organisation: str | None = None,
    new_organisation: str | None = None,
    relation: Relation = Relation.PROCESSOR,
    replaces: str | None = None,
) -> Registered:
    """Enrol a key, with a new organisation if one is named, and end the key that it replaces, whose role and organisation it
    takes unless others are given. `organisation` is an id, or a name that stands in the erasable rows."""
    if organisation is not None and new_organisation is not None:
        raise InputError("the key is of one organisation", hint="give --organisation or --new-organisation")
    mark = fingerprint(public)
    given = {"key": key_subject(mark), "fingerprint": mark}
    with ledger.write() as writer:
        if writer.projection.key(mark) is not None:
            raise PolicyError("this key is enrolled already, or was", hint="make another key")
        old = _replaced(writer.projection, replaces)
        wanted = role or (old.role if old else None)
        if wanted is None:
            raise InputError("a key is enrolled in a role", hint="give --role, such as --role inspector")
        home = old.organisation if old else controller(writer.projection)
        if organisation is not None:
            home = find_organisation(ledger, organisation)
        elif new_organisation is not None:
            home = given["organisation"] = secrets.token_hex(16)
            thing = _named(ledger, new_organisation, relation)
            register(
                writer,
                owner,
                home,
                Registration(true_at=moment(ledger.publisher.clock), action=Action.CREATED, organisation=thing),
            )
        if wanted in _CONTROLLERS_ROLES and home != controller(writer.projection):
            raise PolicyError(f"a key with the role {wanted.value} is the controller's own")
        key = Key(public_key=public.hex(), organisation=home, role=wanted, replaces=old.subject if old else None)
        register(
            writer,
            owner,
            given["key"],
            Registration(true_at=moment(ledger.publisher.clock), action=Action.CREATED, key=key),
        )
        if old is not None:
            register(
                writer, owner, old.subject, Registration(true_at=moment(ledger.publisher.clock), action=Action.ENDED)
            )
    return Registered(receipts=writer.receipts, registered=given)


def enrol_recipient(ledger: Ledger, owner: PrivateKey, recipient: str) -> Registered:
    """Enrol an age recipient, to whom lists of people are sealed from then on."""
    parse_recipient(recipient)
    given = {"recipient": secrets.token_hex(16)}
    with ledger.write() as writer:
        if any(one.recipient == recipient and one.ended is None for one in writer.projection.recipients()):
            raise InputError("this recipient is enrolled already")
        fact = Registration(true_at=moment(ledger.publisher.clock), action=Action.CREATED, recipient=recipient)
        register(writer, owner, given["recipient"], fact)
    return Registered(receipts=writer.receipts, registered=given)


def name_controller(ledger: Ledger, owner: PrivateKey, name: str) -> Registered:
    """Say what the controller is called. An owner's alone: a register must not change whose ledger it is."""
    with ledger.write() as writer:
        home = controller(writer.projection)
        thing = _named(ledger, name, Relation.CONTROLLER)
        fact = Registration(true_at=moment(ledger.publisher.clock), action=Action.CHANGED, organisation=thing)
        register(writer, owner, home, fact)
    return Registered(receipts=writer.receipts, registered={"organisation": home})


def organisation_names(ledger: Ledger) -> dict[str, str]:
    """The names of organisations by id, of those whose name stands in the erasable rows, in one query. Raises `StoreError` where
    a name is not what its digest says."""
    rows = ledger.database.execute(
        "SELECT o.subject, e.digest, e.salt, e.value FROM ledger_organisation o JOIN ledger_erasable e ON e.digest = o.name "
        "WHERE o.log = ? AND e.erased_at IS NULL ORDER BY o.leaf, o.subject",
        (ledger.log.number,),
    )
    if any(salted_digest(raw(salt), value) != digest for _, digest, salt, value in rows):
        raise StoreError("a value in the store is not what its digest says")
    return {subject: value for subject, _, _, value in rows}


def find_organisation(ledger: Ledger, text: str) -> str:
    """The id of the organisation that `text` names: its id, or its name. Raises `InputError` for none or several."""
    names = organisation_names(ledger)
    found = [
        one.subject
        for one in ledger.projection.organisations()
        if one.ended is None and text in {one.subject, names.get(one.subject)}
    ]
    if len(found) != 1:
        several = f"{len(found)} organisations have this name" if found else "the ledger knows no such organisation"
        raise InputError(several, hint="name it by its id: `lossproof ledger show` lists them")
    return found[0]


def _named(ledger: Ledger, name: str, relation: Relation) -> Organisation:
    if name in organisation_names(ledger).values():
        raise InputError("an organisation of this name is registered already", hint="name it with --organisation")
    return Organisation(relation=relation, name=keep(ledger.database, ORGANISATION, name))


def _replaced(projection: Projection, mark: str | None) -> EnrolledKey | None:
    if mark is None:
        return None
    key = projection.key(compact(mark))
    if key is None or key.ended is not None:
        raise InputError(
            "the key that is to be replaced is not enrolled, or has ended",
            hint=LIST_KEYS,
        )
    return key
