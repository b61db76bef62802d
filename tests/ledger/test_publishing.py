from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ledger.world import LOG, START, STRANGER, made_key
from lossproof.errors import FormatError, InputError, StoreError
from lossproof.ledger.checkpoint import cosign, read_signed
from lossproof.ledger.note import COSIGNATURE_ED25519, VerifierKey
from lossproof.ledger.outside import Outside
from lossproof.ledger.publishing import Publisher, add_cosignatures, add_stamp, now, text_of
from lossproof.ledger.reading import log_states


def test_a_tree_is_signed_once_and_always_alike(world):
    first = world.publisher.publish(world.database)
    assert world.publisher.publish(world.database) == first
    world.publisher.key = None
    world.append(world.holding(world.new_id()))
    signed = set()
    for _ in range(3):
        world.database.execute("DELETE FROM ledger_checkpoint WHERE size > ?", (first.size,))
        signed.add(Publisher(LOG, None, world.clock).publish(world.database).note)
    assert len(signed) == 1


def test_the_file_outside_is_written_before_the_row(world, monkeypatch):
    world.publisher.key = None
    world.append(world.holding(world.new_id()))
    world.publisher.key = LOG

    def failing(self, note, log, size):
        raise StoreError("cannot write")

    monkeypatch.setattr(Outside, "write", failing)
    before = world.reader.newest_checkpoint()
    with pytest.raises(StoreError):
        world.publisher.publish(world.database)
    assert world.reader.newest_checkpoint() == before
    with pytest.raises(StoreError, match="the facts are in the log, and no checkpoint covers them yet: cannot write"):
        world.append(world.holding(world.new_id()))
    monkeypatch.undo()
    assert world.publisher.publish(world.database).size == world.reader.size


def test_a_row_that_a_kill_cost_is_made_again_from_the_file_outside(world):
    world.append(world.holding(world.new_id()))
    note, size = world.outside.read(), world.reader.size
    world.database.execute("DELETE FROM ledger_checkpoint WHERE size = ?", (size,))
    fresh = Publisher(LOG, Outside(world.outside.path), world.clock)
    assert fresh.publish(world.database).note == note
    # Also when more has come in since.
    world.database.execute("DELETE FROM ledger_checkpoint WHERE size = ?", (size,))
    world.publisher.key = None
    world.append(world.holding(world.new_id()))
    fresh.publish(world.database)
    assert world.reader.checkpoint(size).note == note
    assert world.reader.newest_checkpoint().size == world.reader.size == size + 1


def test_nothing_is_signed_by_another_key(world):
    with pytest.raises(InputError, match="not that of the log"):
        Publisher(STRANGER, None, world.clock).publish(world.database)
    assert Publisher(None, None, world.clock).publish(world.database) == world.reader.newest_checkpoint()


def test_a_store_that_is_behind_is_not_signed(world):
    world.outside.path.write_bytes(world.outside.read().replace(b"\n5\n", b"\n6\n"))
    with pytest.raises(StoreError):
        world.publisher.publish(world.database)


def test_cosignatures_are_added_to_the_note(world):
    witness = made_key("witness")
    newest = world.reader.newest_checkpoint()
    line = cosign(newest.note, witness, "witness.example", int(START.timestamp()))
    for _ in range(2):
        note = add_cosignatures(world.database, world.log, newest.size, [line], START, world.clock)
    key = VerifierKey(name="witness.example", algorithm=COSIGNATURE_ED25519, public=witness.public)
    signed = read_signed(world.reader.checkpoint(newest.size).note, [world.log.verifier], [key])
    assert [one.at for one in signed.cosignatures] == [int(START.timestamp())]
    assert note == signed.note
    with pytest.raises(InputError, match="no checkpoint of 99"):
        add_cosignatures(world.database, world.log, 99, [line], START)
    with pytest.raises(FormatError):
        add_cosignatures(world.database, world.log, newest.size, ["nonsense\n"], START)
    # A checkpoint with cosignatures agrees with the one outside, which has none.
    world.append(world.holding(world.new_id()))


def test_stamps_are_kept_with_their_checkpoint(world):
    size = world.reader.newest_checkpoint().size
    for token in (b"two", b"one", b"two"):
        add_stamp(world.database, world.log, size, token, START, world.clock)
    assert sorted(world.reader.stamps(size)) == [b"one", b"two"]
    with pytest.raises(InputError, match="no checkpoint of 4"):
        add_stamp(world.database, world.log, 4, b"token", START)


@pytest.mark.parametrize(("ahead", "refused"), [(600_000, False), (600_001, True), (-10_000_000, False)])
def test_an_outside_time_says_whether_the_log_is_ahead(world, ahead, refused):
    size = world.reader.newest_checkpoint().size
    add_stamp(world.database, world.log, size, b"token", START - timedelta(milliseconds=ahead), world.clock)
    assert log_states(world.database)[-1].clock_ahead is refused


def test_the_log_is_ahead_by_its_own_last_time_too(world):
    """The clock was set back after entries were dated ahead: what the log says next is still ahead."""
    world.clock.turn(hours=2)
    world.append(world.holding(world.new_id()))
    world.clock.turn(hours=-2)
    size = world.reader.newest_checkpoint().size
    add_stamp(world.database, world.log, size, b"token", START, world.clock)
    assert log_states(world.database)[-1].clock_ahead


def test_times_are_written_in_utc_to_the_millisecond():
    assert text_of(datetime(2026, 3, 1, 12, 0, 0, 999_999, tzinfo=UTC)) == "2026-03-01T12:00:00.999Z"
    assert text_of(datetime.fromisoformat("2026-03-01T01:00:00.0005+02:00")) == "2026-02-28T23:00:00.000Z"
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=5)
