"""What does not match is found, and two records of one device become one, or why not."""

from __future__ import annotations

import re

import pytest

from ledger.world import made_key
from lossproof.jobs.agents import enrol_agent
from lossproof.model.fact import Role
from lossproof.model.facts.registration import DeviceKind
from register.estates import Shelf, queries_of, text_of

SERIAL = "4C530001230712116463"


def shown(site, duty: str, address: str) -> str:
    answer = site.client_of(duty).get(address)
    assert answer.status_code == 200, answer.content
    return text_of(answer)


def twice(shelf: Shelf) -> tuple[str, str]:
    """The record that IT made by hand, and the one that an agent made of the same stick."""
    kept = shelf.device("LP-7", serial=SERIAL)
    return kept, seen_by_agent(shelf, SERIAL)


def seen_by_agent(shelf: Shelf, serial: str) -> str:
    """A stick that an agent registered itself, with its serial number under a salt of the agent's own."""
    from lossproof.jobs.stating import register
    from lossproof.ledger.erasable import keep
    from lossproof.model.facts.registration import Action, Device, DeviceIdentifier, IdentifierScheme, Registration

    device = f"{len(serial) * 7919:032x}"
    with shelf.site.ledger.write() as writer:
        digest = keep(shelf.site.ledger.database, "serial", serial)
        thing = Device(
            kind=DeviceKind.OTHER,
            organisation=shelf.site.controller,
            identifiers=(DeviceIdentifier(scheme=IdentifierScheme.SERIAL, digest=digest),),
        )
        fact = Registration(true_at=shelf.site.clock.moment(), action=Action.CREATED, device=thing)
        register(writer, shelf.agent, device, fact)
    shelf.check(device)
    return device


def numbers(page: str) -> list[str]:
    return [one.strip() for one in re.findall(r'summary-list__value">(.*?)</dd>', page, re.S)]


def test_what_matches_is_said_to(site):
    assert numbers(shown(site, "it", "/reconcile")) == ["0", "0", "0", "0", "0", "0"]
    for address in ("unclaimed", "unseen", "duplicates", "quiet"):
        assert "There is none" in shown(site, "it", f"/reconcile/{address}"), address


def test_each_list_shows_what_its_number_counts(either_site):
    site = either_site
    shelf = Shelf(site)
    kept, stray = twice(shelf)
    shelf.ask(kept)
    with site.ledger.write() as writer:
        enrol_agent(writer, site.key, made_key("silent").public, Role.AGENT, organisation=site.controller)
    shelf.settle()
    assert numbers(shown(site, "it", "/reconcile")) == ["1", "1", "1", "1", "1", "0"]
    unclaimed = shown(site, "it", "/reconcile/unclaimed")
    assert stray in unclaimed and kept not in unclaimed
    unseen = shown(site, "it", "/reconcile/unseen")
    assert kept in unseen and stray not in unseen
    duplicates = shown(site, "it", "/reconcile/duplicates")
    assert f"/reconcile/merge/{min(kept, stray)}/{max(kept, stray)}" in duplicates and "Serial number" in duplicates
    silent = made_key("silent").keyid[:32]
    assert silent in shown(site, "it", "/reconcile/quiet")
    assert shelf.agent.keyid[:32] not in shown(site, "it", "/reconcile/quiet")
    site.clock.turn(days=15)
    assert shelf.agent.keyid[:32] in shown(site, "it", "/reconcile/quiet")
    reader = shown(site, "auditor", "/reconcile/duplicates")
    assert "/reconcile/merge" not in reader and "IT decides" in reader
    assert "/reconcile/merge" not in shown(site, "regulator", "/reconcile/unclaimed")


def test_unseen_is_asked_for_any_number_of_days(site):
    shelf = Shelf(site)
    device = shelf.device("LP-1")
    shelf.check(device)
    assert device not in shown(site, "it", "/reconcile/unseen?days=10")
    site.clock.turn(days=11)
    assert device in shown(site, "it", "/reconcile/unseen?days=10")
    assert device not in shown(site, "it", "/reconcile/unseen?days=12")
    for days, said in (("0", "Enter 1 day or more"), ("x", "Enter a number of days"), ("99999", "3650 days or fewer")):
        page = shown(site, "it", f"/reconcile/unseen?days={days}")
        assert said in page and "There is a problem" in page


def test_two_records_become_one_that_is_known_by_both(either_site):
    site = either_site
    shelf = Shelf(site)
    kept, stray = twice(shelf)
    it = site.client_of("it")
    asked = it.post(f"/reconcile/merge/{stray}", {"other": "LP-7"})
    assert asked["Location"] == f"/reconcile/merge/{stray}/{kept}"
    page = text_of(it.get(asked["Location"]))
    assert SERIAL in page and "Which record stays?" in page
    assert re.findall(r'value="(\w+)" checked', page) == [kept]
    assert "Select the record that stays" in text_of(it.post(asked["Location"], {}))
    answer = it.post(asked["Location"], {"keep": kept})
    assert answer["Location"] == f"/devices/{kept}"
    one = site.ledger.projection.device(kept)
    assert site.ledger.projection.device(stray).ended is not None
    assert one.kind == "stick" and one.ended is None and len(one.identifiers) == 3
    assert numbers(shown(site, "it", "/reconcile"))[:3] == ["0", "1", "0"]
    assert it.get(asked["Location"]).status_code == 404
    assert it.post(asked["Location"], {"keep": kept}).status_code == 404


def test_each_of_two_merged_records_leads_to_the_other(either_site):
    from lossproof.register.devices import acts as device_acts
    from lossproof.register.reconcile import acts

    site = either_site
    shelf = Shelf(site)
    kept, stray = twice(shelf)
    bystander = shelf.device("LP-8")
    acts.merge(site.ledger, site.key, keep=kept, end=stray)
    device_acts.end(site.ledger, site.key, bystander)
    it = site.client_of("it")
    gone, stays = text_of(it.get(f"/devices/{stray}")), text_of(it.get(f"/devices/{kept}"))
    assert "It is the same device as" in gone and f"/devices/{kept}" in gone
    assert "it had another record too" in stays and f"/devices/{stray}" in stays
    assert "same device as" not in stays and "another record" not in gone
    ended = text_of(it.get(f"/devices/{bystander}"))
    assert "no longer registered" in ended and "same device as" not in ended


def test_a_record_that_ends_right_after_another_changed_is_not_taken_for_it(site):
    from lossproof.register.devices import acts as device_acts
    from lossproof.register.devices import merged, queries

    shelf = Shelf(site)
    other, gone, bare = shelf.device("LP-7"), shelf.device("LP-8"), shelf.device()
    for device in (gone, bare):
        device_acts.change(
            site.ledger,
            site.key,
            other,
            kind=DeviceKind.STICK,
            organisation=site.controller,
            asset_tag=f"LP-7{device[:2]}",
            serial="",
            leaf=queries.leaf_of_registration(site.ledger.database, queries.one(site.ledger.database, other).device),
        )
        device_acts.end(site.ledger, site.key, device)
        assert merged.merged_into(site.ledger, queries.one(site.ledger.database, device).device) is None
    assert merged.merged_with(site.ledger, queries.one(site.ledger.database, other).device) == []


def test_a_kept_record_of_an_agent_takes_the_kind_of_the_other(site):
    from lossproof.register.reconcile import acts

    shelf = Shelf(site)
    kept, stray = twice(shelf)
    acts.merge(site.ledger, site.key, keep=stray, end=kept)
    assert site.ledger.projection.device(stray).kind == "stick"


def test_it_is_refused_where_they_are_two_devices(site):
    shelf = Shelf(site)
    first, second = shelf.device("LP-1", serial="AA0011223344"), shelf.device("LP-2", serial="BB0011223344")
    page = text_of(site.client_of("it").post(f"/reconcile/merge/{first}/{second}", {"keep": first}))
    assert "serial numbers are different" in page and "There is a problem" in page
    assert site.ledger.projection.device(second).ended is None


def test_it_is_refused_where_somebody_has_the_record_that_ends_or_waits_for_an_answer(site):
    shelf = Shelf(site)
    first, second, third = (shelf.device(f"LP-{number}") for number in range(3))
    shelf.check(second)
    shelf.hand(second)
    shelf.ask(third)
    it = site.client_of("it")
    assert "has been handed out" in text_of(it.post(f"/reconcile/merge/{first}/{second}", {"keep": first}))
    assert "waits for an answer" in text_of(it.post(f"/reconcile/merge/{first}/{third}", {"keep": first}))
    assert it.post(f"/reconcile/merge/{first}/{second}", {"keep": second}).status_code == 302


def test_it_is_refused_across_organisations_and_for_what_is_not_there(site):
    shelf = Shelf(site)
    first, theirs = shelf.device("LP-1"), shelf.device("WD-1", organisation=site.contractor)
    it = site.client_of("it")
    assert "two organisations" in text_of(it.post(f"/reconcile/merge/{first}/{theirs}", {"keep": first}))
    assert "Select a valid choice" in text_of(it.post(f"/reconcile/merge/{first}/{theirs}", {"keep": "0" * 32}))
    assert it.get(f"/reconcile/merge/{first}/{first}").status_code == 404
    assert it.get(f"/reconcile/merge/{first}/{'0' * 32}").status_code == 404
    assert it.get("/reconcile/merge/x").status_code == 404
    assert "is called that" in text_of(it.post(f"/reconcile/merge/{first}", {"other": "LP-99"}))
    assert "is called that" in text_of(it.post(f"/reconcile/merge/{first}", {"other": "LP-1"}))


@pytest.mark.parametrize("after", ["x", "1.x", "9" * 40, ".", "-3", "²"])
def test_a_place_in_a_list_that_is_none_of_ours_is_no_error(site, after):
    Shelf(site).device("LP-1")
    for address in ("unseen", "unclaimed"):
        assert site.client_of("it").get(f"/reconcile/{address}", {"after": after}).status_code == 200


def test_lists_come_in_pages(site, monkeypatch):
    from lossproof.register.reconcile import views

    monkeypatch.setattr(views, "_A_PAGE", 2)
    shelf = Shelf(site)
    devices = [shelf.device(f"LP-{number}") for number in range(3)]
    for device in devices[:2]:
        shelf.check(device)
    site.clock.turn(days=100)
    seen: list[str] = []
    address = "/reconcile/unseen?days=90"
    for _ in range(2):
        page = shown(site, "it", address)
        seen += [device for device in devices if device in page]
        address = (re.search(r'href="(\?[^"]*after[^"]*)"', page) or ["", ""])[1].replace("&amp;", "&")
        address = f"/reconcile/unseen{address}"
    assert sorted(seen) == sorted(devices) and len(seen) == 3


def test_pages_take_few_queries_whatever_they_list(site):
    shelf = Shelf(site)
    twice(shelf)
    it = site.client_of("it")
    found = {address: queries_of(it, address) for address in EXPECTED}
    assert found == EXPECTED


EXPECTED = {
    "/reconcile": 18,
    "/reconcile/unclaimed": 15,
    "/reconcile/unseen": 17,
    "/reconcile/duplicates": 17,
    "/reconcile/quiet": 11,
}
