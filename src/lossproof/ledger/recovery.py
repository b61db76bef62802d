"""Taking over: a new log in the same store, when the old one must not be continued.

A store put back to an old backup lacks facts that a checkpoint covers, and a log whose key is lost cannot be signed. Going on
would show two histories of one log. So a new log begins, with a new origin and key; its genesis names the newest checkpoint
that is known of the old one, so that anyone can see what is missing, and every old fact that still holds is appended again.
What was known earlier is shown by the old log, which stays readable and is never written again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lossproof.errors import FormatError, InputError, LossproofError, PolicyError, StoreError, VerificationError
from lossproof.ledger.checkpoint import Checkpoint, read_signed
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.log import Writer, write
from lossproof.ledger.projection import Projection
from lossproof.ledger.publishing import Publisher
from lossproof.ledger.reading import Reader
from lossproof.ledger.registered import EnrolledKey
from lossproof.ledger.store import Ledger, add_log, enrolment, moment, sign_genesis
from lossproof.model.fact import Role
from lossproof.model.facts.genesis import EarlierLog, Genesis


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The ledger with its new log. `appended` facts were taken over; `refused` are the leaves of the old log whose facts were
    not, with the reason."""

    ledger: Ledger
    appended: int
    refused: tuple[tuple[int, str], ...]


def recover(ledger: Ledger, owner_key: PrivateKey, log_key: PrivateKey) -> Recovered:
    """Begin a new log in the store of `ledger`, signed by `log_key`, which is new; `owner_key` is an owner's of the old one.

    All of it is one transaction: it is done or it is not. Raises `PolicyError` where the owner's key may not, `InputError`
    where the log's key is not new, `StoreError` where the store cannot be written.
    """
    database, clock = ledger.database, ledger.publisher.clock
    publisher = Publisher(log_key, ledger.publisher.outside, clock)
    with database.transaction():
        old = ledger.reader
        projection = Projection(old)
        projection.catch_up()
        owner = require_owner(projection, owner_key)
        if projection.key(log_key.keyid) is not None or log_key.public == old.log.public:
            raise InputError("the key of the new log is in use already", hint="make a new one")
        genesis = _old_genesis(old)
        earlier = _newest_known(ledger)
        log = add_log(database, log_key.public)
        # The store may be behind the file outside it, which is what is being mended: the genesis will say that it knows.
        with write(database, Publisher(clock=clock), receipts=False) as writer:
            recipients = [
                one for one in projection.recipients() if one.subject == old.log.subject and one.ended is None
            ]
            new = Genesis(
                true_at=moment(clock),
                origin=log.origin,
                log_key=log_key.public.hex(),
                owner_key=owner_key.public.hex(),
                owner=owner.subject,
                organisation=genesis.organisation,
                recipient=recipients[0].recipient if recipients else None,
                earlier=EarlierLog(origin=earlier.origin, size=earlier.size, root=earlier.root.hex()),
            )
            writer.begin(sign_genesis(new, log, owner_key))
            first = projection.key(genesis.owner)
            if first is not None and first.public != owner_key.public:
                # What the first owner signed is to be taken over, and perhaps its end or compromise after that.
                writer.append(enrolment(first.public, first.organisation, first.role, owner_key, clock=clock))
            appended, refused = _take_over(old, writer, owner)
            writer.heads()
    publisher.publish(database)
    renewed = Ledger(database=database, log=log, publisher=publisher, behind="")
    return Recovered(ledger=renewed, appended=appended, refused=tuple(refused))


def require_owner(projection: Projection, owner_key: PrivateKey) -> EnrolledKey:
    """The enrolment of an owner's key that may begin a new log. Raises `PolicyError`."""
    owner = projection.key(owner_key.keyid)
    if owner is None or owner.role is not Role.OWNER or not owner.active:
        raise PolicyError("only an owner of the old log, whose key is in force, begins a new one")
    return owner


def _old_genesis(old: Reader) -> Genesis:
    genesis = old.statement(old.leaf(0).entry.digest).predicate
    if not isinstance(genesis, Genesis):
        raise FormatError("leaf 0: not a genesis")
    return genesis


def _newest_known(ledger: Ledger) -> Checkpoint:
    """The largest checkpoint by the old log's key: in the store, or in the file outside it."""
    notes = []
    newest = ledger.reader.newest_checkpoint()
    if newest is not None:
        notes.append(newest.note)
    if ledger.publisher.outside is not None and (outside := ledger.publisher.outside.read()) is not None:
        notes.append(outside)
    known = []
    for note in notes:
        try:
            known.append(read_signed(note, [ledger.log.verifier]).checkpoint)
        except (FormatError, VerificationError):
            continue
    if not known:
        raise VerificationError("no checkpoint of the old log is known, in the store or outside it")
    return max(known, key=lambda checkpoint: checkpoint.size)


def _take_over(old: Reader, writer: Writer, owner: EnrolledKey) -> tuple[int, list[tuple[int, str]]]:
    appended, refused = 0, []
    for leaf, envelope in _envelopes(old):
        if leaf == owner.leaf:
            # The enrolment of the owner of the new log: its genesis stands for it.
            continue
        try:
            writer.append(envelope)
            appended += 1
        except LossproofError as error:
            if isinstance(error, StoreError):
                raise
            refused.append((leaf, str(error)))
    return appended, refused


def _envelopes(old: Reader) -> Iterator[tuple[int, bytes]]:
    """The envelopes of the old log after its genesis, each once, in order, with its first leaf."""
    genesis = old.leaf(0).entry.digest
    before = ""
    for leaf in old.leaves(1):
        digest = leaf.entry.digest
        # The leaves of one envelope stand side by side.
        if leaf.entry.kind == "fact" and digest not in {genesis, before}:
            yield leaf.index, old.envelope(digest)
        before = digest
