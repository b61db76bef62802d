"""What somebody could do to an evidence pack: by chance, without a key, or with the log key in hand.

`mutants` changes a given pack; `CROOKED` are logs and packs that an operator could write who has the log key and every other
secret of the ledger, but not the witnesses' keys nor what the verifier holds. Each is to be refused, or named incomplete. What only
a replay of the whole log shows (a heads leaf or a chain that lies about what the pack then does not hold) is not among them.
"""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from ledger.packs import MadeKey, MadeLog, MadePack
from lossproof.ledger.archive import read_archive, write_archive
from lossproof.ledger.checkpoint import Checkpoint, add_signatures, cosign, sign_checkpoint
from lossproof.ledger.encoding import decode_base64, encode_base64
from lossproof.ledger.envelope import open_envelope
from lossproof.ledger.pack import Signer, SignerOf, gather, seal
from lossproof.ledger.pack_members import MANIFEST, PAGE, parse_manifest
from lossproof.ledger.trust import NONE, TrustPolicy
from lossproof.model.fact import Relation, Role
from lossproof.model.facts.compromise import Compromise, CompromiseReason
from lossproof.model.facts.genesis import EarlierLog
from lossproof.model.facts.registration import Action, Key, Organisation, Registration


class Mutant(NamedTuple):
    """A changed pack, and what its verifier holds: their trust policy, and a checkpoint from before, or None."""

    name: str
    pack: bytes
    policy: TrustPolicy
    since: bytes | None


def mutants(made: MadePack, draw: random.Random) -> Iterator[Mutant]:
    """Changed copies of a pack, without end: bytes, members, and members with a manifest that is signed again."""
    while True:
        name, pack = draw.choice(_CHANGES)(made, draw)
        if pack != made.pack:
            yield Mutant(name, pack, made.policy, made.since)


def every_byte(made: MadePack, draw: random.Random) -> Iterator[Mutant]:
    """Each byte of a pack changed in turn."""
    for at in range(len(made.pack)):
        changed = bytearray(made.pack)
        changed[at] ^= 1 << draw.randrange(8)
        yield Mutant(f"byte {at} changed", bytes(changed), made.policy, made.since)


# By chance, or by somebody without any key


def _changed_byte(made: MadePack, draw: random.Random) -> tuple[str, bytes]:
    changed = bytearray(made.pack)
    for _ in range(draw.choice([1, 1, 2, 5])):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return "bytes changed", bytes(changed)


def _cut_or_grown(made: MadePack, draw: random.Random) -> tuple[str, bytes]:
    at, many = draw.randrange(len(made.pack)), draw.randrange(1, 40)
    return "cut or grown", draw.choice(
        [
            made.pack[:at],
            made.pack[:at] + made.pack[at + many :],
            made.pack[:at] + draw.randbytes(many) + made.pack[at:],
            made.pack + draw.randbytes(many),
            draw.randbytes(many) + made.pack,
        ]
    )


def _pieces_moved(made: MadePack, draw: random.Random) -> tuple[str, bytes]:
    first, second, third = sorted(draw.sample(range(len(made.pack) + 1), 3))
    return "pieces moved", made.pack[:first] + made.pack[second:third] + made.pack[first:second] + made.pack[third:]


def _unsigned_members(made: MadePack, draw: random.Random) -> tuple[str, bytes]:
    name, members = _members_changed(made, draw)
    return f"{name}, manifest as it was", write_archive(members)


def _stranger_signed(made: MadePack, draw: random.Random) -> tuple[str, bytes]:
    name, members = _members_changed(made, draw)
    return f"{name}, manifest signed by another key", resealed(members, made, MadeLog(draw).new_key())


# By the operator, who signs the manifest again


def _operator_signed(made: MadePack, draw: random.Random) -> tuple[str, bytes]:
    name, members = _members_changed(made, draw)
    return f"{name}, manifest signed again", resealed(members, made)


_FREE = (PAGE, "policy", MANIFEST)
"""What the operator may write as they like: their own words, which nobody verifies."""


def _members_changed(made: MadePack, draw: random.Random) -> tuple[str, dict[str, bytes]]:
    members = read_archive(made.pack)
    # Without its cosignatures or its name a pack proves less, and is no lie; so these are dropped whole or left.
    name = draw.choice([one for one in sorted(members) if one not in _FREE and one != "names.json"])
    other = draw.choice([one for one in sorted(members) if one not in _FREE and one != "names.json"])
    way = draw.randrange(6)
    if way == 0 and not name.startswith("earlier/"):
        del members[name]
        return f"{name} left out", members
    if way == 1:
        members[name], members[other] = members[other], members[name]
        return f"{name} and {other} exchanged", members
    if way == 2:
        members[name] = members[other]
        return f"{name} as {other}", members
    if way == 3:
        stray = draw.choice(["earlier", "entries", "envelopes", "heads", "keys", "proofs", "more"])
        members[f"{stray}/{draw.randbytes(16).hex()}.json"] = members[other]
        return f"a copy of {other} in {stray}", members
    if way == 4 and name.startswith("entries/"):
        del members[name], members[name.replace("entries", "proofs").replace("json", "tlog-proof")]
        return f"{name} and its proof left out", members
    return f"a byte of {name} changed", {**members, name: _hurt(name, members[name], draw)}


def _hurt(name: str, content: bytes, draw: random.Random) -> bytes:
    """The member with a byte changed, in the part that says something: not in a cosignature of an earlier checkpoint."""
    end = content.index(b"\n\n") if name.endswith(".checkpoint") else len(content)
    if end == 0:
        return b"x"
    at = draw.randrange(end)
    return content[:at] + bytes([content[at] ^ (1 << draw.randrange(8))]) + content[at + 1 :]


def resealed(members: dict[str, bytes], made: MadePack, key: MadeKey | None = None, **changed: Any) -> bytes:
    """The archive of these members, with a manifest signed by the log key, or by another."""
    old = read_archive(made.pack)
    manifest = parse_manifest(open_envelope(old[MANIFEST], most_bytes=1 << 26).payload, old)
    rest = {name: content for name, content in members.items() if name != MANIFEST}
    return seal(rest, replace(manifest, **changed), made.log.log_key if key is None else key.secret)


_CHANGES: list[Callable[[MadePack, random.Random], tuple[str, bytes]]] = [
    _changed_byte,
    _cut_or_grown,
    _pieces_moved,
    _unsigned_members,
    _stranger_signed,
    _operator_signed,
    _operator_signed,
    _operator_signed,
]


# Crooked logs


class Stage:
    """A small ledger: two witnesses, an inspector, a processor's agent, an auditor, a decider, two devices, a heads leaf."""

    def __init__(self, draw: random.Random, *, earlier: EarlierLog | None = None) -> None:
        self.draw = draw
        self.log = MadeLog(draw, earlier=earlier)
        self.log.witnesses = [(f"witness-{n}.example", self.log.new_key().secret) for n in range(2)]
        self.processor = self.log.organisation(Relation.PROCESSOR, "Made-up Couriers Ltd")
        self.inspector = self.log.enrol(Role.INSPECTOR)
        self.agent = self.log.enrol(Role.AGENT, self.processor)
        self.auditor = self.log.enrol(Role.AUDITOR)
        self.decider = self.log.enrol(Role.DECIDER)
        self.device = self.log.device(serial="SN-4711")
        self.other = self.log.device()
        self.fact(self.agent)
        self.first = self.fact()
        self.log.state(self.agent, self.log.inspection(), self.other)
        self.fact()
        self.second = self.log.state(self.agent, self.log.holding(), self.device)
        self.had = self.log.checkpoint_now()

    def fact(self, key: MadeKey | None = None) -> int:
        """One more fact about the device."""
        return self.log.state(key or self.inspector, self.log.inspection(), self.device)

    def fact_at(self, known_at: datetime) -> int:
        """One more fact about the device, which the log says to know since then."""
        envelope = self.log.envelope_of(self.inspector, self.log.inspection(later=-timedelta(days=1)), self.device)
        return self.log.state_bytes(self.inspector, envelope, self.device, known_at=known_at)

    def done(
        self, *, policy: TrustPolicy | None = None, since: bytes | None = None, change: Change | None = None
    ) -> Mutant:
        """The pack, its verifier's policy being that of the log with a quorum of two."""
        if self.log.last_heads() is None:
            self.log.heads_leaf()
        if len(self.log.texts) not in self.log.notes:
            self.log.checkpoint_now()
        manifest, members = gather(
            self.log, self.device, self.log.making(), signer=self.log.signer, names=self.log.known_names
        )
        members[PAGE] = b"a page"
        if change is not None:
            change(members)
        pack = seal(members, manifest, self.log.log_key)
        return Mutant("", pack, policy or self.log.policy(2), since)


Change = Callable[[dict[str, bytes]], None]
CROOKED: dict[str, Callable[[random.Random], Mutant]] = {}


def crooked(make: Callable[[random.Random], Mutant]) -> Callable[[random.Random], Mutant]:
    """Note it under its name."""
    CROOKED[make.__name__] = lambda draw: make(draw)._replace(name=make.__name__)
    return make


@crooked
def clock_turned_back(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.fact_at(stage.log.now - timedelta(hours=1))
    return stage.done()


@crooked
def clock_turned_back_in_the_tail(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.heads_leaf()
    stage.log.append(
        stage.other, stage.log.entries_made[stage.first].digest, known_at=stage.log.now - timedelta(hours=1)
    )
    return stage.done()


@crooked
def a_fact_of_the_future(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.state(stage.inspector, stage.log.inspection(later=timedelta(hours=1)), stage.device)
    return stage.done()


@crooked
def cosigned_before_it_was_known(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.heads_leaf()
    stage.log.checkpoint_now(at=stage.log.now - timedelta(hours=1))
    return stage.done()


@crooked
def an_earlier_one_cosigned_before_it_was_known(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.checkpoint_now(at=stage.log.now - timedelta(hours=1))
    stage.log.heads_leaf()
    return stage.done()


@crooked
def a_key_that_nobody_enrolled(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.fact(stage.log.new_key())
    return stage.done()


@crooked
def a_key_enrolled_afterwards(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    key = stage.log.new_key()
    stage.fact(key)
    stage.log.enrol(Role.INSPECTOR, key=key)
    return stage.done()


@crooked
def a_key_that_had_ended(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.end(stage.inspector)
    stage.fact()
    return stage.done()


@crooked
def a_key_that_was_compromised(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.compromise(stage.inspector)
    if draw.random() < 0.5:
        stage.log.heads_leaf()
    stage.fact()
    return stage.done()


@crooked
def a_key_that_was_withdrawn(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.withdraw(stage.inspector)
    stage.fact()
    return stage.done()


@crooked
def a_key_that_is_enrolled_again(draw: random.Random) -> Mutant:
    """For another organisation, or after it was ended or compromised; under its subject, or under another that alone is in the
    pack of a device of which it speaks only then."""
    stage = Stage(draw)
    log, key = stage.log, stage.agent
    way = draw.choice([None, log.end, log.compromise, log.withdraw])
    if way is not None:
        way(key)
    if draw.random() < 0.5:
        key.subject = log.identity()
        stage.device = log.device()
    else:
        log.signer = _with_subject(log.signer, stage.processor)  # type: ignore[method-assign]
    log.enrol(Role.AGENT, key=key)
    stage.fact(key)
    return stage.done()


@crooked
def a_key_enrolled_under_another_subject(draw: random.Random) -> Mutant:
    """So that what is said of the key under its own, or the other way round, stands in no pack."""
    stage = Stage(draw)
    log, key = stage.log, stage.log.new_key()
    if draw.random() < 0.5:
        key.subject = log.identity()
        log.enrol(Role.INSPECTOR, key=key)
    else:
        key.organisation, other = log.controller, stage.other
        thing = Key(public_key=key.secret.public.hex(), organisation=log.controller, role=Role.INSPECTOR, replaces=None)
        said = Registration(true_at=log.moment(), action=Action.CREATED, key=thing)
        log.state(log.owner, said, key.subject, other)
        log.signer = _with_subject(log.signer, other)  # type: ignore[method-assign]
    stage.fact(key)
    return stage.done()


def _with_subject(signer: SignerOf, subject: str) -> SignerOf:
    """A maker of packs that relies on this subject too because of any key."""

    def found(mark: str) -> Signer | None:
        one = signer(mark)
        return None if one is None else one._replace(relied_on=(*one.relied_on, subject))

    return found


@crooked
def an_owner_under_another_subject(draw: random.Random) -> Mutant:
    def begin(self: MadeLog, origin: str, plain: Callable[..., None] = MadeLog.begin) -> None:
        self.owner.subject = self.identity()
        plain(self, origin)

    return _with(begin, lambda: Stage(draw).done())


@crooked
def a_compromise_under_another_subject(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    log = stage.log
    said = Compromise(true_at=log.moment(), fingerprint=stage.inspector.mark, reason=CompromiseReason.STOLEN)
    other = draw.choice([stage.agent.subject, stage.device, log.controller])
    log.state(log.owner, said, *draw.choice([(other,), (stage.inspector.subject, other)]))
    return stage.done()


@crooked
def an_organisation_that_changes_its_relation(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    log = stage.log
    before = {stage.processor: Relation.PROCESSOR, log.controller: Relation.CONTROLLER}
    subject = draw.choice([*before])
    relation = draw.choice([one for one in Relation if one is not before[subject]])
    leaf = log.register(log.owner, subject, Action.CHANGED, organisation=Organisation(relation=relation, name=None))
    stage.fact(stage.agent)
    if draw.random() < 0.5:
        log.retract(log.owner, leaf)
    elif draw.random() < 0.5:
        thing = Organisation(relation=before[subject], name=None)
        log.register(log.owner, subject, Action.CHANGED, organisation=thing)
    return stage.done()


@crooked
def a_registration_of_two_things_at_once(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    log = stage.log
    said = Registration(
        true_at=log.moment(),
        action=Action.CREATED,
        organisation=Organisation(relation=Relation.PROCESSOR, name=None),
    )
    log.state(log.owner, said, *draw.choice([(stage.device, log.identity()), (stage.processor, stage.device)]))
    return stage.done()


@crooked
def a_replay_of_another_tree(draw: random.Random) -> Mutant:
    """Before the heads leaf, to a checkpoint that was signed; or after it, to any size."""
    stage = Stage(draw)
    log = stage.log
    size = stage.second + 1
    if draw.random() < 0.5:
        log.heads_leaf()
        stage.fact()
        size = draw.randrange(len(log.texts) - 2, len(log.texts) + 1)
    log.replay(stage.auditor, size, log.digest())
    return stage.done()


@crooked
def a_replay_of_more_than_there_was(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    log = stage.log
    leaf = log.replay(stage.auditor, len(log.texts) + draw.choice([1, 2, 900_000]))
    if draw.random() < 0.5:
        log.retract(stage.decider, leaf)
    return stage.done()


@crooked
def a_role_that_may_not_state_it(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    log = stage.log
    way = draw.randrange(5)
    if way == 0:
        stage.fact(stage.decider)
    elif way == 1:
        stage.fact(log.enrol(Role.INSPECTOR, by=stage.inspector))
    elif way == 2:
        log.compromise(stage.inspector, by=stage.agent)
    elif way == 3:
        log.replay(stage.inspector)
    else:
        thing = Organisation(relation=Relation.CONTROLLER, name=None)
        log.register(stage.agent, stage.processor, Action.CHANGED, organisation=thing)
        stage.fact(stage.agent)
    return stage.done()


@crooked
def a_register_that_oversteps(draw: random.Random) -> Mutant:
    """It lets in who may not be let in by it, ends who is not its to end, or says that it looked."""
    stage = Stage(draw)
    log = stage.log
    register = log.enrol(Role.REGISTER)
    log.custody(register, stage.device)
    way = draw.randrange(6)
    if way == 0:
        stage.fact(log.enrol(Role.AUDITOR, by=register))
    elif way == 1:
        log.custody(log.enrol(Role.REGISTER, by=register), stage.device)
    elif way == 2:
        log.register(register, draw.choice([log.owner, register]).subject, Action.ENDED)
    elif way == 3:
        log.register(register, draw.choice([log.log.subject, log.controller]), Action.ENDED)
    elif way == 4:
        thing = Organisation(relation=Relation.CONTROLLER, name=None)
        log.register(register, log.controller, Action.CHANGED, organisation=thing)
    else:
        stage.fact(register)
    return stage.done()


@crooked
def who_is_no_register(draw: random.Random) -> Mutant:
    """States custody, a request or rules."""
    stage = Stage(draw)
    key = draw.choice([stage.inspector, stage.agent, stage.auditor])
    say = draw.choice([stage.log.custody, stage.log.request])
    draw.choice([lambda: say(key, stage.device), lambda: stage.log.rules(key)])()
    return stage.done()


@crooked
def an_exception_left_out(draw: random.Random) -> Mutant:
    """The device was let go by an exception, of which the pack says nothing."""
    stage = Stage(draw)
    log = stage.log
    register = log.enrol(Role.REGISTER)
    leave = log.exception(register, stage.device)
    log.custody(register, stage.device, exception=leave)
    [made] = log.chain(leave)

    def change(members: dict[str, bytes]) -> None:
        del members[f"heads/{leave}.json"]
        if draw.random() < 0.5:
            for name in ("entries/{0:09}.json", "proofs/{0:09}.tlog-proof"):
                del members[name.format(made.index)]
            del members[f"envelopes/{made.entry.digest}.json"]

    return stage.done(change=change)


@crooked
def a_retraction_by_somebody_else(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.retract(draw.choice([stage.agent, stage.auditor]), stage.first)
    return stage.done()


@crooked
def a_retraction_of_nothing(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.retract(stage.inspector, stage.first, envelope=stage.log.digest())
    return stage.done()


@crooked
def a_retraction_of_what_comes_later(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    later = stage.log.envelope_of(stage.inspector, stage.log.inspection(), stage.device)
    stage.log.retract(stage.inspector, stage.first, envelope=sha256(later).hexdigest())
    stage.log.state_bytes(stage.inspector, later, stage.device)
    return stage.done()


@crooked
def a_retraction_about_another_subject(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.retract(stage.decider, stage.first, about=stage.inspector.subject)
    return stage.done()


@crooked
def a_genesis_of_another_log(draw: random.Random) -> Mutant:
    def begin(self: MadeLog, origin: str, plain: Callable[..., None] = MadeLog.begin) -> None:
        plain(self, "lossproof/" + self.identity())

    return _with(begin, lambda: Stage(draw).done())


@crooked
def a_genesis_with_another_log_key(draw: random.Random) -> Mutant:
    def begin(self: MadeLog, origin: str, plain: Callable[..., None] = MadeLog.begin) -> None:
        real, self.log_key = self.log_key, self.new_key().secret
        plain(self, origin)
        self.log_key = real

    return _with(begin, lambda: Stage(draw).done())


@crooked
def a_genesis_signed_by_another_key(draw: random.Random) -> Mutant:
    def begin(self: MadeLog, origin: str, plain: Callable[..., None] = MadeLog.begin) -> None:
        real, state = self.owner, self.state
        stranger = self.new_key()
        self.state = lambda key, predicate, *subjects: state(stranger, predicate, *subjects)  # type: ignore[method-assign]
        plain(self, origin)
        del self.state  # type: ignore[method-assign]
        self.owner = real

    return _with(begin, lambda: Stage(draw).done())


def _with(begin: Callable[..., None], make: Callable[[], Mutant]) -> Mutant:
    plain = MadeLog.begin
    MadeLog.begin = begin  # type: ignore[method-assign]
    try:
        return make()
    finally:
        MadeLog.begin = plain  # type: ignore[method-assign]


@crooked
def a_second_genesis(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.begin(stage.log.log.origin)
    return stage.done()


@crooked
def a_log_that_does_not_begin_with_genesis(draw: random.Random) -> Mutant:
    def begin(self: MadeLog, origin: str, plain: Callable[..., None] = MadeLog.begin) -> None:
        self.state(self.owner, self.inspection(), self.log.subject)
        plain(self, origin)

    return _with(begin, lambda: Stage(draw).done())


@crooked
def an_entry_in_the_tail_that_hides_the_one_before(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.heads_leaf()
    hidden = stage.fact()
    digest = stage.log.entries_made[stage.first].digest
    stage.log.append(stage.device, digest, previous=draw.choice([None, stage.second, stage.first]))
    assert hidden
    return stage.done()


@crooked
def an_entry_with_the_envelope_of_another_device(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    theirs = stage.log.chain(stage.other)[-1].entry.digest
    if draw.random() < 0.5:
        stage.log.heads_leaf()
    stage.log.append(stage.device, theirs)
    return stage.done()


@crooked
def a_chain_that_goes_round(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    log = stage.log
    digest = log.entries_made[stage.first].digest
    log.append(stage.device, digest, previous=len(log.texts) + draw.choice([0, 1]))
    log.append(stage.device, digest)
    return stage.done()


@crooked
def a_statement_that_is_logged_twice(draw: random.Random) -> Mutant:
    """So that an old inspection looks new, before the heads leaf or after it."""
    stage = Stage(draw)
    if draw.random() < 0.5:
        stage.log.heads_leaf()
    stage.log.append(stage.device, stage.log.entries_made[draw.choice([stage.first, stage.second])].digest)
    return stage.done()


@crooked
def a_statement_that_is_logged_about_one_of_its_subjects(draw: random.Random) -> Mutant:
    """So that it stands in the pack, and not among what was said of the device."""
    stage = Stage(draw)
    log = stage.log
    if draw.random() < 0.5:
        log.heads_leaf()
    subjects = [stage.device, draw.choice([log.controller, log.log.subject, stage.inspector.subject])]
    envelope = log.envelope_of(stage.inspector, log.inspection(), *subjects)
    log.state_bytes(stage.inspector, envelope, draw.choice(subjects))
    return stage.done()


@crooked
def a_heads_leaf_that_leaves_the_device_out(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    honest = stage.log.heads
    stage.log.heads = lambda stop: [pair for pair in honest(stop) if pair[0] != stage.device]  # type: ignore[method-assign]
    return stage.done()


@crooked
def a_pack_with_an_older_heads_leaf(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    older = stage.log.heads_leaf()
    stage.fact()
    stage.log.heads_leaf()
    stage.log.last_heads = lambda: stage.log.leaf(older)  # type: ignore[method-assign]
    return stage.done()


@crooked
def a_pack_of_another_device_within(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    log = stage.log
    log.heads_leaf()
    log.checkpoint_now()
    theirs = log.members(stage.other)
    return stage.done(change=lambda members: members.update({**theirs, **members}))


@crooked
def a_fact_left_out(draw: random.Random) -> Mutant:
    """Entry, proof, envelope and all, before the heads leaf: the manifest agrees."""
    stage = Stage(draw)
    digest = stage.log.entries_made[stage.first].digest

    def change(members: dict[str, bytes]) -> None:
        del members[f"entries/{stage.first:09}.json"], members[f"proofs/{stage.first:09}.tlog-proof"]
        del members[f"envelopes/{digest}.json"]

    return stage.done(change=change)


@crooked
def the_last_fact_left_out(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    digest = stage.log.entries_made[stage.second].digest

    def change(members: dict[str, bytes]) -> None:
        del members[f"entries/{stage.second:09}.json"], members[f"proofs/{stage.second:09}.tlog-proof"]
        del members[f"envelopes/{digest}.json"]
        name = f"heads/{stage.device}.json"
        members[name] = members[name].replace(b'"last":%d' % stage.second, b'"last":%d' % stage.first)

    return stage.done(change=change)


@crooked
def a_fact_left_out_of_the_tail(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.heads_leaf()
    stage.log.state(stage.agent, stage.log.inspection(), stage.other)
    hidden = stage.log.entries_made[stage.fact()]
    stage.log.replay(stage.auditor)

    def change(members: dict[str, bytes]) -> None:
        del members[f"envelopes/{hidden.digest}.json"]
        if draw.random() < 0.5:
            texts = [leaf.text for leaf in stage.log.leaves(stage.log.last_heads().index) if leaf.entry != hidden]
            members["tail"] = b"".join(struct.pack(">H", len(text)) + text for text in texts)

    return stage.done(change=change)


@crooked
def a_retraction_left_out(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    leaf = stage.log.retract(stage.inspector, stage.first)

    def change(members: dict[str, bytes]) -> None:
        del members[f"entries/{leaf:09}.json"], members[f"proofs/{leaf:09}.tlog-proof"]
        del members[f"envelopes/{stage.log.entries_made[leaf].digest}.json"]

    return stage.done(change=change)


@crooked
def the_chain_of_a_key_left_out(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.compromise(stage.inspector)

    def change(members: dict[str, bytes]) -> None:
        for leaf in stage.log.chain(stage.inspector.subject):
            del members[f"entries/{leaf.index:09}.json"], members[f"proofs/{leaf.index:09}.tlog-proof"]
            del members[f"envelopes/{leaf.entry.digest}.json"]
        del members[f"heads/{stage.inspector.subject}.json"]

    return stage.done(change=change)


@crooked
def a_heads_proof_of_another_subject(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    names = [f"heads/{one}.json" for one in (stage.device, stage.agent.subject)]

    def change(members: dict[str, bytes]) -> None:
        members[names[0]] = members[names[1]]
        if draw.random() < 0.5:
            theirs = stage.agent.subject.encode()
            members[names[0]] = members[names[0]].replace(theirs, stage.device.encode())

    return stage.done(change=change)


@crooked
def a_device_said_to_be_absent(draw: random.Random) -> Mutant:
    stage = Stage(draw)

    def change(members: dict[str, bytes]) -> None:
        others = [json.loads(members[name]) for name in members if name.startswith("heads/")]
        others = [one for one in others if one["last"] is not None and one["subject"] != stage.device]
        left = [
            {k: one[k] for k in ("last", "path", "position", "subject")}
            for one in others
            if one["subject"] < stage.device
        ]
        right = [
            {k: one[k] for k in ("last", "path", "position", "subject")}
            for one in others
            if one["subject"] > stage.device
        ]
        shape = {
            "count": others[0]["count"],
            "last": None,
            "left": max(left, key=lambda one: one["subject"]) if left else None,
            "right": min(right, key=lambda one: one["subject"]) if right else None,
            "subject": stage.device,
        }
        members[f"heads/{stage.device}.json"] = json.dumps(shape, sort_keys=True, separators=(",", ":")).encode()

    return stage.done(change=change)


@crooked
def a_heads_proof_of_an_older_heads_leaf(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.heads_leaf()
    stage.log.checkpoint_now()
    older = stage.log.members(stage.device)[f"heads/{stage.device}.json"]
    stage.fact()
    stage.log.heads_leaf()
    return stage.done(change=lambda members: members.update({f"heads/{stage.device}.json": older}))


@crooked
def proofs_exchanged(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    names = [f"proofs/{index:09}.tlog-proof" for index in (stage.first, stage.second)]

    def change(members: dict[str, bytes]) -> None:
        first, second = members[names[0]], members[names[1]]
        if draw.random() < 0.5:
            first = first.replace(b"index %d\n" % stage.first, b"index %d\n" % stage.second)
            second = second.replace(b"index %d\n" % stage.second, b"index %d\n" % stage.first)
        members[names[0]], members[names[1]] = second, first

    return stage.done(change=change)


@crooked
def a_proof_with_an_extra_line(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    name = f"proofs/{stage.first:09}.tlog-proof"
    return stage.done(
        change=lambda members: members.update({name: members[name].replace(b"index", b"extra AAAA\nindex", 1)})
    )


@crooked
def an_earlier_checkpoint_with_another_root(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    size = draw.choice([1, 2, 3, 5, 8, len(stage.log.texts)])
    note = sign_checkpoint(
        Checkpoint(origin=stage.log.log.origin, size=size, root=draw.randbytes(32)), stage.log.log_key
    )
    stage.log.notes[size] = note
    stage.log.heads_leaf()
    return stage.done()


@crooked
def an_earlier_checkpoint_under_another_size(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    size = len(stage.log.texts)
    stage.log.heads_leaf()

    def change(members: dict[str, bytes]) -> None:
        for ending in ("checkpoint", "proof"):
            members[f"earlier/{size + draw.choice([-1, 0]):09}.{ending}"] = members.pop(f"earlier/{size:09}.{ending}")
            draw.seed(1)
        members[f"earlier/{size:09}.checkpoint"] = stage.log.notes[max(stage.log.notes)]

    return stage.done(change=change)


@crooked
def a_consistency_proof_that_is_not_one(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    name = f"earlier/{len(stage.log.texts):09}.proof"
    stage.log.heads_leaf()

    def change(members: dict[str, bytes]) -> None:
        lines = members[name].splitlines(keepends=True)
        way = draw.randrange(4)
        if way == 0:
            lines.pop(draw.randrange(len(lines)))
        elif way == 1:
            lines.insert(draw.randrange(len(lines)), encode_base64(draw.randbytes(32)).encode() + b"\n")
        elif way == 2:
            lines[0] = encode_base64(draw.randbytes(32)).encode() + b"\n"
        else:
            lines[-1] = lines[-1].rstrip(b"\n")
        members[name] = b"".join(lines)

    return stage.done(change=change)


@crooked
def an_earlier_checkpoint_without_its_proof(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    name = f"earlier/{len(stage.log.texts):09}.{draw.choice(['proof', 'checkpoint'])}"
    stage.log.heads_leaf()
    return stage.done(change=lambda members: members.pop(name) and None)


@crooked
def a_cosignature_that_does_not_hold(draw: random.Random) -> Mutant:
    """On the checkpoint of the pack, or on an earlier one."""
    stage = Stage(draw)
    log = stage.log
    if draw.random() < 0.5:
        log.heads_leaf()
        log.checkpoint_now()
    size = max(log.notes)
    plain = sign_checkpoint(Checkpoint(origin=log.log.origin, size=size, root=draw.randbytes(32)), log.log_key)
    forged = [cosign(plain, key, name, int(log.now.timestamp())) for name, key in log.witnesses]
    log.notes[size] = add_signatures(log.notes[size], forged)
    return stage.done()


@crooked
def too_few_witnesses(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.heads_leaf()
    stage.log.checkpoint_now(cosigners=stage.log.witnesses[: draw.randrange(2)])
    return stage.done()


@crooked
def witnesses_of_the_operators_own(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    policy = stage.log.policy(2)
    stage.log.witnesses = [(name, stage.log.new_key().secret) for name, _ in stage.log.witnesses]
    stage.log.heads_leaf()
    return stage.done(policy=policy)


@crooked
def a_policy_for_another_log(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    return stage.done(policy=MadeLog(draw).policy())


@crooked
def a_log_with_another_key_under_the_same_origin(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    policy = stage.log.policy(NONE)
    stage.log.log_key = stage.log.new_key().secret
    stage.log.notes.clear()
    return stage.done(policy=policy)


def _forked(draw: random.Random) -> tuple[Stage, bytes]:
    """A log whose history was written anew without one fact about the device, and a checkpoint of what it was."""
    seed = draw.randrange(1 << 30)
    honest, forked = Stage(random.Random(seed)), Stage(random.Random(seed))
    log = forked.log
    kept = [leaf for leaf in log.leaves() if leaf.index != forked.first]
    log.entries_made.clear()
    log.texts.clear()
    log.notes.clear()
    for leaf in kept:
        log.append(leaf.entry.about, leaf.entry.digest)
    return forked, honest.had


@crooked
def a_fork_that_the_witnesses_did_not_see(draw: random.Random) -> Mutant:
    forked, _ = _forked(draw)
    forked.log.heads_leaf()
    forked.log.checkpoint_now(cosigners=())
    return forked.done()


@crooked
def a_fork_that_the_verifier_remembers(draw: random.Random) -> Mutant:
    """The verifier holds a checkpoint of the true log; the fork may have one of that size, with another root, or none."""
    forked, had = _forked(draw)
    log = forked.log
    if draw.random() < 0.5:
        log.state(forked.agent, log.inspection(), forked.other)
        log.checkpoint_now()
    log.heads_leaf()
    log.state(forked.agent, log.inspection(), forked.other)
    return forked.done(policy=log.policy(NONE), since=had)


@crooked
def a_log_that_was_rolled_back(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    log = stage.log
    log.heads_leaf()
    log.checkpoint_now()
    older = stage.done(policy=log.policy(draw.choice([NONE, 2])))
    stage.fact()
    return older._replace(since=log.checkpoint_now())


@crooked
def a_checkpoint_replayed(draw: random.Random) -> Mutant:
    """An older note in the place of the newest, by itself or with the size in the manifest."""
    stage = Stage(draw)
    stage.log.heads_leaf()
    old = stage.log.checkpoint_now()
    stage.fact()
    made = stage.done(change=lambda members: members.update({"checkpoint": old}))
    if draw.random() < 0.5:
        pack = MadePack(stage.log, stage.device, made.pack, made.policy)
        return made._replace(pack=resealed(read_archive(made.pack), pack, size=len(stage.log.texts) - 1))
    return made


@crooked
def a_checkpoint_that_cannot_be_compared(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    size = len(stage.log.texts)
    del stage.log.notes[size]
    stage.log.heads_leaf()
    return stage.done(policy=stage.log.policy(NONE), since=stage.had)


@crooked
def a_checkpoint_given_of_another_log(draw: random.Random) -> Mutant:
    stage, other = Stage(draw), Stage(draw)
    given = (
        other.had
        if draw.random() < 0.5
        else sign_checkpoint(Checkpoint(origin=stage.log.log.origin, size=5, root=bytes(32)), other.log.log_key)
    )
    return stage.done(since=given)


def _logged_envelope(draw: random.Random, change: Callable[[bytes, MadeLog], bytes]) -> Mutant:
    """The operator logs an envelope that is not as it should be."""
    stage = Stage(draw)
    envelope = stage.log.envelope_of(stage.inspector, stage.log.inspection(), stage.device)
    stage.log.envelopes[sha256(envelope).hexdigest()] = envelope
    changed = change(envelope, stage.log)
    digest = sha256(changed).hexdigest()
    stage.log.keys[stage.inspector.mark] = stage.inspector
    stage.log.append(stage.device, digest)
    plain = stage.log.envelopes
    # The builder reads who signed it from the envelope as it was.
    plain[digest] = envelope
    return stage.done(change=lambda members: members.update({f"envelopes/{digest}.json": changed}))


@crooked
def an_envelope_in_another_spelling(draw: random.Random) -> Mutant:
    def change(envelope: bytes, log: MadeLog) -> bytes:
        shape = json.loads(envelope)
        way = draw.randrange(5)
        if way == 0:
            return json.dumps(shape, sort_keys=True).encode()
        if way == 1:
            return envelope.replace(b'"payloadType"', b'"more":0,"payloadType"')
        if way == 2:
            return envelope.replace(
                b'"signatures":[', b'"signatures":[' + json.dumps(shape["signatures"][0]).encode() + b","
            )
        if way == 3:
            return envelope + b"\n"
        shape["payload"] = shape["payload"].rstrip("=")
        return json.dumps(shape | {"payload": shape["payload"] + " "}, sort_keys=True, separators=(",", ":")).encode()

    return _logged_envelope(draw, change)


@crooked
def an_envelope_with_a_signature_that_does_not_hold(draw: random.Random) -> Mutant:
    def change(envelope: bytes, log: MadeLog) -> bytes:
        shape = json.loads(envelope)
        raw = bytearray(decode_base64(shape["signatures"][0]["sig"], "it"))
        if draw.random() < 0.5:
            raw[draw.randrange(64)] ^= 1 << draw.randrange(8)
        else:
            # The other signature that a careless verifier would take: S + L (RFC 8032 section 5.1.7).
            group = 2**252 + 27742317777372353535851937790883648493
            raw[32:] = (int.from_bytes(raw[32:], "little") + group).to_bytes(32, "little")
        shape["signatures"][0]["sig"] = encode_base64(bytes(raw))
        return json.dumps(shape, sort_keys=True, separators=(",", ":")).encode()

    return _logged_envelope(draw, change)


@crooked
def an_envelope_of_another_type(draw: random.Random) -> Mutant:
    def change(envelope: bytes, log: MadeLog) -> bytes:
        from lossproof.ledger.envelope import sign_statement

        key = next(key for key in log.keys.values() if key.mark == open_envelope(envelope).keyid)
        kind = "application/vnd.lossproof.manifest+json"
        return sign_statement(open_envelope(envelope).payload, key.secret, kind)

    return _logged_envelope(draw, change)


@crooked
def a_statement_in_another_spelling(draw: random.Random) -> Mutant:
    def change(envelope: bytes, log: MadeLog) -> bytes:
        from lossproof.ledger.envelope import sign_statement

        key = next(key for key in log.keys.values() if key.mark == open_envelope(envelope).keyid)
        payload = open_envelope(envelope).payload
        changed = draw.choice(
            [
                payload + b" ",
                payload.replace(b'"method":"read"', b'"method":"guessed"'),
                payload.replace(b'"key_bits":512', b'"key_bits":512.0'),
                payload.replace(b'"predicateType"', b'"note":"Ann Example","predicateType"'),
                payload.replace(b"urn:lossproof:inspection:v1", b"urn:lossproof:gossip:v1"),
                b"[" * 5000,
            ]
        )
        return sign_statement(changed, key.secret)

    return _logged_envelope(draw, change)


@crooked
def an_entry_in_another_spelling(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    if draw.random() < 0.5:
        stage.log.heads_leaf()
    leaf = stage.fact()
    text = stage.log.texts[leaf]
    stage.log.texts[leaf] = draw.choice(
        [
            text + b" ",
            text.replace(b'"v":1', b'"v":1.0'),
            text.replace(b'"v":1', b'"v":2'),
            text.replace(b'"kind"', b'"a":0,"kind"'),
        ]
    )
    return stage.done()


@crooked
def a_key_more_or_less(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    from lossproof.ledger.keys import public_text

    def change(members: dict[str, bytes]) -> None:
        name = f"keys/{stage.inspector.mark}.pem"
        way = draw.randrange(5)
        if way == 0:
            del members[name]
        elif way == 1:
            key = stage.log.new_key()
            members[f"keys/{key.mark}.pem"] = public_text(key.secret.public).encode()
        elif way == 2:
            members[name] = members[name].replace(b"\n", b"\r\n")
        elif way == 3:
            members[name] = public_text(stage.log.new_key().secret.public).encode()
        else:
            members[f"keys/{stage.decider.mark}.pem"] = public_text(stage.decider.secret.public).encode()

    return stage.done(change=change)


@crooked
def a_name_that_is_not_it(draw: random.Random) -> Mutant:
    stage = Stage(draw)

    def change(members: dict[str, bytes]) -> None:
        names = json.loads(members["names.json"])
        way = draw.randrange(6)
        if way == 0:
            names[0]["value"] += "x"
        elif way == 1:
            names[0]["kind"] = "asset_tag"
        elif way == 2:
            salt = bytes(16)
            digest = sha256(salt + b"Somebody Ltd").hexdigest()
            names.append({"digest": digest, "kind": "organisation", "salt": salt.hex(), "value": "Somebody Ltd"})
            names.sort(key=lambda one: one["digest"])
        elif way == 3:
            names.append(names[0])
        elif way == 4:
            names[0]["value"] = "\ud800"
        else:
            names.reverse()
            names.append(names[0])
        members["names.json"] = json.dumps(names, sort_keys=True, separators=(",", ":")).encode()

    return stage.done(change=change)


@crooked
def a_tail_that_is_not_it(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    stage.log.heads_leaf()
    stage.fact()

    def change(members: dict[str, bytes]) -> None:
        way = draw.randrange(7)
        tail = members["tail"]
        cut = 2 + int.from_bytes(tail[:2], "big")
        if way == 0:
            members["tail"] = tail[:-1]
        elif way == 1:
            members["tail"] = tail[:cut]
        elif way == 2:
            members["tail"] = tail[cut:] + tail[:cut]
        elif way == 3:
            members["tail"] = b""
        elif way == 4:
            members["tail"] = tail + b"\x00\x00"
        else:
            shape = json.loads(members["tail.json"])
            if way == 5:
                shape["from"] += draw.choice([-1, 1])
            else:
                shape["peaks"][draw.randrange(len(shape["peaks"]))] = draw.randbytes(32).hex()
            members["tail.json"] = json.dumps(shape, sort_keys=True, separators=(",", ":")).encode()

    return stage.done(change=change)


@crooked
def a_device_of_which_the_log_says_nothing(draw: random.Random) -> Mutant:
    stage = Stage(draw)
    made = stage.done()
    pack = MadePack(stage.log, stage.device, made.pack, made.policy)
    return made._replace(pack=resealed(read_archive(made.pack), pack, device=stage.other))
