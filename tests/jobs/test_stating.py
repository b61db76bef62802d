from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.world import INSPECTOR, OWNER, STRANGER, made_key
from lossproof.errors import PolicyError, StoreError
from lossproof.jobs.stating import controller, organisation_of, register, require_signer, signed
from lossproof.ledger.envelope import open_envelope, verify_envelope
from lossproof.model.fact import Role, key_subject
from lossproof.model.facts.inspection import InspectionFact
from lossproof.wire.facts import decode_statement, subject_of


def may(world, key, roles=InspectionFact.SIGNERS):
    return require_signer(world.ledger, key, roles, "inspection")


def test_whoever_may_state_a_fact_passes(world):
    may(world, INSPECTOR)
    may(world, OWNER, {Role.OWNER})


def test_whoever_may_not_is_told_before_the_work(world):
    with pytest.raises(PolicyError, match="role owner may not state a fact of the kind inspection"):
        may(world, OWNER)
    with pytest.raises(PolicyError, match="not enrolled"):
        may(world, STRANGER)
    alex = made_key("alex")
    world.append(world.enrolment(alex, Role.AGENT))
    world.append(world.ended(key_subject(alex.keyid)))
    with pytest.raises(PolicyError, match="has ended"):
        may(world, alex)
    world.append(world.compromise(INSPECTOR))
    with pytest.raises(PolicyError, match="compromised"):
        may(world, INSPECTOR)


def test_a_store_that_is_only_to_be_read_is_said_first(world):
    with pytest.raises(StoreError, match="old copy"):
        require_signer(replace(world.ledger, behind="an old copy"), STRANGER, (), "inspection")


def test_a_key_is_of_its_organisation_and_a_strangers_of_the_controller(world):
    home = controller(world.projection)
    assert organisation_of(world.projection, INSPECTOR) == home == organisation_of(world.projection, STRANGER)
    assert home == world.controller


def test_a_registration_is_appended_under_its_subject(world):
    thing = decode_statement(open_envelope(world.device("d1" * 16)).payload).predicate
    with world.write() as writer:
        register(writer, OWNER, "d1" * 16, thing)
    (leaf,) = world.reader.chain("d1" * 16)
    envelope = world.reader.envelope(leaf.entry.digest)
    assert envelope == signed(OWNER, thing, subject_of("d1" * 16))
    verify_envelope(open_envelope(envelope), OWNER.public)
