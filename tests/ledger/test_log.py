from __future__ import annotations

import random
from datetime import timedelta
from hashlib import sha256

import pytest

from ledger.world import INSPECTOR, LOG, OWNER, REGISTER, START, STRANGER, made_key
from lossproof.errors import FormatError, InputError, LossproofError, PolicyError, StoreError, VerificationError
from lossproof.ledger import log as log_module
from lossproof.ledger.envelope import open_envelope
from lossproof.ledger.heads import heads_root
from lossproof.ledger.note import verify_note
from lossproof.ledger.publishing import note_outside_time
from lossproof.ledger.replay import replay
from lossproof.ledger.store import add_log, moment
from lossproof.ledger.tree import leaf_hash, tree_root
from lossproof.model.fact import Relation, Role, key_subject
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.registration import Action, DeviceKind, IdentifierScheme, Organisation
from lossproof.wire.facts import decode_statement


def test_a_fact_gets_a_leaf_and_a_durable_receipt(world):
    device = world.new_id()
    (first,) = world.append(world.device(device))
    world.clock.turn(seconds=1.5)
    (second,) = world.append(world.holding(device))
    assert second.status == "durable"
    assert second.known_at == "2026-11-02T09:00:01.500Z"
    assert not second.raised
    assert second.leaves == (first.leaves[0] + 1,)
    assert second.checkpoint_size == world.reader.size
    assert second.checkpoint_root == world.reader.root().hex()
    leaf = world.reader.leaf(second.leaves[0])
    assert (leaf.entry.about, leaf.entry.previous, leaf.entry.digest) == (device, first.leaves[0], second.envelope)
    newest = world.reader.newest_checkpoint()
    assert newest.note == world.outside.read()
    assert verify_note(newest.note, [world.log.verifier])


def test_the_stored_tree_is_that_of_the_entries(world):
    devices = [world.new_id() for _ in range(5)]
    world.append(*(world.device(one) for one in devices))
    for number in range(12):
        world.append(*(world.holding(one) for one in devices[: number % 5 + 1]))
        entries = list(world.reader.entries())
        for size in range(0, len(entries) + 1, 7):
            assert world.reader.root(size) == tree_root(leaf_hash(one) for one in entries[:size])
    assert replay(world.reader).size == world.reader.size


def test_an_envelope_about_several_subjects_makes_one_leaf_each_in_one_transaction(world):
    one, two = world.new_id(), world.new_id()
    world.append(world.device(one), world.device(two))
    (receipt,) = world.append(world.holding(one, two))
    assert len(receipt.leaves) == 2
    assert [world.reader.leaf(leaf).entry.about for leaf in receipt.leaves] == [one, two]
    assert [leaf.index for leaf in world.reader.chain(two)][-1] == receipt.leaves[1]
    assert len(world.reader.leaves_of(receipt.envelope)) == 2


@pytest.mark.parametrize("together", [True, False])
def test_the_same_envelope_twice_is_the_same_leaves(world, together):
    envelope = world.holding(world.new_id())
    first, second = world.append(envelope, envelope) if together else (*world.append(envelope), *world.append(envelope))
    assert first.leaves == second.leaves
    assert first.known_at == second.known_at
    assert replay(world.reader).facts == len(set(first.leaves)) + 4


def test_many_at_once_are_as_one_after_the_other(world):
    device, other = world.new_id(), made_key("other inspector")
    envelopes = [world.device(device), *(world.holding(device) for _ in range(70))]
    envelopes += [world.enrolment(other, Role.INSPECTOR), world.holding(device, by=other), envelopes[3]]
    with world.write() as writer:
        added = writer.append_many(envelopes)
    assert [leaves[0].index for leaves in added[:-1]] == list(range(5, 5 + len(envelopes) - 1))
    assert added[-1] == added[3]
    assert [receipt.leaves[0] for receipt in writer.receipts] == [leaves[0].index for leaves in added]
    replay(world.reader)


class Undone(Exception):
    """Raised to undo a transaction."""


@pytest.mark.parametrize("seed", range(12))
def test_whatever_comes_many_at_once_are_as_one_after_the_other(world, seed, monkeypatch):
    """Devices that are registered, changed, ended and moved, and organisations and keys that end between them: what is looked up for
    many at once never says what was so before."""
    monkeypatch.setattr(log_module, "_BATCH", 7)
    monkeypatch.setattr(log_module, "_FLUSH_LEAVES", 5)
    chance = random.Random(seed)
    devices, homes = [world.new_id() for _ in range(4)], [world.new_id(), world.new_id(), world.controller]
    keys = [made_key(f"inspector {number}") for number in range(2)]
    world.append(world.enrolment(REGISTER, Role.REGISTER), *(world.enrolment(key, Role.INSPECTOR) for key in keys))
    tables = ("ledger_leaf", "ledger_device", "ledger_device_identifier", "ledger_organisation", "ledger_key")

    def something() -> bytes:
        device, home, key = chance.choice(devices), chance.choice(homes[:2]), chance.choice(keys)
        action = chance.choice([Action.CREATED, Action.CHANGED])
        marks = ((IdentifierScheme.SERIAL, sha256(chance.randbytes(1)).hexdigest()),)
        return chance.choice(
            [
                lambda: world.device(device, *marks, action=action, organisation=chance.choice(homes), by=REGISTER),
                lambda: world.device(device, *marks, action=action),
                lambda: world.custody(CustodyEvent.MISSING, device),
                lambda: world.custody(CustodyEvent.FOUND, device),
                lambda: world.holding(device, by=key),
                lambda: world.request(device),
                lambda: world.ended(chance.choice([device, device, home, key_subject(key.keyid)])),
                lambda: world.registration(
                    home, action=action, organisation=Organisation(relation=Relation.PROCESSOR, name=None)
                ),
                lambda: chance.choice(envelopes or [world.holding(device)]),
            ]
        )()

    envelopes: list[bytes] = []
    for _ in range(60):
        envelopes.append(something())

    def outcome(done) -> tuple[object, ...]:
        return (type(done), str(done)) if isinstance(done, LossproofError) else tuple(leaf.index for leaf in done)

    one_by_one = []
    with pytest.raises(Undone), world.write() as writer:
        for envelope in envelopes:
            try:
                one_by_one.append(outcome(writer.append(envelope)))
            except LossproofError as error:
                one_by_one.append(outcome(error))
        assert writer.reader.size
        expected = [world.rows(table) for table in tables]
        raise Undone
    with world.write() as writer:
        assert [outcome(done) for done in writer.append_each(envelopes)] == one_by_one
        assert writer.reader.size
        assert [world.rows(table) for table in tables] == expected
    replay(world.reader)


def test_what_is_stated_here_is_as_if_it_had_been_signed_elsewhere(world):
    device = world.new_id()
    envelopes = [world.device(device), *(world.holding(device, by=OWNER) for _ in range(3))]
    statements = [decode_statement(open_envelope(one).payload) for one in envelopes]
    with (
        pytest.raises(PolicyError, match=r"^fact 2: a key with the role owner may not state a holding$"),
        world.write() as writer,
    ):
        writer.state_many(OWNER, statements)
    with (
        pytest.raises(PolicyError, match=r"^fact 1: the key that signed the fact is not enrolled$"),
        world.write() as writer,
    ):
        writer.state_many(STRANGER, statements[:1])
    with world.write() as writer:
        (stated,) = writer.state_many(OWNER, statements[:1])
        assert world.projection.device(device) is not None
        assert writer.append(envelopes[0]) == stated
        first, *others = writer.state_many(INSPECTOR, [*statements[1:], statements[1]])
        assert others[-1] == first
        signer, said = writer.stated[bytes.fromhex(first[0].entry.digest)]
        assert (signer, said) == (INSPECTOR.keyid, statements[1])
    assert len(writer.receipts) == 6
    replay(world.reader)


def test_an_error_among_many_names_the_fact_and_nothing_is_added(world):
    size = world.reader.size
    envelopes = [world.holding(world.new_id()) for _ in range(5)]
    envelopes[3] = world.holding(world.new_id(), by=STRANGER)
    with (
        pytest.raises(PolicyError, match=r"^fact 4: the key that signed the fact is not enrolled$"),
        world.write() as writer,
    ):
        writer.append_many(envelopes)
    assert world.reader.size == size
    with pytest.raises(StoreError, match="no receipt"):
        _ = writer.receipts
    envelopes[3] = b"{}"
    with pytest.raises(FormatError, match=r"^fact 4: not a DSSE envelope"), world.write() as writer:
        writer.append_many(envelopes)
    assert world.reader.size == size


def test_appending_outside_of_write_raises(world):
    with world.write() as writer:
        pass
    for attempt in (
        lambda: writer.append(world.holding(world.new_id())),
        lambda: writer.append_many([]),
        writer.heads,
        lambda: writer.begin(b""),
    ):
        with pytest.raises(StoreError, match=r"inside `with write"):
            attempt()


def test_there_is_no_receipt_before_the_outermost_commit(world):
    with world.database.transaction():
        with world.write() as writer:
            writer.append(world.holding(world.new_id()))
        with pytest.raises(StoreError, match="before the commit"):
            _ = writer.receipts
        assert world.reader.newest_checkpoint().size < world.reader.size
    assert writer.receipts[0].status == "durable"


def test_what_is_undone_outside_is_undone_in_the_log_and_never_signed(world):
    size, note = world.reader.size, world.outside.read()
    with pytest.raises(ZeroDivisionError), world.database.transaction():
        with world.write() as writer:
            writer.append(world.holding(world.new_id()))
        _ = 1 / 0
    assert world.reader.size == size
    assert world.outside.read() == note
    with pytest.raises(StoreError):
        _ = writer.receipts


def test_a_write_that_failed_cannot_be_committed_with_the_rest(world):
    size = world.reader.size
    with pytest.raises(StoreError, match="a part of the transaction failed"), world.database.transaction():
        try:
            with world.write() as writer:
                writer.append(world.device(world.new_id()))
                _ = 1 / 0
        except ZeroDivisionError:
            pass
    assert world.reader.size == size
    world.append(world.holding(world.new_id()))


def test_an_envelope_that_is_refused_adds_nothing_and_the_others_go_in(world):
    device = world.new_id()
    with world.write() as writer:
        writer.append(world.device(device))
        for refused, error in (
            (b"{}", FormatError),
            (world.holding(device)[:-9] + b'AAAA=="}]}', FormatError),
            (world.holding(device, by=STRANGER), PolicyError),
            (world.device(device, kind=DeviceKind.LAPTOP), InputError),
        ):
            with pytest.raises(error):
                writer.append(refused)
        writer.append(world.holding(device))
    assert [receipt.leaves for receipt in writer.receipts] == [(5,), (6,)]
    replay(world.reader)


def test_a_signature_that_does_not_hold_is_refused(world):
    good = world.holding(world.new_id())
    other = world.holding(world.new_id())
    swapped = good[: good.index(b'"sig":"')] + other[other.index(b'"sig":"') :]
    with pytest.raises(VerificationError), world.write() as writer:
        writer.append(swapped)
    with pytest.raises(VerificationError, match=r"^fact 2: "), world.write() as writer:
        writer.append_many([good, swapped])


def test_a_clock_that_runs_backwards_is_recorded_and_flagged(world):
    device = world.new_id()
    world.clock.turn(hours=1)
    (before,) = world.append(world.device(device))
    world.clock.turn(minutes=-30)
    (receipt,) = world.append(world.holding(device))
    assert receipt.raised
    assert receipt.known_at == before.known_at
    assert world.reader.leaf(receipt.leaves[0]).raised
    world.clock.turn(minutes=30, milliseconds=1)
    (after,) = world.append(world.holding(device))
    assert not after.raised
    assert after.known_at > before.known_at
    replay(world.reader)


def test_the_leaves_of_one_fact_have_one_time(world):
    times = iter(range(1000))
    world.publisher.clock = lambda: START + timedelta(milliseconds=next(times))
    (receipt,) = world.append(world.holding(world.new_id(), world.new_id(), world.new_id()))
    assert {world.reader.leaf(leaf).entry.known_at for leaf in receipt.leaves} == {receipt.known_at}
    replay(world.reader)


def test_the_writer_reads_what_it_has_just_written(world):
    device = world.new_id()
    with world.write() as writer:
        (leaf,) = writer.append(world.holding(device))
        assert writer.reader.leaf(leaf.index) == leaf
        assert writer.size == writer.reader.size == leaf.index + 1
        writer.append(world.device(device))
        assert writer.projection.find_device(device).leaf == leaf.index + 1


def test_rows_that_were_written_in_part_are_never_committed(world, monkeypatch):
    from lossproof.ledger.projection import Projection

    size, device = world.reader.size, world.new_id()
    with pytest.raises(StoreError, match="a part of the transaction failed"), world.write() as writer:
        with monkeypatch.context() as patch:
            patch.setattr(Projection, "put_devices", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                writer.append(world.device(device))
        writer.append(world.holding(device))
    assert world.reader.size == size
    assert not world.database.in_transaction
    world.append(world.device(device))


def test_the_key_of_an_earlier_log_appends_nothing(world):
    envelope, size = world.holding(world.new_id()), world.reader.size
    world.publisher.key = STRANGER
    with pytest.raises(InputError, match="not that of the log"):
        world.append(envelope)
    assert world.reader.size == size


def test_a_fact_that_is_still_to_come_is_refused(world):
    device = world.new_id()
    world.clock.turn(minutes=10)
    just, world_now = world.holding(device), world.clock.at
    world.clock.turn(seconds=1)
    late = world.holding(device)
    world.clock.at = START
    world.append(just)
    with pytest.raises(PolicyError, match="still to come"):
        world.append(late)
    assert world_now == START + timedelta(minutes=10)


def test_appends_are_refused_while_an_outside_clock_showed_ours_far_ahead(world):
    device = world.new_id()
    note_outside_time(world.database, world.log, START - timedelta(minutes=10), world.clock)
    world.append(world.device(device))
    note_outside_time(world.database, world.log, START - timedelta(minutes=10, milliseconds=1), world.clock)
    with pytest.raises(PolicyError, match="more than ten minutes ahead"):
        world.append(world.holding(device))
    # The clock is set right, and an outside clock is asked again.
    world.clock.turn(minutes=-11)
    with pytest.raises(PolicyError, match="more than ten minutes ahead"):
        world.append(world.holding(device))
    note_outside_time(world.database, world.log, START, world.clock)
    (receipt,) = world.append(world.holding(device))
    assert receipt.raised


@pytest.mark.parametrize("year", [1999, 2100])
def test_a_clock_that_cannot_be_right_is_refused(world, year):
    envelope = world.holding(world.new_id())
    world.clock.at = START.replace(year=year)
    with pytest.raises(StoreError, match=f"it is the year {year}"):
        world.append(envelope)
    with pytest.raises(StoreError, match=f"it is the year {year}"):
        moment(world.clock)


def test_without_the_logs_key_a_receipt_is_pending_and_signed_later(world):
    world.publisher.key = None
    (receipt,) = world.append(world.holding(world.new_id()))
    assert (receipt.status, receipt.checkpoint_size, receipt.checkpoint_root) == ("pending", None, None)
    world.publisher.key = LOG
    assert world.publisher.publish(world.database).size == world.reader.size
    (again,) = world.append(world.holding(world.new_id()))
    assert again.status == "durable"


def test_heads_are_the_last_leaves_of_all_before(world):
    device, other = world.new_id(), world.new_id()
    world.append(world.device(device), world.device(other), world.holding(device))
    with world.write() as writer:
        leaf = writer.heads()
        pairs = world.reader.heads(leaf.index)
    assert dict(pairs)[device] == leaf.index - 1
    assert dict(pairs)[other] == leaf.index - 2
    assert leaf.entry.digest == heads_root(pairs).hex()
    assert leaf.entry.previous == 4
    assert world.reader.last_heads() == leaf
    assert replay(world.reader).heads == 2


def test_the_writer_adds_heads_when_many_leaves_came_since_the_last(world, monkeypatch):
    monkeypatch.setattr(log_module, "LEAVES_A_HEADS", 12)
    device = world.new_id()
    world.append(world.device(device), *(world.holding(device) for _ in range(10)))
    assert world.reader.last_heads().index == 4
    world.append(world.holding(device))
    assert world.reader.last_heads().index == world.reader.size - 1 == 17
    # With more subjects than that, it waits until as many leaves came.
    world.append(*(world.holding(world.new_id()) for _ in range(11)))
    assert world.reader.last_heads().index == 17
    world.append(*(world.holding(device) for _ in range(4)))
    assert world.reader.last_heads().index == 17
    world.append(world.holding(device))
    assert world.reader.last_heads().index == 34
    replay(world.reader)


def test_many_leaves_are_written_in_parts_and_are_one_tree(world, monkeypatch):
    monkeypatch.setattr(log_module, "_FLUSH_LEAVES", 7)
    device = world.new_id()
    world.append(world.device(device), *(world.holding(device) for _ in range(40)))
    assert replay(world.reader).size == 46


def test_the_first_fact_of_a_log_is_its_genesis_and_only_that(world):
    genesis = world.reader.envelope(world.reader.leaf(0).entry.digest)
    with pytest.raises(PolicyError, match="begins once"), world.write() as writer:
        writer.begin(genesis)
    with world.write() as writer:
        assert [leaf.index for leaf in writer.append(genesis)] == [0, 1, 2]
    world.publisher.key = None
    with pytest.raises(VerificationError, match="another log"), world.database.transaction():
        add_log(world.database, made_key("log 2").public)
        with world.write() as writer:
            writer.begin(genesis)


def test_nothing_of_the_caller_can_change_what_is_recorded_of_the_keys(world):
    """A batch in which an owner ends a key: what that key signed after it is refused, in the same transaction."""
    key = world.projection.key(INSPECTOR.keyid)
    with world.write() as writer:
        writer.append(world.holding(world.new_id()))
        writer.append(world.ended(key.subject, by=OWNER))
        with pytest.raises(PolicyError, match="has ended"):
            writer.append(world.holding(world.new_id()))
