from __future__ import annotations

import contextlib
import json
from types import SimpleNamespace

import pytest

from ledger.world import INSPECTOR, LOG, OWNER, RECIPIENT, REGISTER, made_key
from lossproof.errors import LossproofError, StoreError, VerificationError
from lossproof.ledger import replay as replay_module
from lossproof.ledger.checkpoint import Checkpoint, sign_checkpoint
from lossproof.ledger.replay import replay
from lossproof.model.fact import Relation, Role, key_subject
from lossproof.model.facts.compromise import Compromise, CompromiseReason
from lossproof.model.facts.registration import Action, Key, Organisation, Registration
from lossproof.model.facts.replay import Replay
from lossproof.model.facts.retraction import Retraction, RetractionReason

OTHER, AUDITOR = made_key("other inspector"), made_key("auditor")


@pytest.fixture
def grown(sqlite_world):
    """A log in which everything happens: devices, facts about several, heads, a key that ends, one that is compromised."""
    world = sqlite_world
    one, two, three = (world.new_id() for _ in range(3))
    world.append(world.device(one), world.device(two), world.enrolment(OTHER, Role.INSPECTOR))
    world.append(world.holding(one, two, three), world.holding(one))
    world.clock.turn(seconds=-5)
    with world.write() as writer:
        writer.append(world.holding(two, by=OTHER))
        writer.heads()
    world.clock.turn(seconds=65)
    world.append(world.retraction(world.reader.size - 2, OTHER), world.holding(three))
    world.append(world.compromise(OTHER), world.ended(two))
    with world.write() as writer:
        writer.heads()
    return world


def test_a_whole_log_is_replayed(grown):
    told = []
    found = replay(grown.reader, outside=grown.outside, progress=lambda *now: told.append(now))
    size = grown.reader.size
    assert (found.size, found.root, found.origin) == (size, grown.reader.root().hex(), grown.log.origin)
    assert (found.facts, found.heads, found.signatures) == (size - 3, 3, True)
    assert found.signed_size == size
    assert found.subjects == len(grown.reader.heads(size))
    assert found.checkpoints == len(list(grown.reader.checkpoints()))
    assert told == [(size, size)]
    assert replay(grown.reader, signatures=False).root == found.root


@pytest.mark.parametrize("batch", [1, 2, 3, 5, 8])
def test_batches_make_no_difference(grown, monkeypatch, batch):
    whole = replay(grown.reader)
    monkeypatch.setattr(replay_module, "_BATCH", batch)
    assert replay(grown.reader) == whole


CHANGES = {
    "an entry of another time": (
        "leaf 7: it was known before",
        "UPDATE ledger_leaf SET entry = ? WHERE leaf = 6",
        "entry",
    ),
    "a leaf that is gone": ("leaf 7: not in the store", "DELETE FROM ledger_leaf WHERE leaf = 7", None),
    "the first leaf gone": ("leaf 0: not in the store", "DELETE FROM ledger_leaf WHERE leaf = 0", None),
    "the last leaves gone": (
        "a checkpoint covers",
        "DELETE FROM ledger_leaf WHERE leaf >= (SELECT MAX(leaf) FROM ledger_leaf)",
        None,
    ),
    "an entry that is none": ("leaf 5: a log entry", "UPDATE ledger_leaf SET entry = ? WHERE leaf = 5", b"{}"),
    "a row about something else": (
        "leaf 5: its row is about",
        "UPDATE ledger_leaf SET about = 'ab' WHERE leaf = 5",
        None,
    ),
    "another envelope": (
        "leaf 8: its envelope is not in",
        "UPDATE ledger_leaf SET envelope = NULL WHERE leaf = 8",
        None,
    ),
    "a raised time that was not": (
        "leaf 14: its time is flagged",
        "UPDATE ledger_leaf SET raised = 1 WHERE leaf = 14",
        None,
    ),
    "an envelope of other bytes": (
        "leaf 5: its envelope is not what its digest says",
        "UPDATE ledger_envelope SET bytes = ? WHERE digest = (SELECT envelope FROM ledger_leaf WHERE leaf = 5)",
        b"x",
    ),
    "another node": (
        "of level 2 are not the tree's",
        "UPDATE ledger_node SET hash = ? WHERE level = 2 AND node = 1",
        b"\1" * 32,
    ),
    "a node too few": ("of level 1 are not the tree's", "DELETE FROM ledger_node WHERE level = 1 AND node = 3", None),
    "a node too many": (
        "nodes that are not in the tree",
        "INSERT INTO ledger_node (log, level, node, hash) VALUES (1, 9, 0, ?)",
        b"\1" * 32,
    ),
    "a checkpoint that is none": (
        "checkpoint of 5 leaves does not hold",
        "UPDATE ledger_checkpoint SET note = ? WHERE size = 5",
        b"x",
    ),
    "a checkpoint of another size": (
        "checkpoint of 6 leaves speaks of another size",
        "UPDATE ledger_checkpoint SET size = 6 WHERE size = 5",
        None,
    ),
    "another number of subjects": ("the row of the log", "UPDATE ledger_log SET subjects = 2", None),
    "another last heads leaf": ("the row of the log", "UPDATE ledger_log SET heads = 4", None),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("signatures", [True, False])
def test_every_change_is_found_and_named(grown, change, signatures):
    words, sql, value = CHANGES[change]
    if value == "entry":
        text = json.loads(grown.reader.leaf(6).text)
        text["known_at"] = "2026-11-02T09:00:00.001Z"
        value = json.dumps(text, sort_keys=True, separators=(",", ":")).encode()
    grown.database.execute("PRAGMA foreign_keys = OFF")
    grown.database.execute(sql, () if value is None else (value,))
    with pytest.raises(VerificationError, match=words):
        replay(grown.reader, signatures=signatures)


def rewrite(world, index, **changes):
    """What somebody could do who has the log's key: change an entry, and make tree and checkpoints anew."""
    entries = [json.loads(text) for text in world.reader.entries()]
    entries[index] |= changes
    texts = [json.dumps(entry, sort_keys=True, separators=(",", ":")).encode() for entry in entries]
    from lossproof.ledger.tree import leaf_hashes, memory_reader, root_nodes, tree_root

    hashes = leaf_hashes(texts)
    for number, text in enumerate(texts):
        world.database.execute(
            "UPDATE ledger_leaf SET entry = ?, about = ? WHERE leaf = ?", (text, entries[number]["about"], number)
        )
    read = memory_reader(hashes)
    for level, node in world.database.execute("SELECT level, node FROM ledger_node"):
        world.database.execute(
            "UPDATE ledger_node SET hash = ? WHERE level = ? AND node = ?", (read([(level, node)])[0], level, node)
        )
    assert root_nodes(len(texts))
    for stored in list(world.reader.checkpoints()):
        checkpoint = Checkpoint(origin=world.log.origin, size=stored.size, root=tree_root(hashes[: stored.size]))
        world.database.execute(
            "UPDATE ledger_checkpoint SET note = ? WHERE size = ?", (sign_checkpoint(checkpoint, LOG), stored.size)
        )


@pytest.mark.parametrize(
    ("index", "changes", "words"),
    [
        (14, {"known_at": "2026-11-02T08:00:00.000Z"}, "leaf 14: it was known before"),
        (9, {"previous": None}, "leaf 9: its chain does not lead to the last leaf"),
        (9, {"previous": 3}, "leaf 9: its chain"),
        (13, {"digest": "ab" * 32}, "leaf 13: its heads are not the last leaves"),
        (13, {"previous": None}, "leaf 13: its chain does not lead to the heads leaf"),
        (9, {"about": "ab" * 16, "previous": None}, "leaf"),
        (9, {"digest": "ab" * 32}, "leaf 9: its envelope"),
    ],
)
def test_what_the_operator_rewrites_is_found(grown, index, changes, words):
    rewrite(grown, index, **changes)
    with pytest.raises(VerificationError, match=words):
        replay(grown.reader)
    # And the checkpoint that stands outside says so without replaying.
    with pytest.raises(VerificationError, match="others than those"):
        replay(grown.reader, outside=type(grown.outside)(grown.outside.path))


def forged(world, envelope):
    """The log with an envelope that the writer would not have taken in."""
    from lossproof.ledger.envelope import open_envelope
    from lossproof.ledger.log import Writer
    from lossproof.wire.facts import decode_statement

    with world.database.transaction():
        writer = Writer(world.database, world.publisher)
        from hashlib import sha256

        # What the registrations amount to is not asked, and could not always be said.
        writer._projection = SimpleNamespace(apply=lambda *_: None, put_devices=lambda *_: None)
        writer._add(decode_statement(open_envelope(envelope).payload), envelope, sha256(envelope).digest())
        writer._flush()
    world.publisher.publish(world.database)


@pytest.mark.parametrize("who", ["stranger", "ended", "compromised", "role", "genesis", "signature"])
def test_facts_by_keys_that_could_not_state_them_are_found(world, who):
    device = world.new_id()
    world.append(world.device(device), world.enrolment(OTHER, Role.INSPECTOR))
    if who == "compromised":
        world.append(world.compromise(OTHER))
    elif who == "ended":
        world.append(world.ended(world.projection.key(OTHER.keyid).subject))
    envelope = {
        "stranger": lambda: world.holding(device, by=made_key("stranger")),
        "role": lambda: world.holding(device, by=OWNER),
        "genesis": lambda: world.signed(
            world.reader.statement(world.reader.leaf(0).entry.digest).predicate, device, by=OWNER
        ),
    }.get(who, lambda: world.holding(device, by=OTHER))()
    if who == "signature":
        other = world.holding(world.new_id(), by=OTHER)
        envelope = envelope[: envelope.index(b'"sig":"')] + other[other.index(b'"sig":"') :]
    forged(world, envelope)
    with pytest.raises(VerificationError, match=f"leaf {world.reader.size - 1}: "):
        replay(world.reader)
    assert replay(world.reader, signatures=False).size == world.reader.size


def _withdrawal(world, leaf, *subjects, by=INSPECTOR):
    """A retraction of the fact in a leaf, filed under these subjects."""
    digest = world.reader.leaf(leaf).entry.digest
    reason = RetractionReason.RECORDED_IN_ERROR
    fact = Retraction(true_at=world.clock.moment(), leaf=leaf, envelope=digest, reason=reason)
    return world.signed(fact, *subjects, by=by)


def _compromise(world, key, *subjects):
    fact = Compromise(true_at=world.clock.moment(), fingerprint=key.keyid, reason=CompromiseReason.STOLEN)
    return world.signed(fact, *subjects, by=OWNER)


def _enrolment(world, key, *subjects, role=Role.AUDITOR):
    thing = Key(public_key=key.public.hex(), organisation=world.controller, role=role, replaces=None)
    fact = Registration(true_at=world.clock.moment(), action=Action.CREATED, key=thing)
    return world.signed(fact, *subjects, by=OWNER)


def _relation(world, subject, relation):
    thing = Organisation(relation=relation, name=None)
    return world.registration(subject, action=Action.CHANGED, organisation=thing)


def _replay(world, size, root):
    fact = Replay(true_at=world.clock.moment(), tool="lossproof 0.1.0", size=size, root=root)
    return world.signed(fact, world.log.subject, by=AUDITOR)


THIRD = made_key("third")
FILED = {
    "a withdrawal elsewhere": ("not about what", lambda w, leaf: _withdrawal(w, leaf, w.new_id())),
    "a withdrawal with another subject": (
        "not about what",
        lambda w, leaf: _withdrawal(w, leaf, w.reader.leaf(leaf).entry.about, w.new_id()),
    ),
    "a withdrawal by another key": ("by no decider", lambda w, leaf: w.retraction(leaf, AUDITOR)),
    "a withdrawal of nothing": (
        "no earlier leaf",
        lambda w, leaf: w.retraction(leaf, INSPECTOR, digest="ab" * 32),
    ),
    "a compromise elsewhere": ("about the key that it names", lambda w, _: _compromise(w, INSPECTOR, w.new_id())),
    "a compromise of two": (
        "about the key that it names",
        lambda w, _: _compromise(w, INSPECTOR, key_subject(INSPECTOR.keyid), w.new_id()),
    ),
    "a key under another subject": ("another subject than its own", lambda w, _: _enrolment(w, THIRD, w.new_id())),
    "a key under two subjects": (
        "several things",
        lambda w, _: _enrolment(w, THIRD, key_subject(THIRD.keyid), w.new_id()),
    ),
    "a key twice": ("enrolled twice", lambda w, _: _enrolment(w, AUDITOR, key_subject(AUDITOR.keyid))),
    "the owner's key once more": ("enrolled twice", lambda w, _: _enrolment(w, OWNER, key_subject(OWNER.keyid))),
    "another relation": ("another relation", lambda w, _: _relation(w, w.controller, Relation.PROCESSOR)),
    "a replay of another root": ("not the beginning", lambda w, _: _replay(w, 3, "ab" * 32)),
    "a replay of more than there is": (
        "not the beginning",
        lambda w, _: _replay(w, w.reader.size + 1, w.reader.root().hex()),
    ),
}


@pytest.mark.parametrize("what", FILED)
def test_what_is_filed_where_no_pack_shows_it_is_found(sqlite_world, what):
    world = sqlite_world
    device = world.new_id()
    world.append(world.device(device), world.enrolment(AUDITOR, Role.AUDITOR))
    (held,) = world.append(world.holding(device))
    replay(world.reader)
    words, make = FILED[what]
    size = world.reader.size
    forged(world, make(world, held.leaves[0]))
    with pytest.raises(VerificationError, match=f"leaf {size}: .*{words}"):
        replay(world.reader)


_OVERSTEPS = {
    "a recipient ends": lambda w: w.ended(
        next(one.subject for one in w.projection.recipients() if one.subject != w.log.subject), by=REGISTER
    ),
    "the log ends": lambda w: w.ended(w.log.subject, by=REGISTER),
    "the owner ends": lambda w: w.ended(key_subject(OWNER.keyid), by=REGISTER),
    "it ends itself": lambda w: w.ended(key_subject(REGISTER.keyid), by=REGISTER),
    "the controller ends": lambda w: w.ended(w.controller, by=REGISTER),
    "another controller": lambda w: w.registration(
        w.new_id(), organisation=Organisation(relation=Relation.CONTROLLER, name=None), by=REGISTER
    ),
    "an auditor is let in": lambda w: w.enrolment(AUDITOR, Role.AUDITOR, by=REGISTER),
    "it looks": lambda w: w.holding(w.new_id(), by=REGISTER),
}


@pytest.mark.parametrize("what", _OVERSTEPS)
def test_a_register_that_oversteps_is_found(sqlite_world, what):
    world = sqlite_world
    recipient = Registration(true_at=world.clock.moment(), action=Action.CREATED, recipient=RECIPIENT)
    world.append(
        world.enrolment(REGISTER, Role.REGISTER),
        world.enrolment(OTHER, Role.AGENT, by=REGISTER),
        world.signed(recipient, world.new_id(), by=OWNER),
        world.ended(key_subject(OTHER.keyid), by=REGISTER),
    )
    replay(world.reader)
    size = world.reader.size
    forged(world, _OVERSTEPS[what](world))
    with pytest.raises(VerificationError, match=f"leaf {size}: signed by a "):
        replay(world.reader)


@pytest.mark.parametrize("how", ["ended", "withdrawn", "compromised"])
def test_a_key_whose_enrolment_ended_says_no_more(sqlite_world, how):
    world = sqlite_world
    (enrolled,) = world.append(world.enrolment(OTHER, Role.INSPECTOR))
    world.append(
        {
            "ended": lambda: world.ended(key_subject(OTHER.keyid)),
            "withdrawn": lambda: world.retraction(enrolled.leaves[0], OWNER),
            "compromised": lambda: world.compromise(OTHER),
        }[how]()
    )
    replay(world.reader)
    forged(world, world.holding(world.new_id(), by=OTHER))
    with pytest.raises(VerificationError, match="not enrolled then, or no longer"):
        replay(world.reader)


def test_what_was_still_to_come_is_found(sqlite_world):
    world = sqlite_world
    world.clock.turn(days=30)
    envelope = world.holding(world.new_id())
    world.clock.turn(days=-30)
    forged(world, envelope)
    with pytest.raises(VerificationError, match=f"leaf {world.reader.size - 1}: it tells of a time"):
        replay(world.reader)


@pytest.mark.parametrize("between", [True, False])
@pytest.mark.parametrize("batch", [1, 4096])
def test_an_envelope_that_is_logged_again_is_found(sqlite_world, monkeypatch, between, batch):
    monkeypatch.setattr(replay_module, "_BATCH", batch)
    world = sqlite_world
    envelope = world.holding(world.new_id())
    world.append(envelope)
    if between:
        world.append(world.holding(world.new_id()))
    forged(world, envelope)
    words = "that of an earlier leaf about the same" if between else "have a leaf each already"
    with pytest.raises(VerificationError, match=f"leaf {world.reader.size - 1}: .*{words}"):
        replay(world.reader)


def test_a_fact_with_a_leaf_too_few_is_found(world):
    one, two = world.new_id(), world.new_id()
    envelope = world.holding(one, two)
    from dataclasses import replace
    from hashlib import sha256

    from lossproof.ledger.log import Writer

    statement = replace(world.reader.statement(world.reader.leaf(3).entry.digest))
    from lossproof.ledger.envelope import open_envelope
    from lossproof.wire.facts import decode_statement

    statement = decode_statement(open_envelope(envelope).payload)
    with world.database.transaction():
        writer = Writer(world.database, world.publisher)
        writer._add(replace(statement, subjects=statement.subjects[:1]), envelope, sha256(envelope).digest())
        writer._flush()
    with pytest.raises(VerificationError, match="do not have one leaf each"):
        replay(world.reader)


def test_a_damaged_store_is_never_a_traceback(grown):
    """Any one field of any row set to nonsense: found, or of no consequence for the log."""
    grown.database.execute("PRAGMA foreign_keys = OFF")
    columns = [
        (table, column)
        for table in ("ledger_leaf", "ledger_node", "ledger_checkpoint", "ledger_log", "ledger_envelope")
        for (_, column, *_) in grown.database.execute(f"PRAGMA table_info({table})")
    ]
    assert len(columns) > 20
    for table, column in columns:
        for value in (None, "text", b"\xff\x00", -1, 1 << 40, 2.5):
            # SQLite refuses what the column cannot hold; what it takes is undone.
            with contextlib.suppress(StoreError, Undone), grown.database.transaction():
                grown.database.execute(f"UPDATE {table} SET {column} = ?", (value,))
                with contextlib.suppress(LossproofError):
                    replay(grown.reader)
                raise Undone


class Undone(Exception):
    """Ends a transaction."""
