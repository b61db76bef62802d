from __future__ import annotations

import pytest

from ledger.world import OWNER, made_key
from lossproof.errors import InputError, PolicyError
from lossproof.jobs.replaying import state_replay
from lossproof.ledger.replay import replay
from lossproof.model.fact import Role
from lossproof.model.facts.replay import Replay


def test_an_auditor_states_what_was_replayed(world):
    auditor = made_key("auditor")
    world.append(world.enrolment(auditor, Role.AUDITOR))
    done = replay(world.reader)
    (receipt,) = state_replay(world.ledger, auditor, size=done.size, root=done.root)
    entry = world.reader.leaf(receipt.leaves[0]).entry
    fact = world.reader.statement(entry.digest).predicate
    assert isinstance(fact, Replay) and (fact.size, fact.root) == (done.size, done.root)
    assert entry.about == world.log.subject
    with pytest.raises(InputError, match="no more of it than there is"):
        state_replay(world.ledger, auditor, size=999, root=done.root)
    with pytest.raises(PolicyError, match="role owner"):
        state_replay(world.ledger, OWNER, size=done.size, root=done.root)
