"""The first page: three numbers that its lists bear out, what to do next for each duty, and the estate as it was."""

from __future__ import annotations

import re

import pytest

from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.request import Ask
from register.estates import Shelf, queries_of, text_of


def numbers(page: str) -> list[int]:
    return [int(one) for one in re.findall(r'number__count">(\d+)<', page)]


def shown(site, duty: str, address: str) -> str:
    answer = site.client_of(duty).get(address)
    assert answer.status_code == 200, answer.content
    return text_of(answer)


def test_it_is_told_how_to_begin_where_nothing_is_registered(site):
    page = shown(site, "it", "/now")
    assert "No device is registered yet. This is how to begin" in page and "Import your asset list" in page
    assert "Not independently witnessed" in page
    assert "IT registers them" in shown(site, "auditor", "/now")


def test_everybody_begins_at_home(site):
    assert site.client_of("it").get("/")["Location"] == "/now"
    assert site.client_of("staff").get("/")["Location"] == "/my"


def test_the_three_numbers_are_those_of_their_lists(either_site):
    site = either_site
    shelf = Shelf(site)
    good, bad, held = shelf.device("LP-1"), shelf.device("LP-2"), shelf.device("LP-3")
    never = shelf.device("LP-4")
    shelf.check(good)
    shelf.check(bad, protected=False)
    shelf.check(held, protected=False)
    shelf.hand(held)
    shelf.ask(held, Ask.DOES_NOT_ENCRYPT)
    page = shown(site, "it", "/now")
    assert numbers(page) == [3, 2, 0]
    site.clock.turn(days=3)
    shelf.check(good)
    page = shown(site, "it", "/now")
    assert numbers(page) == [3, 2, 1]
    assert "1 request has waited longer than it should" in page
    assert "1 device is in somebody&#39;s hands" in page
    for address, wanted in (("not-protected", [bad, held, never]), ("overdue", [held, never])):
        listed = shown(site, "it", f"/now/{address}")
        assert [one in listed for one in (good, bad, held, never)] == [
            one in wanted for one in (good, bad, held, never)
        ], address
    requests = shown(site, "it", "/now/requests")
    assert held in requests and "Late" in requests and "Sita Fairbairn" in requests and "/answer/" in requests
    assert "/answer/" not in shown(site, "auditor", "/now/requests")


def test_the_lists_are_empty_in_plain_words(site):
    for address in ("not-protected", "overdue", "requests"):
        assert "There is none" in shown(site, "it", f"/now/{address}")


def test_what_to_do_next_is_five_sentences_at_most_and_for_those_who_can(site):
    shelf = Shelf(site)
    for number, event in enumerate((CustodyEvent.ACCEPTED, CustodyEvent.MISSING, CustodyEvent.OFFERED)):
        device = shelf.device(f"LP-{number}")
        if event is CustodyEvent.MISSING:
            shelf.hand(device)
        shelf.hand(device, event=event)
    shelf.check(shelf.device("LP-8"), protected=False)
    page = shown(site, "it", "/now")
    steps = re.search(r"What to do next.*?</ol>", page, re.S)[0]
    assert steps.count("<li>") <= 5
    assert steps.index("missing") < steps.index("somebody&#39;s hands")
    readers = re.search(r"What to do next.*?</ol>", shown(site, "auditor", "/now"), re.S)[0]
    assert "device is missing" not in readers and "can be read by whoever finds it" in readers


def test_a_contractor_sees_the_numbers_of_its_own_devices(site):
    shelf = Shelf(site)
    ours, theirs = shelf.device("LP-1"), shelf.device("WD-1", organisation=site.contractor)
    assert numbers(shown(site, "contractor", "/now")) == [1, 1, 0]
    listed = shown(site, "contractor", "/now/not-protected")
    assert theirs in listed and ours not in listed
    assert numbers(shown(site, "governance_lead", "/now")) == [2, 2, 0]


def test_the_estate_is_shown_as_it_was_and_as_it_was_known(site):
    shelf = Shelf(site)
    device = shelf.device("LP-1")
    site.clock.turn(hours=2)
    then = site.clock.at
    site.clock.turn(days=2)
    shelf.check(device)
    assert numbers(shown(site, "it", "/now"))[0] == 0
    asked = then.strftime("%Y-%m-%dT%H:%M")
    page = shown(site, "it", f"/now?at={asked}&known=")
    assert "How it was on" in page and "By all that is known today" in page
    assert "1 device was registered; 1 was not shown to be protected" in re.sub(r"\s+", " ", page)
    assert device in page
    known = shown(site, "it", f"/now?at=&known={asked}")
    assert "nothing that came in later" in known and device in known
    early = shown(site, "it", "/now?at=2020-01-01T00:00&known=")
    assert "No device was registered then" in early


def test_a_time_that_is_none_is_said_so(site):
    Shelf(site).device("LP-1")
    page = shown(site, "it", "/now?at=yesterday&known=")
    assert "There is a problem" in page and "Enter a date and time" in page


@pytest.mark.parametrize("after", ["x", "1.x", "-1.-1", "9" * 40, "1." + "9" * 30])
def test_a_place_in_a_list_that_is_none_of_ours_is_no_error(site, after):
    Shelf(site).device("LP-1")
    assert site.client_of("it").get(f"/now/overdue?after={after}").status_code == 200


def test_pages_take_few_queries_whatever_they_list(site):
    shelf = Shelf(site)
    it = site.client_of("it")
    devices = [shelf.device(f"LP-{number}") for number in range(3)]
    for device in devices:
        shelf.ask(device)
    found = {address: queries_of(it, address) for address in EXPECTED}
    assert found == EXPECTED


EXPECTED = {"/now": 20, "/now/not-protected": 16, "/now/overdue": 16, "/now/requests": 13}


def test_nobody_is_told_to_do_what_others_do(site):
    shelf = Shelf(site)
    device = shelf.device("WD-1", organisation=site.contractor)
    shelf.hand(device, "contractor")
    shelf.hand(device, "contractor", event=CustodyEvent.RETURNED)
    shelf.ask(device)
    site.clock.turn(days=40)
    theirs, ours = (text_of(site.client_of(duty).get("/now")) for duty in ("contractor", "it"))
    for said in ("lossproof ledger checkpoint", "came back and is not in stock", "Answer what is late"):
        assert said in ours and said not in theirs, said
    assert "This register is not independently witnessed." in theirs


def test_the_past_of_the_estate_is_not_asked_for_without_end(site):
    it, address = site.client_of("it"), "/now?at=2026-11-03T09:00"
    answers = [it.get(address).status_code for _ in range(13)]
    assert answers == [200] * 12 + [429]
    assert it.get("/now").status_code == 200
    assert site.client_of("governance_lead").get(address).status_code == 200
