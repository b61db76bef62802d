"""Making packs: from a real store, whole, checked before they are given out, and with what somebody outside said of each leaf."""

from __future__ import annotations

import io
import random
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.mutants import Stage
from ledger.packs import MADE_AT, TOOL, MadeLog, random_pack
from ledger.world import INSPECTOR, LOG, World, made_key
from lossproof.errors import FormatError, InputError, VerificationError
from lossproof.ledger.archive import read_archive
from lossproof.ledger.checkpoint import cosign
from lossproof.ledger.erasable import keep
from lossproof.ledger.note import COSIGNATURE_ED25519, VerifierKey
from lossproof.ledger.pack import MOST_EARLIER, Making, make_pack, pack_device
from lossproof.ledger.publishing import add_cosignatures
from lossproof.ledger.trust import TrustedLog, TrustedWitness, TrustPolicy
from lossproof.ledger.verification import verify_pack
from lossproof.model.fact import Role
from lossproof.model.facts.registration import IdentifierScheme
from lossproof.model.facts.replay import Replay
from lossproof.model.pack import Outcome, PackResult

AUDITOR = made_key("auditor")
WITNESS = made_key("witness")


def policy_of(world: World) -> TrustPolicy:
    witness = VerifierKey(name="witness.example", algorithm=COSIGNATURE_ED25519, public=WITNESS.public)
    return TrustPolicy(logs=(TrustedLog(world.log.verifier),), witnesses=(TrustedWitness("witness.example", witness),))


def making(world: World, **options: object) -> Making:
    fields = {
        "log_key": LOG,
        "policy": policy_of(world),
        "page": lambda result, *, made_at, tool: f"<p>{result.device} {made_at} {tool}",
        "made_at": MADE_AT,
        "tool": TOOL,
    }
    return Making(**(fields | options))  # type: ignore[arg-type]


@pytest.fixture
def world(sqlite_world) -> World:
    """A store with a device that was inspected, another one, and a heads leaf."""
    world = sqlite_world
    world.clock.turn(minutes=1)
    device, other = world.new_id(), world.new_id()
    serial = keep(world.database, "serial", "SN-4711 é")
    world.append(
        world.enrolment(AUDITOR, Role.AUDITOR),
        world.device(device, (IdentifierScheme.SERIAL, serial)),
        world.device(other),
        world.holding(device),
        world.holding(other, by=AUDITOR),
    )
    with world.write() as writer:
        writer.heads()
    world.made_device, world.made_other = device, other
    return world


def verified(world: World, pack: bytes, since: bytes | None = None) -> PackResult:
    return verify_pack(pack, policy=policy_of(world), since=since)


def cosign_at(world: World, size: int) -> None:
    found = world.reader.checkpoint(size)
    line = cosign(found.note, WITNESS, "witness.example", int(world.clock.at.timestamp()))
    add_cosignatures(world.database, world.log, size, [line], world.clock.at, world.clock)


def test_a_device_of_a_store_is_packed_and_verified(world):
    pack = pack_device(world.ledger, world.made_device, making(world))
    result = verified(world, pack)
    assert result.outcome is Outcome.VERIFIED
    assert [fact.kind for fact in result.facts if fact.about == world.made_device] == ["registration", "holding"]
    assert {fact.signer for fact in result.facts if fact.kind == "holding"} == {INSPECTOR.keyid}
    assert list(result.names.values()) == ["SN-4711 é"]
    assert (result.size, result.complete_to) == (
        world.reader.size,
        world.reader.leaf(world.reader.size - 1).entry.known_at,
    )


def test_the_same_pack_is_made_again_byte_for_byte(world):
    first = pack_device(world.ledger, world.made_device, making(world))
    assert pack_device(world.ledger, world.made_device, making(world)) == first


def test_the_page_is_drawn_from_what_the_check_showed(world):
    members = read_archive(pack_device(world.ledger, world.made_device, making(world)))
    assert members["page.html"].decode() == f"<p>{world.made_device} {MADE_AT} {TOOL}"
    assert members["policy"].decode() == policy_of(world).text()


def test_nothing_of_another_device_is_in_it(world):
    members = read_archive(pack_device(world.ledger, world.made_device, making(world)))
    assert not any(world.made_other in name for name in members)
    assert f"keys/{AUDITOR.keyid}.pem" not in members
    assert all(world.made_other.encode() not in content for name, content in members.items() if name != "tail")


def test_any_program_for_zip_files_opens_it(world):
    with zipfile.ZipFile(io.BytesIO(pack_device(world.ledger, world.made_device, making(world)))) as archive:
        assert archive.testzip() is None


def test_what_came_after_the_heads_leaf_stands_in_the_tail(world):
    world.clock.turn(minutes=1)
    world.append(world.holding(world.made_other), world.holding(world.made_device, by=AUDITOR))
    result = verified(world, pack_device(world.ledger, world.made_device, making(world)))
    assert result.size == world.reader.size
    assert result.facts[-1].signer == AUDITOR.keyid


def test_a_pack_of_an_earlier_size_holds_what_was_known_then(world):
    size = world.reader.size
    world.clock.turn(minutes=1)
    world.append(world.holding(world.made_device))
    with world.write() as writer:
        writer.heads()
    then = verified(world, pack_device(world.ledger, world.made_device, making(world, size=size)))
    now = verified(world, pack_device(world.ledger, world.made_device, making(world)))
    assert (then.size, len(then.facts) + 1) == (size, len(now.facts))


def test_an_erased_name_is_not_in_it(world):
    world.database.execute(
        "UPDATE ledger_erasable SET value = NULL, salt = NULL, erased_at = ?, rule = ?", (MADE_AT, "r1")
    )
    result = verified(world, pack_device(world.ledger, world.made_device, making(world)))
    assert not result.names


def test_the_first_word_from_outside_that_covers_each_leaf_is_in_it(world):
    world.clock.turn(minutes=1)
    early = world.reader.size
    cosign_at(world, early)
    first = world.clock.moment()
    for _ in range(MOST_EARLIER + 5):
        world.clock.turn(minutes=1)
        world.append(world.holding(world.made_other))
    leaf = world.append(world.holding(world.made_device))[0].leaves[0]
    cosign_at(world, world.reader.size)
    second = world.clock.moment()
    for _ in range(3):
        world.clock.turn(minutes=1)
        world.append(world.holding(world.made_other))
        cosign_at(world, world.reader.size)
    result = verified(world, pack_device(world.ledger, world.made_device, making(world)))
    before = {fact.leaf: fact.logged_before.at for fact in result.facts if fact.logged_before}
    assert before[leaf] == second
    assert {at for index, at in before.items() if index < early} == {first}
    assert len(before) == len(result.facts)


def test_checkpoints_that_were_given_out_can_be_compared_much_later(world):
    given = world.reader.checkpoint(world.reader.size)
    asked = world.append(world.holding(world.made_other))[0].checkpoint_size
    for _ in range(MOST_EARLIER + 5):
        world.append(world.holding(world.made_other))
    newest = world.reader.recent(world.reader.size, 1)[0]
    plain = pack_device(world.ledger, world.made_device, making(world))
    assert verified(world, plain, given.note).outcome is Outcome.VERIFIED
    assert verified(world, plain, world.reader.checkpoint(newest).note).outcome is Outcome.VERIFIED
    assert verified(world, plain, world.reader.checkpoint(asked).note).outcome is Outcome.INCOMPLETE
    with_it = pack_device(world.ledger, world.made_device, making(world, since=(asked,)))
    assert verified(world, with_it, world.reader.checkpoint(asked).note).outcome is Outcome.VERIFIED


def test_the_checkpoint_to_which_the_log_was_replayed_is_in_it(world):
    size = world.reader.size
    root = world.reader.root(size).hex()
    for _ in range(MOST_EARLIER + 5):
        world.append(world.holding(world.made_other))
    said = Replay(true_at=world.clock.moment(), tool=TOOL, size=size - 1, root=world.reader.root(size - 1).hex())
    unsigned = world.append(world.signed(said, world.log.subject, by=AUDITOR))[0].leaves[0]
    with world.write() as writer:
        writer.heads()
    replayed = world.append(world.signed(replace(said, size=size, root=root), world.log.subject, by=AUDITOR))[0].leaves[
        0
    ]
    members = read_archive(pack_device(world.ledger, world.made_device, making(world)))
    assert f"earlier/{size:09}.checkpoint" in members
    result = verified(world, pack_device(world.ledger, world.made_device, making(world)))
    assert replayed in [one.leaf for one in result.replayed]
    assert unsigned in [fact.leaf for fact in result.facts]


def test_what_is_not_there_cannot_be_packed(world):
    with pytest.raises(InputError, match="says nothing"):
        pack_device(world.ledger, world.new_id(), making(world))
    for options in ({"size": 999}, {"since": (999,)}):
        with pytest.raises(InputError, match="no signed checkpoint"):
            pack_device(world.ledger, world.made_device, making(world, **options))


def test_without_a_heads_leaf_there_is_no_pack(sqlite_world):
    device = sqlite_world.new_id()
    sqlite_world.append(sqlite_world.device(device))
    sqlite_world.database.execute("UPDATE ledger_log SET heads = NULL")
    with pytest.raises(InputError, match="heads leaf") as raised:
        pack_device(sqlite_world.ledger, device, making(sqlite_world))
    assert "ledger checkpoint" in raised.value.hint


def test_a_store_that_was_changed_by_hand_gives_no_pack(world):
    digest = bytes.fromhex(world.reader.chain(world.made_device)[-1].entry.digest)
    envelope = world.reader.envelope(digest)
    world.database.execute(
        "UPDATE ledger_envelope SET bytes = ? WHERE digest = ?", (envelope.replace(b"A", b"B", 1), digest)
    )
    with pytest.raises((VerificationError, FormatError)):
        pack_device(world.ledger, world.made_device, making(world))


def test_a_log_that_lies_gives_no_pack():
    stage = Stage(random.Random(1))
    log: MadeLog = stage.log
    stage.fact_at(log.now - timedelta(days=1))
    log.heads_leaf()
    log.checkpoint_now()
    with pytest.raises(VerificationError) as raised:
        make_pack(log, stage.device, log.making(), signer=log.signer, names=log.known_names)
    assert raised.value.part == "time"


def test_a_pack_is_made_before_the_witnesses_have_spoken():
    made = random_pack(random.Random(4))
    log = made.log
    asking = replace(log.making(), policy=made.policy)
    log.notes[len(log.texts)] = log.checkpoint_now(cosigners=())
    pack = make_pack(log, made.device, asking, signer=log.signer, names=log.known_names)
    assert verify_pack(pack, policy=replace(made.policy, quorum="none")).outcome is Outcome.VERIFIED
