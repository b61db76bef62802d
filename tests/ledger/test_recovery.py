from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from ledger.world import INSPECTOR, LOG, OWNER, REGISTER, STRANGER, made_key
from lossproof.errors import InputError, PolicyError, StoreError, VerificationError
from lossproof.ledger.checkpoint import Checkpoint, sign_checkpoint
from lossproof.ledger.outside import Outside
from lossproof.ledger.reading import Reader, logs
from lossproof.ledger.recovery import recover
from lossproof.ledger.replay import replay
from lossproof.ledger.store import open_ledger
from lossproof.model.fact import Duty, Role
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.registration import IdentifierScheme
from lossproof.model.facts.replay import Replay

NEW_LOG, SECOND, DECIDER = (made_key(name) for name in ("new log", "second owner", "decider"))


def behind(world):
    """The checkpoint outside is of a tree that is larger than what the store has."""
    size = world.reader.size
    note = sign_checkpoint(Checkpoint(origin=world.log.origin, size=size + 3, root=b"\7" * 32), LOG)
    world.outside.path.write_bytes(note)
    return replace(world.ledger, behind=world.outside.behind(world.database))


def test_a_new_log_takes_the_facts_over_and_says_what_the_old_one_covered(world):
    device = world.new_id()
    world.append(world.device(device, (IdentifierScheme.SERIAL, "ab" * 32)), world.holding(device))
    old, size = world.log, world.reader.size
    ledger = behind(world)
    with pytest.raises(StoreError, match="old copy"), ledger.write():
        pass
    world.clock.turn(days=1)
    recovered = recover(ledger, OWNER, NEW_LOG)
    assert (recovered.appended, recovered.refused) == (3, ())
    new = recovered.ledger
    assert new.log.number == 2
    assert new.log.origin != old.origin
    genesis = new.reader.statement(new.reader.leaf(0).entry.digest).predicate
    assert (genesis.earlier.origin, genesis.earlier.size, genesis.earlier.root) == (old.origin, size + 3, "07" * 32)
    assert genesis.log_key == NEW_LOG.public.hex()
    assert genesis.organisation == new.projection.organisations()[0].subject
    assert new.projection.device(device).identifiers == (("serial", "ab" * 32),)
    assert all(leaf.entry.known_at.startswith("2026-11-03") for leaf in new.reader.leaves())
    assert new.reader.last_heads() is not None
    for log in logs(world.database):
        replay(Reader(world.database, log))
    # The store is in step with its new checkpoint, and goes on.
    assert Outside(world.outside.path).behind(world.database) == ""
    with new.write() as writer:
        writer.append(world.holding(device))
    assert writer.receipts[0].status == "durable"
    assert writer.receipts[0].origin == new.log.origin
    # What the old log says is still there.
    assert [leaf.entry.about for leaf in Reader(world.database, old).chain(device)] == [device, device]


def test_an_old_checkpoint_outside_does_not_stop_the_new_log(world):
    """Killed after the commit and before the first checkpoint: the file outside is still that of the old log."""
    ledger = behind(world)
    note = world.outside.read()
    recover(ledger, OWNER, NEW_LOG)
    world.outside.path.write_bytes(note)
    world.database.execute("DELETE FROM ledger_checkpoint WHERE log = 2")
    assert Outside(world.outside.path).behind(world.database) == ""
    # A larger one than the genesis knows of does.
    larger = sign_checkpoint(Checkpoint(origin=logs(world.database)[0].origin, size=99, root=b"\7" * 32), LOG)
    world.outside.path.write_bytes(larger)
    assert "covers 99" in Outside(world.outside.path).behind(world.database)
    other = sign_checkpoint(Checkpoint(origin=logs(world.database)[0].origin, size=8, root=b"\6" * 32), LOG)
    world.outside.path.write_bytes(other)
    assert Outside(world.outside.path).behind(world.database)


def test_an_old_copy_of_the_store_is_read_only_until_it_is_recovered(sqlite_world, tmp_path):
    world = sqlite_world
    device = world.new_id()
    world.append(world.device(device))
    world.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(tmp_path / "store", tmp_path / "copy")
    world.append(world.holding(device))
    world.database.close()
    with open_ledger(str(tmp_path / "copy"), tmp_path, LOG, clock=world.clock) as ledger:
        assert "it is an old copy" in ledger.behind
        assert ledger.reader.chain(device)
        with pytest.raises(StoreError) as raised, ledger.write():
            pass
        assert "lossproof ledger recover" in raised.value.hint
        recover(ledger, OWNER, NEW_LOG)
    with open_ledger(str(tmp_path / "copy"), tmp_path, NEW_LOG, clock=world.clock) as ledger:
        assert ledger.behind == ""
        assert ledger.log.number == 2
    # The store that the copy was made of is behind the new log now.
    with open_ledger(str(tmp_path / "store"), tmp_path, LOG, clock=world.clock) as ledger:
        assert "not by a log that this store has" in ledger.behind
    with pytest.raises(InputError, match="not that of the log"):
        open_ledger(str(tmp_path / "copy"), tmp_path, LOG)


def test_facts_of_an_owner_who_has_gone_are_taken_over(world):
    device = world.new_id()
    world.append(
        world.device(device),
        world.enrolment(SECOND, Role.OWNER, replaces=world.projection.key(OWNER.keyid).subject),
    )
    world.append(world.ended(world.projection.key(OWNER.keyid).subject, by=SECOND))
    world.append(world.device(world.new_id(), by=SECOND), world.holding(device))
    with pytest.raises(PolicyError, match="only an owner"):
        recover(world.ledger, OWNER, NEW_LOG)
    recovered = recover(world.ledger, SECOND, NEW_LOG)
    assert (recovered.appended, recovered.refused) == (5, ())
    projection = recovered.ledger.projection
    assert not projection.key(OWNER.keyid).active
    assert projection.key(SECOND.keyid).active
    assert projection.key(INSPECTOR.keyid).active
    assert len(projection.devices()) == 2
    replay(recovered.ledger.reader)


def test_what_was_withdrawn_stays_withdrawn_though_its_leaf_has_another_number(world):
    device = world.new_id()
    with world.write() as writer:
        writer.append(world.device(device))
        writer.heads()
        (leaf,) = writer.append(world.holding(device))
    world.append(world.retraction(leaf.index, INSPECTOR))
    world.append(world.compromise(INSPECTOR))
    recovered = recover(world.ledger, OWNER, NEW_LOG)
    assert recovered.refused == ()
    assert recovered.ledger.projection.is_retracted(bytes.fromhex(leaf.entry.digest))
    assert not recovered.ledger.projection.key(INSPECTOR.keyid).active
    assert recovered.ledger.reader.leaves_of(leaf.entry.digest)[0].index != leaf.index
    replay(recovered.ledger.reader)
    # And once more, from the log that took over.
    again = recover(recovered.ledger, OWNER, made_key("third log"))
    assert again.refused == ()
    assert again.ledger.log.number == 3
    replay(again.ledger.reader)


def test_an_old_fact_that_does_not_hold_is_left_behind_and_named(world):
    from hashlib import sha256

    from lossproof.ledger.envelope import open_envelope
    from lossproof.ledger.log import Writer
    from lossproof.wire.facts import decode_statement

    bad = world.holding(world.new_id(), by=STRANGER)
    with world.database.transaction():
        writer = Writer(world.database, world.publisher)
        writer._add(decode_statement(open_envelope(bad).payload), bad, sha256(bad).digest())
        writer._flush()
    world.append(world.holding(world.new_id()))
    recovered = recover(world.ledger, OWNER, NEW_LOG)
    assert recovered.appended == 2
    assert recovered.refused == ((5, "the key that signed the fact is not enrolled"),)


def test_recovering_is_refused_to_others_and_with_a_key_in_use(world):
    for key in (STRANGER, INSPECTOR):
        with pytest.raises(PolicyError, match="only an owner"):
            recover(world.ledger, key, NEW_LOG)
    for key in (LOG, INSPECTOR):
        with pytest.raises(InputError, match="in use already"):
            recover(world.ledger, OWNER, key)
    world.append(world.enrolment(SECOND, Role.OWNER), world.compromise(OWNER, by=SECOND))
    with pytest.raises(PolicyError, match="in force"):
        recover(world.ledger, OWNER, NEW_LOG)
    assert len(logs(world.database)) == 1
    with pytest.raises(PolicyError, match="is recorded as compromised"):
        world.append(world.enrolment(DECIDER, Role.DECIDER))
    recovered = recover(world.ledger, SECOND, NEW_LOG)
    assert recovered.refused == ()
    assert not recovered.ledger.projection.key(OWNER.keyid).active
    replay(recovered.ledger.reader)


def test_what_was_replayed_of_the_old_log_is_compared_with_it_and_a_damaged_one_stops_nothing(world):
    auditor = made_key("auditor")
    world.append(world.enrolment(auditor, Role.AUDITOR))

    def said(size):
        root = world.reader.root(size).hex()
        return Replay(true_at=world.clock.moment(), tool="lossproof 0.1.0", size=size, root=root)

    world.append(world.signed(said(4), world.log.subject, by=auditor))
    world.append(world.signed(said(6), world.log.subject, by=auditor))
    world.database.execute("DELETE FROM ledger_node WHERE level = 1 AND node = 2")
    recovered = recover(world.ledger, OWNER, NEW_LOG)
    assert [why for _, why in recovered.refused] == ["what was replayed has another root than this log"]
    assert any(isinstance(one, Replay) for one in facts_of(recovered.ledger.reader))
    replay(recovered.ledger.reader)


def facts_of(reader):
    return [reader.statement(leaf.entry.digest).predicate for leaf in reader.leaves() if leaf.entry.kind == "fact"]


def test_without_any_checkpoint_there_is_nothing_to_take_over_from(world):
    world.database.execute("DELETE FROM ledger_checkpoint")
    world.outside.path.unlink()
    with pytest.raises(VerificationError, match="no checkpoint of the old log"):
        recover(world.ledger, OWNER, NEW_LOG)
    assert len(logs(world.database)) == 1


def test_recovering_happens_whole_or_not_at_all(world, monkeypatch):
    from lossproof.ledger import log

    world.append(*(world.holding(world.new_id()) for _ in range(5)))
    rows = {table: world.rows(table) for table in ("ledger_log", "ledger_leaf", "ledger_key")}
    monkeypatch.setattr(log.Writer, "heads", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        recover(world.ledger, OWNER, NEW_LOG)
    assert {table: world.rows(table) for table in rows} == rows
    assert not world.database.in_transaction


def test_what_a_register_stated_is_taken_over_too(world):
    device, gone, lead, granted = (world.new_id() for _ in range(4))
    world.append(
        world.enrolment(REGISTER, Role.REGISTER),
        world.person(lead, Duty.GOVERNANCE_LEAD),
        world.device(device, by=REGISTER),
        world.device(gone, by=REGISTER),
        world.enrolled_for(SECOND, Role.AGENT, person=lead),
        world.exception(granted, device, lead),
    )
    (offered, *_) = world.append(
        world.custody(CustodyEvent.OFFERED, device, exception=granted),
        world.custody(CustodyEvent.DESTROYED, gone),
        world.request(device),
        world.ended(gone, by=REGISTER),
        world.ended(lead, by=REGISTER),
        world.ended(granted, by=REGISTER),
    )
    world.append(world.retraction(offered.leaves[0], REGISTER))
    before = world.projection
    told = before.people(), before.exceptions(device), before.enrolled_keys()
    world.clock.turn(days=30)
    recovered = recover(behind(world), OWNER, NEW_LOG)
    assert recovered.refused == ()
    after = recovered.ledger.projection
    for old, new in zip(told, (after.people(), after.exceptions(device), after.enrolled_keys()), strict=True):
        assert [one[:3] for one in old] == [one[:3] for one in new]
        assert [one.ended is None for one in old] == [one.ended is None for one in new]
    assert after.is_retracted(bytes.fromhex(offered.envelope))
    assert len(recovered.ledger.reader.chain(device)) == len(
        Reader(world.database, logs(world.database)[0]).chain(device)
    )
    replay(recovered.ledger.reader)
