from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.handing import Desk
from lossproof.errors import InputError, PolicyError
from lossproof.jobs.by_hand import REASON, Holding, Now, Whereabouts, events, meaning_of, record
from lossproof.jobs.sights import sight
from lossproof.model.estate import CustodyState
from lossproof.model.facts.custody import CustodyEvent
from lossproof.policy.custody import after

STOCK, HELD, MISSING = CustodyState.IN_STOCK, CustodyState.HELD, CustodyState.MISSING
SARA, TOM = "a1" * 16, "b2" * 16


def said(to: str | None = None, whereabouts: Whereabouts | None = None) -> Holding:
    return Holding("d0" * 16, to, "c0" * 16 if to else None, whereabouts)


@pytest.mark.parametrize(
    ("now", "listed", "recorded"),
    [
        (Now(), said(), ""),
        (Now(), said(SARA), "offered accepted"),
        (Now(), said(SARA, Whereabouts.IN_USE), "offered accepted"),
        (Now(), said(SARA, Whereabouts.MISSING), "offered accepted missing"),
        (Now(), said(None, Whereabouts.MISSING), "missing"),
        (Now(), said(None, Whereabouts.DESTROYED), "destroyed"),
        (Now(), said(None, Whereabouts.IN_STOCK), ""),
        (Now(HELD, SARA), said(SARA), ""),
        (Now(HELD, SARA), said(SARA, Whereabouts.MISSING), "missing"),
        (Now(MISSING, SARA), said(SARA, Whereabouts.MISSING), ""),
        (Now(CustodyState.RETURNED), said(None, Whereabouts.IN_STOCK), "restocked"),
        (Now(HELD, SARA), said(None, Whereabouts.IN_USE), ""),
    ],
)
def test_what_a_list_says_becomes_the_events_that_are_lacking(now, listed, recorded):
    assert " ".join(events(now, listed)) == recorded


@pytest.mark.parametrize(
    ("now", "listed", "why"),
    [
        (Now(), said(SARA, Whereabouts.IN_STOCK), "only one of the two"),
        (Now(HELD, TOM), said(SARA), "another person has it"),
        (Now(HELD, SARA), said(None, Whereabouts.IN_STOCK), "cannot be put in stock"),
        (Now(HELD, SARA), said(None, Whereabouts.DESTROYED), "cannot be destroyed"),
        (Now(), said(SARA, Whereabouts.DESTROYED), "cannot be destroyed"),
        (Now(MISSING), said(SARA), "cannot be offered"),
        (Now(CustodyState.DESTROYED), said(None, Whereabouts.MISSING), "cannot be reported missing"),
    ],
)
def test_what_cannot_be_is_refused_in_words(now, listed, why):
    with pytest.raises(PolicyError, match=why):
        events(now, listed)


@given(
    st.sampled_from(CustodyState),
    st.sampled_from([None, SARA, TOM]),
    st.sampled_from([None, SARA]),
    st.sampled_from([None, *Whereabouts]),
)
def test_every_event_may_follow_the_one_before_it(state, holder, to, whereabouts):
    try:
        some = events(Now(state, holder), said(to, whereabouts))
    except PolicyError:
        return
    for event in some:
        state = after(state, event)
    # What the list says is so afterwards, or was so before.
    assert whereabouts is not Whereabouts.MISSING or state is MISSING


def test_words_for_a_status_are_compared_by_their_letters():
    assert meaning_of("In use") is meaning_of("IN_USE") is Whereabouts.IN_USE
    assert meaning_of("Stolen") is Whereabouts.MISSING
    assert meaning_of("on the moon") is None


def test_it_is_recorded_by_hand_and_proves_nothing(world):
    desk = Desk(world)
    device = desk.device()
    wanted = Holding(device, desk.nurse, world.controller, None)
    with world.write() as writer:
        record(writer, desk.speaker(), [(wanted, events(Now(), wanted))])
    with world.write() as writer:
        now = sight(writer, device).state.custody
    assert (now.state, now.holder) == (HELD, desk.nurse)
    fact = world.reader.statement(world.reader.chain(device)[-1].entry.digest).predicate
    assert (fact.event, fact.reason, fact.proof, fact.text) == (CustodyEvent.ACCEPTED, REASON, None, None)
    size = world.reader.size
    stranger = wanted._replace(to=world.new_id())
    with pytest.raises(InputError, match="not registered"), world.write() as writer:
        record(writer, desk.speaker(), [(stranger, (CustodyEvent.MISSING,))])
    assert world.reader.size == size
