from __future__ import annotations

import pytest

from ledger.world import INSPECTOR, LOG, OWNER, RECIPIENT, made_key
from lossproof.errors import InputError, PolicyError
from lossproof.jobs.devices import register_device
from lossproof.jobs.enrolling import enrol_key
from lossproof.jobs.withdrawing import compromise, end, retract, signer_of
from lossproof.model.fact import Role
from lossproof.model.facts.compromise import CompromiseReason
from lossproof.model.facts.registration import DeviceKind
from lossproof.model.facts.retraction import RetractionReason

ERROR = RetractionReason.RECORDED_IN_ERROR


def test_a_fact_is_withdrawn_once_by_who_signed_it(world):
    leaf = register_device(world.ledger, INSPECTOR, DeviceKind.STICK).receipts[0].leaves[0]
    assert signer_of(world.ledger, leaf) == INSPECTOR.keyid
    with pytest.raises(PolicyError, match="the key that signed it"):
        retract(world.ledger, OWNER, leaf, ERROR)
    (receipt,) = retract(world.ledger, INSPECTOR, leaf, ERROR)
    assert receipt.leaves == (leaf + 1,)
    world.clock.turn(seconds=5)
    with pytest.raises(InputError, match="withdrawn already"):
        retract(world.ledger, INSPECTOR, leaf, ERROR)


def test_what_is_no_fact_is_not_withdrawn(world):
    heads = world.reader.last_heads().index
    for leaf, words in ((heads, "is no fact"), (99, "no leaf 99")):
        for act in (lambda leaf: retract(world.ledger, OWNER, leaf, ERROR), lambda leaf: signer_of(world.ledger, leaf)):
            with pytest.raises(InputError, match=words):
                act(leaf)


def test_what_relied_on_a_compromised_key_is_named(world):
    leaves = [register_device(world.ledger, INSPECTOR, DeviceKind.STICK).receipts[0].leaves[0] for _ in range(3)]
    register_device(world.ledger, OWNER, DeviceKind.STICK)
    done = compromise(world.ledger, OWNER, INSPECTOR.keyid.upper(), CompromiseReason.STOLEN)
    assert (done.leaves, len(done.receipts)) == (tuple(leaves), 1)
    with pytest.raises(InputError, match="already"):
        compromise(world.ledger, OWNER, INSPECTOR.keyid, CompromiseReason.STOLEN)
    with pytest.raises(InputError, match="no such key"):
        compromise(world.ledger, OWNER, "00" * 32, CompromiseReason.LOST)
    with pytest.raises(InputError, match="key of the log itself"):
        compromise(world.ledger, OWNER, LOG.keyid, CompromiseReason.LOST)


def test_whatever_is_registered_can_end_once(world):
    alex = made_key("alex")
    home = enrol_key(world.ledger, OWNER, alex.public, Role.AGENT, new_organisation="Bins & Sons").registered
    device = register_device(world.ledger, OWNER, DeviceKind.STICK, asset_tag="S-17").registered["device"]
    recipient = world.projection.recipients()[0].subject
    expected = {
        RECIPIENT: {"recipient": recipient},
        device: {"device": device},
        "Bins & Sons": {"organisation": home["organisation"]},
        INSPECTOR.keyid: {"key": world.projection.key(INSPECTOR.keyid).subject},
    }
    for text, registered in expected.items():
        assert end(world.ledger, OWNER, text).registered == registered
        world.clock.turn(seconds=5)
        with pytest.raises(InputError):
            end(world.ledger, OWNER, text)
    assert not world.projection.key(alex.keyid).active
    assert world.projection.recipients()[0].ended is not None


def test_what_must_stay_stays(world):
    with pytest.raises(PolicyError, match="whose ledger it is"):
        end(world.ledger, OWNER, world.controller)
    with pytest.raises(PolicyError, match="last owner"):
        end(world.ledger, OWNER, OWNER.keyid)
    with pytest.raises(PolicyError, match="role inspector may not"):
        end(world.ledger, INSPECTOR, INSPECTOR.keyid)
    assert world.projection.key(OWNER.keyid).active
