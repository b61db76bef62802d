"""Two records of one stick, of which the operator would like to keep the one that looks better."""

from __future__ import annotations

import pytest

from lossproof.errors import PolicyError
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.registration import DeviceKind
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


def test_a_merge_of_once_names_no_device_that_is_another_organisations_now(site):
    """A contractor's two records of one laptop were merged; the kept one is the controller's since, with a new tag."""
    from lossproof.register.devices import acts, queries

    kept, gone = (estate.device(site, tag, DeviceKind.LAPTOP, organisation=site.contractor) for tag in ("NW-1", "NW-2"))
    merge(site.ledger, site.key, keep=kept, end=gone)
    contractor = site.client_of("contractor")
    assert f"/devices/{kept}" in contractor.get(f"/devices/{gone}").content.decode()
    leaf = queries.leaf_of_registration(site.ledger.database, queries.one(site.ledger.database, kept).device)
    acts.change(
        site.ledger,
        site.key,
        kept,
        kind=DeviceKind.LAPTOP,
        organisation=site.controller,
        asset_tag="LS-0042",
        serial="",
        leaf=leaf,
    )
    page = contractor.get(f"/devices/{gone}").content.decode()
    assert kept not in page and "LS-0042" not in page and "same device as" not in page
    assert f"/devices/{kept}" in site.client_of("it").get(f"/devices/{gone}").content.decode()
