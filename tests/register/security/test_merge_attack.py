"""Two records of one stick, of which the operator would like to keep the one that looks better."""

from __future__ import annotations

import pytest

from lossproof.errors import PolicyError
from lossproof.model.facts.custody import CustodyEvent
from lossproof.register.reconcile.acts import merge
from register.devices import estate
from register.estates import Shelf


@pytest.fixture
def shelf(site):
    return Shelf(site)


def test_a_good_check_does_not_outlive_a_bad_one_of_the_other_record(site, shelf):
    good, bad = shelf.device("LS-1"), shelf.device("LS-2")
    shelf.check(good)
    site.clock.turn(seconds=5)
    shelf.check(bad, protected=False)
    with pytest.raises(PolicyError, match="checked, reported or handed out"):
        merge(site.ledger, site.key, keep=good, end=bad)
    merge(site.ledger, site.key, keep=bad, end=good)


def test_a_check_from_before_the_stick_was_out_opens_no_gate(site, shelf):
    kept, out = shelf.device("LS-1"), shelf.device("LS-2")
    shelf.check(kept)
    site.clock.turn(seconds=5)
    shelf.hand(out)
    for event in (CustodyEvent.RETURNED, CustodyEvent.RESTOCKED):
        shelf.hand(out, event=event)
    with pytest.raises(PolicyError, match="checked, reported or handed out"):
        merge(site.ledger, site.key, keep=kept, end=out)
    site.clock.turn(seconds=5)
    shelf.check(kept)
    merge(site.ledger, site.key, keep=kept, end=out)


def test_people_who_were_found_later_are_not_merged_away(site):
    empty, full = estate.device(site, "LS-1"), estate.device(site, "LS-2")
    estate.count(site, empty, 0)
    estate.count(site, full, 84_000)
    with pytest.raises(PolicyError, match="looked through"):
        merge(site.ledger, site.key, keep=empty, end=full)
