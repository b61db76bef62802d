from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.world import OWNER, START, made_key
from lossproof.errors import InputError, PolicyError, StoreError
from lossproof.jobs import checkpointing
from lossproof.jobs.checkpointing import checkpoint
from lossproof.ledger.checkpoint import cosign
from lossproof.ledger.note import COSIGNATURE_ED25519, VerifierKey
from lossproof.ledger.stamps import Stamp
from lossproof.ledger.suggested import set_policy
from lossproof.ledger.trust import TrustedWitness, TrustPolicy

NAMES = ("auditor", "supplier")
HOUR = timedelta(hours=1)


@pytest.fixture
def witnesses(world, monkeypatch):
    """Two witnesses that cosign whatever they are asked at the time in the dictionary; None does not answer."""
    times = dict.fromkeys(NAMES, int(START.timestamp()))
    known = tuple(
        TrustedWitness(
            name,
            VerifierKey(name=f"{name}.example", algorithm=COSIGNATURE_ED25519, public=made_key(name).public),
            f"https://{name}.example",
        )
        for name in NAMES
    )
    set_policy(world.ledger, TrustPolicy(witnesses=known, quorum="auditor").text().encode())

    def ask(url, note, prove, keys, **_):
        name = url.removeprefix("https://").removesuffix(".example")
        if times[name] is None:
            raise InputError(f"{name} cannot be reached")
        return (cosign(note, made_key(name), f"{name}.example", times[name]).rstrip("\n"),)

    monkeypatch.setattr(checkpointing, "ask_witness", ask)
    return times


def made(world, **words):
    return checkpoint(world.ledger, **{"stamp_urls": (), "authorities": (), **words})


def test_a_checkpoint_begins_with_a_heads_leaf_where_there_is_news(world):
    assert made(world).size == 5
    world.append(world.device("d1" * 16))
    done = made(world)
    assert (done.size, world.reader.leaf(6).entry.kind) == (7, "heads")
    assert made(world).size == 7
    assert done.root == world.reader.root().hex()


def test_who_cosigned_and_who_did_not_is_said(world, witnesses):
    witnesses["supplier"] = None
    done = made(world)
    assert (done.witnesses, done.quorum, done.independent, done.wanted) == (("auditor",), True, True, 2)
    assert done.failed == (("supplier", "supplier cannot be reached"),)
    witnesses.update(auditor=None, supplier=int(START.timestamp()))
    assert made(world).witnesses == NAMES
    world.append(world.device("d1" * 16))
    done = made(world)
    assert (done.witnesses, done.quorum) == (("supplier",), False)


def test_a_witness_that_is_asked_again_signs_once_and_tells_the_time(world, witnesses):
    first = made(world)
    witnesses["auditor"] += 60
    assert made(world).note == first.note


def test_an_outside_clock_stops_a_log_that_is_far_ahead_until_it_is_right_again(world, witnesses):
    world.clock.at = START + HOUR
    made(world)
    with pytest.raises(PolicyError, match="outside clock"):
        world.append(world.device("d1" * 16))
    witnesses.update(dict.fromkeys(NAMES, int((START + HOUR).timestamp())))
    made(world)
    world.append(world.device("d1" * 16))


def test_a_word_that_shows_the_log_ahead_is_not_kept_and_stops_it_until_its_clock_is_right(
    world, witnesses, monkeypatch
):
    """Kept, it would go into every pack of what it covers, and verifiers refuse those for ever."""
    stamp = Stamp(at=START, accuracy=timedelta(0), authority="00" * 32, signer="00" * 32)
    monkeypatch.setattr(checkpointing.stamps, "fetch", lambda url, request: b"token")
    monkeypatch.setattr(checkpointing.stamps, "verify_stamp", lambda *_: stamp)
    world.clock.turn(minutes=10, milliseconds=1)
    world.append(world.device("d1" * 16))
    done = made(world, stamp_urls=("http://tsa.example/",), authorities=(b"",))
    assert (done.witnesses, done.stamped, done.independent) == ((), 0, False)
    assert [name for name, _ in done.failed] == [*NAMES, "http://tsa.example/"]
    assert {text for _, text in done.failed} == {
        "its clock says 2026-11-02T09:00:00Z, more than ten minutes before the last leaf, so its word was not kept"
    }
    assert world.reader.dated() == ()
    with pytest.raises(PolicyError, match="outside clock"):
        world.append(world.device("d2" * 16))
    # The clock is set right, and the world has caught up with the last leaf.
    witnesses.update(dict.fromkeys(NAMES, int((START + HOUR).timestamp())))
    world.clock.at = START + HOUR
    assert made(world).witnesses == NAMES
    world.append(world.device("d2" * 16))


def test_a_clock_ten_minutes_behind_is_believed(world, witnesses):
    world.clock.turn(minutes=10)
    world.append(world.device("d1" * 16))
    assert made(world).witnesses == NAMES


def test_a_time_that_no_calendar_has_is_refused(world, witnesses):
    witnesses.update(dict.fromkeys(NAMES, 2**60))
    done = made(world)
    assert [text for _, text in done.failed] == ["the witness states a time that no calendar has"] * 2
    assert not done.independent


def test_a_stamp_is_kept_only_if_it_holds(world, monkeypatch):
    asked = []
    monkeypatch.setattr(checkpointing.stamps, "fetch", lambda url, request: asked.append(url) or b"token")

    def refuse(*_):
        raise InputError("by somebody else")

    monkeypatch.setattr(checkpointing.stamps, "verify_stamp", refuse)
    done = made(world, stamp_urls=("http://tsa.example/",), authorities=(b"",))
    assert (done.stamped, done.failed, done.independent) == (0, (("http://tsa.example/", "by somebody else"),), False)
    stamp = Stamp(at=START, accuracy=timedelta(0), authority="00" * 32, signer="00" * 32)
    monkeypatch.setattr(checkpointing.stamps, "verify_stamp", lambda *_: stamp)
    done = made(world, stamp_urls=("http://tsa.example/",), authorities=(b"",))
    assert (done.stamps, done.stamped, done.independent) == (("2026-11-02T09:00:00Z",), 1, True)
    later = made(world)
    assert (later.stamps, later.stamped, later.independent) == ((), 1, True)
    assert len(asked) == 2


def test_without_the_key_of_the_log_nothing_is_said_to_be_signed(world):
    world.publisher.key = None
    world.append(world.device("d1" * 16, by=OWNER))
    with pytest.raises(StoreError, match="not at hand"):
        made(world)
