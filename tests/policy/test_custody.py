from __future__ import annotations

import inspect
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import PolicyError
from lossproof.model.estate import CustodyNow, CustodyState
from lossproof.model.facts.custody import CustodyEvent
from lossproof.policy import custody
from lossproof.policy.custody import Happened, after, fold, state_of, step

ME, YOU, US = "1" * 32, "2" * 32, "3" * 32
S, E = CustodyState, CustodyEvent

# Written out once more, by hand, from the facts sheet: every pair that is not here is refused.
LEGAL = {
    (S.IN_STOCK, E.OFFERED): S.OFFERED,
    (S.IN_STOCK, E.SIGHTED): S.IN_STOCK,
    (S.IN_STOCK, E.MISSING): S.MISSING,
    (S.IN_STOCK, E.WIPED): S.IN_STOCK,
    (S.IN_STOCK, E.DESTROYED): S.DESTROYED,
    (S.OFFERED, E.ACCEPTED): S.HELD,
    (S.OFFERED, E.DECLINED): S.IN_STOCK,
    (S.OFFERED, E.MISSING): S.MISSING,
    (S.HELD, E.TRANSFERRED): S.OFFERED,
    (S.HELD, E.RETURNED): S.RETURNED,
    (S.HELD, E.SIGHTED): S.HELD,
    (S.HELD, E.MISSING): S.MISSING,
    (S.RETURNED, E.RESTOCKED): S.IN_STOCK,
    (S.RETURNED, E.SIGHTED): S.RETURNED,
    (S.RETURNED, E.MISSING): S.MISSING,
    (S.RETURNED, E.WIPED): S.RETURNED,
    (S.RETURNED, E.DESTROYED): S.DESTROYED,
    (S.MISSING, E.FOUND): S.FOUND,
    (S.FOUND, E.QUARANTINED): S.QUARANTINED,
    (S.FOUND, E.MISSING): S.MISSING,
    (S.QUARANTINED, E.RESTOCKED): S.IN_STOCK,
    (S.QUARANTINED, E.MISSING): S.MISSING,
    (S.QUARANTINED, E.WIPED): S.QUARANTINED,
    (S.QUARANTINED, E.DESTROYED): S.DESTROYED,
}


@pytest.mark.parametrize(("state", "event"), list(product(S, E)))
def test_every_state_takes_the_events_of_the_facts_sheet_and_no_others(state, event):
    wanted = LEGAL.get((state, event))
    if wanted is None:
        with pytest.raises(PolicyError, match=r"a device that is .* cannot be ") as refused:
            after(state, event)
        assert refused.value.hint
    else:
        assert after(state, event) is wanted


def test_what_is_declined_goes_back_to_who_has_it():
    assert after(S.OFFERED, E.DECLINED, with_somebody=True) is S.HELD


def test_the_drawing_names_every_state_and_event():
    drawn = inspect.getdoc(custody).split("Left out")[0]
    for word in [*S, *E]:
        assert word.value in drawn


def events(*told):
    """Events a minute apart, from leaf 10 on; an event alone, or with who is to have the device."""
    return [
        Happened(*(one if isinstance(one, tuple) else (one, None, None)), 60 * at, 10 + at)
        for at, one in enumerate(told)
    ]


def test_a_device_is_with_who_accepted_it_until_it_is_back():
    offered = events(E.OFFERED, (E.ACCEPTED, ME, US), E.SIGHTED, E.TRANSFERRED, (E.ACCEPTED, YOU, US), E.RETURNED)
    told = [fold(offered[:count]).now for count in range(len(offered) + 1)]
    assert told[0] is None
    assert [one.state for one in told[1:]] == [S.OFFERED, S.HELD, S.HELD, S.OFFERED, S.HELD, S.RETURNED]
    assert [one.holder for one in told[1:]] == [None, ME, ME, ME, YOU, None]
    assert [one.organisation for one in told[1:]] == [None, US, US, US, US, None]
    assert [(one.since, one.leaf) for one in told[1:]] == [(0, 10), (60, 11), (60, 11), (180, 13), (240, 14), (300, 15)]
    assert [one.seen_at for one in told[1:]] == [None, 60, 120, 120, 240, 300]


def test_a_missing_device_was_with_its_last_holder_and_comes_back_through_quarantine():
    told = events(E.OFFERED, (E.ACCEPTED, ME, US), E.MISSING, E.FOUND, E.QUARANTINED, E.RESTOCKED)
    lost = fold(told[:3]).now
    assert (lost.state, lost.holder, lost.seen_at) == (S.MISSING, ME, 60)
    assert fold(told[:4]).now == CustodyNow(S.FOUND, 180, 13, None, None, 180)
    assert fold(told).now.state is S.IN_STOCK


def test_a_declined_transfer_leaves_the_device_with_its_holder():
    told = events(E.OFFERED, (E.ACCEPTED, ME, US), E.TRANSFERRED, E.DECLINED)
    assert fold(told).now == CustodyNow(S.HELD, 180, 13, ME, US, 60)


def test_what_a_withdrawal_left_impossible_is_passed_over_and_said():
    told = events(E.OFFERED, (E.ACCEPTED, ME, US), E.RETURNED, E.RESTOCKED)
    without = [one for one in told if one.event is not E.ACCEPTED]
    folded = fold(without)
    assert (folded.now.state, folded.passed_over) == (S.OFFERED, (12, 13))
    assert fold(events(E.ACCEPTED)) == (None, (10,))


HISTORIES = st.lists(
    st.tuples(st.sampled_from(E), st.sampled_from([None, ME, YOU]), st.integers(0, 1000)), max_size=12
).map(lambda told: [Happened(event, to, US, at, leaf) for leaf, (event, to, at) in enumerate(told)])


@given(HISTORIES)
def test_any_history_folds_to_a_legal_state_one_event_at_a_time(told):
    now, passed_over = None, []
    for one in told:
        try:
            now = step(now, one)
        except PolicyError:
            passed_over.append(one.leaf)
            continue
        assert (now.holder is None) or now.state in {S.OFFERED, S.HELD, S.MISSING}
    assert fold(told) == (now, tuple(passed_over))
    assert state_of(now) in S


def test_the_reference_page_draws_the_table():
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "custody.md"
    rows = [
        line.strip("| ").split("|") for line in page.read_text(encoding="utf-8").split("\n") if line.startswith("|")
    ]
    heads, told = [cell.strip() for cell in rows[0]], {}
    for row in rows[2:]:
        cells = [cell.strip() for cell in row]
        told |= {
            (S(cells[0].strip("*")), E(event)): cell for event, cell in zip(heads, cells[1:], strict=False) if cell
        }
    assert {pair: cell.split(" or ")[0] for pair, cell in told.items()} == {
        pair: state.value for pair, state in LEGAL.items()
    }
    assert "──offered──>" in page.read_text(encoding="utf-8")
