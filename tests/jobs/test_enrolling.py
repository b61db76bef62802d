from __future__ import annotations

import pytest

from ledger.world import OWNER, RECIPIENT, made_key
from lossproof.errors import FormatError, InputError, PolicyError
from lossproof.jobs.enrolling import compact, enrol_key, enrol_recipient, find_organisation, organisation_names
from lossproof.ledger.erasable import erase
from lossproof.model.fact import Relation, Role

ALEX, SAM = made_key("alex"), made_key("sam")
OTHER = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"


def enrol(world, key, role=Role.AGENT, **words):
    return enrol_key(world.ledger, OWNER, key.public, role, **words)


def test_a_key_is_the_controllers_unless_an_organisation_is_named(world):
    given = enrol(world, ALEX)
    assert set(given.registered) == {"key", "fingerprint"} and len(given.receipts) == 1
    key = world.projection.key(ALEX.keyid)
    assert (key.organisation, key.role, key.replaces) == (world.controller, Role.AGENT, None)


def test_a_new_organisation_is_registered_with_its_name_kept_apart(world):
    given = enrol(world, ALEX, new_organisation="Bins & Sons", relation=Relation.PROCESSOR)
    home = given.registered["organisation"]
    assert len(given.receipts) == 2
    assert organisation_names(world.ledger) == {home: "Bins & Sons"}
    assert find_organisation(world.ledger, "Bins & Sons") == find_organisation(world.ledger, home) == home
    assert world.projection.organisation(home).relation is Relation.PROCESSOR
    assert "Bins" not in "".join(world.rows("ledger_organisation") + world.rows("ledger_envelope"))
    erase(world.database, world.projection.organisation(home).name, "retention_ended", world.clock())
    assert organisation_names(world.ledger) == {}
    with pytest.raises(InputError, match="no such organisation"):
        find_organisation(world.ledger, "Bins & Sons")


def test_nothing_is_registered_where_the_key_is_refused(world):
    size, kept = world.reader.size, world.rows("ledger_erasable")
    for role in (Role.OWNER, Role.DECIDER):
        with pytest.raises(PolicyError, match="controller's own"):
            enrol(world, ALEX, role, new_organisation="Bins & Sons")
    with pytest.raises(PolicyError, match="enrolled already"):
        enrol(world, OWNER, new_organisation="Bins & Sons")
    assert (world.reader.size, world.rows("ledger_erasable")) == (size, kept)


def test_a_key_that_replaces_another_takes_its_place(world):
    enrol(world, ALEX, Role.AUDITOR, new_organisation="Lyme Audit", relation=Relation.AUDITOR)
    old = world.projection.key(ALEX.keyid)
    enrol(world, SAM, None, replaces=" ".join(ALEX.keyid[at : at + 8] for at in range(0, 64, 8)).upper())
    new, old = world.projection.key(SAM.keyid), world.projection.key(ALEX.keyid)
    assert (new.role, new.organisation, new.replaces) == (old.role, old.organisation, old.subject)
    assert not old.active and new.active
    with pytest.raises(InputError, match="or has ended"):
        enrol(world, made_key("third"), None, replaces=ALEX.keyid)


def test_wishes_that_contradict_each_other_are_refused(world):
    with pytest.raises(InputError, match="one organisation"):
        enrol(world, ALEX, organisation=world.controller, new_organisation="Bins & Sons")
    with pytest.raises(InputError, match="a role"):
        enrol(world, ALEX, None)


def test_a_recipient_is_enrolled_once(world):
    with pytest.raises(InputError, match="enrolled already"):
        enrol_recipient(world.ledger, OWNER, RECIPIENT)
    with pytest.raises(FormatError):
        enrol_recipient(world.ledger, OWNER, "age1nonsense")
    enrol_recipient(world.ledger, OWNER, OTHER)
    assert [one.recipient for one in world.projection.recipients()] == [RECIPIENT, OTHER]


def test_a_fingerprint_is_the_same_however_it_is_written():
    assert compact(" ABCD 0123\n") == "abcd0123"
