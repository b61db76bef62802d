"""The list of devices, one device now and in the past, and who may see which."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lossproof.model.facts.registration import DeviceKind
from register.counting import at_most
from register.devices import estate

MOST_BYTES = 100_000


def test_those_that_do_not_keep_to_the_rules_come_first_a_page_at_a_time(site):
    good = estate.held(site, "GOOD")
    for number in range(60):
        estate.device(site, f"BAD-{number:03}")
    client = site.client_of("it")
    first = client.get("/devices").content.decode()
    assert "61 devices" in first and "60 of them do not keep" in first
    assert first.count('name="device"') == 50 and f"/devices/{good}" not in first
    after = first.split("after=")[1].split('"')[0]
    second = client.get(f"/devices?after={after}").content.decode()
    assert second.count('name="device"') == 11 and f"/devices/{good}" in second
    assert len(first) < MOST_BYTES


@pytest.mark.parametrize(
    ("narrowed", "seen"),
    [
        ("standing=unprotected", {"PLAIN"}),
        ("standing=unproven", {"BARE"}),
        ("kind=laptop", {"BARE"}),
        ("compliant=yes", {"HELD"}),
        ("custody=held", {"HELD"}),
        ("custody=in_stock", {"PLAIN", "BARE"}),
        ("holder=sita fairbairn", {"HELD"}),
        ("holder=staff@example.org", {"HELD"}),
        ("holder=nobody", set()),
        ("q=PLAIN", {"PLAIN"}),
        ("q=S-4711", {"PLAIN"}),
        ("q=PLAI", set()),
        ("ended=on", {"ENDED"}),
        ("standing=nonsense&after=nonsense", {"HELD", "PLAIN", "BARE"}),
    ],
)
def test_the_list_is_narrowed(site, narrowed, seen):
    estate.held(site, "HELD")
    estate.check(site, estate.device(site, "PLAIN", serial="S-4711"), "PLAIN", estate.PLAIN)
    estate.device(site, "BARE", kind=DeviceKind.LAPTOP)
    site.client_of("it").post(f"/devices/{estate.device(site, 'ENDED')}/end")
    page = site.client_of("it").get(f"/devices?{narrowed}").content.decode()
    assert {name for name in ("HELD", "PLAIN", "BARE", "ENDED") if f">{name}</a>" in page} == seen


def test_the_list_as_a_file_runs_no_formula(site):
    estate.device(site, "=1+1")
    answered = site.client_of("auditor").get("/devices.csv")
    rows = list(csv.reader(io.StringIO(answered.content.decode("utf-8-sig"))))
    assert rows[0][2] == "Asset tag" and rows[1][2] == "'=1+1" and rows[1][5] == "Not proved"


def test_a_device_is_registered_by_hand_changed_and_ended(either_site):
    site = either_site
    client = site.client_of("it")
    typed = {"kind": "stick", "organisation": site.controller, "asset_tag": "NGT-1", "serial": "", "here": "on"}
    assert "Enter an asset tag or a serial" in client.post("/devices/new", {**typed, "asset_tag": ""}).content.decode()
    made = client.post("/devices/new", typed)
    assert made.status_code == 302
    assert "already" in client.post("/devices/new", typed).content.decode()
    page = client.get(made.url).content.decode()
    assert "Not proved" in page and "NGT-1" in page and "Nobody has checked" in page
    subject = made.url.rsplit("/", 1)[-1]
    assert f"lossproof check DEVICE --device {subject} --report-to http://testserver" in page
    assert page.index("Plug it in and check it.") < page.index("so that the people on it are counted.")
    assert "Encrypt it or hand it back" not in page and "the register</td>" in page and "Record changed" not in page
    listed = client.get("/devices?standing=unproven&custody=in_stock&q=NGT-1&kind=stick&compliant=no&after=-1.0.0")
    assert ">NGT-1</a>" in listed.content.decode() and client.get("/devices.csv?ended=on").status_code == 200
    form = client.get(f"{made.url}/change").content.decode()
    leaf = form.split('name="leaf" value="')[1].split('"')[0]
    change = {"kind": "card", "organisation": site.contractor, "asset_tag": "NGT-1b", "serial": "", "leaf": leaf}
    assert client.post(f"{made.url}/change", change).status_code == 302
    slower = client.post(f"{made.url}/change", {**change, "asset_tag": "NGT-1c"}).content.decode()
    assert "somebody else changed this device" in slower.lower()
    assert "Memory card, Waverley Data Services" in client.get(made.url).content.decode()
    assert client.post(f"{made.url}/end").status_code == 302
    assert "no longer registered" in client.get(made.url).content.decode()
    assert client.post(f"{made.url}/end").status_code == 409


def test_a_protected_device_is_not_to_be_encrypted(site):
    subject = estate.device(site, "NGT-7")
    estate.check(site, subject, "NGT-7")
    page = site.client_of("it").get(f"/devices/{subject}").content.decode()
    assert "so that the people on it are counted" in page and "Encrypt it or hand it back" not in page
    plain = estate.device(site, "NGT-8")
    estate.check(site, plain, "NGT-8", estate.PLAIN)
    assert "Encrypt it or hand it back" in site.client_of("it").get(f"/devices/{plain}").content.decode()


def test_what_somebody_must_answer_for_is_not_ended(site):
    device = estate.held(site, "NGT-1")
    assert site.client_of("it").post(f"/devices/{device}/end").status_code == 409


def test_the_past_is_shown_as_it_was_and_as_it_was_known(site):
    device = estate.checked(site, "NGT-1")
    checked = site.clock.at
    site.clock.turn(days=40)
    client = site.client_of("it")
    now = client.get(f"/devices/{device}").content.decode()
    assert "Not proved" in now and "It was checked too long ago" in now
    at = (checked + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    past = client.get(f"/devices/{device}?at={at}").content.decode()
    assert "This is the past" in past and "could not have read it" in past and "by all that is known today" in past
    known = (checked - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    unknown = client.get(f"/devices/{device}?at={at}&known={known}").content.decode()
    assert "not registered then" in unknown
    slid = client.get(f"/devices/{device}?position=50").content.decode()
    assert "This is the past" in slid and "Hand it over" not in slid


@pytest.mark.parametrize(
    "asked", ["at=yesterday", "at=9999-01-01T00:00", "known=0001-01-01T00:00", "position=1000", "position=x"]
)
def test_a_time_that_cannot_be_read_shows_the_present_and_says_so(site, asked):
    device = estate.device(site, "NGT-1")
    page = site.client_of("it").get(f"/devices/{device}?{asked}")
    assert page.status_code == 200 and "could not be read" in page.content.decode()


def test_the_time_line_is_drawn_and_said_in_words(site):
    device = estate.held(site, "NGT-1")
    site.clock.turn(days=40)
    page = site.client_of("it").get(f"/devices/{device}").content.decode()
    assert 'class="lossproof-standing-protected"' in page and 'class="lossproof-standing-unproven"' in page
    assert 'class="lossproof-custody-held"' in page and "Sita Fairbairn, by one-time link" in page
    assert "style=" not in page


def test_that_somebody_looked_at_the_contents_is_recorded(site):
    from lossproof.register.access.models import Look

    device = estate.held(site, "NGT-1")
    estate.count(site, device, 4980)
    page = site.client_of("it").get(f"/devices/{device}/contents").content.decode()
    assert "about 4,980 people" in page and "Health" in page
    assert [(look.person, look.device) for look in Look.objects.all()] == [(site.people["it"], device)]
    assert site.client_of("staff").get(f"/devices/{device}/contents").status_code == 403
    assert "4,980" not in site.client_of("it").get(f"/devices/{device}").content.decode()


def test_labels_hold_the_address_of_the_device_and_only_of_those_that_may_be_seen(site):
    device = estate.device(site, "NGT-1")
    page = site.client_of("it").get(f"/labels?device={device}&device={'0' * 32}").content.decode()
    assert page.count("lossproof-label__code") == 1 and "Give it back to Northern General Trust" in page
    many = "&".join(f"device={estate.device(site, f'N-{number}')}" for number in range(25))
    sheet = site.client_of("it").get(f"/labels?{many}").content.decode()
    assert sheet.count("lossproof-label__code") == 24 and "1 more was chosen" in sheet
    assert len(sheet) < MOST_BYTES


@pytest.mark.parametrize(
    ("address", "warned"),
    [("http://localhost:8000", True), ("http://127.0.0.1:8000", True), ("https://register.example.org", False)],
)
def test_labels_that_lead_nowhere_from_a_phone_are_warned_of(site, monkeypatch, address, warned):
    from lossproof.register.devices import acting

    device = estate.device(site, "NGT-1")
    monkeypatch.setattr(acting, "told", lambda: replace(site.options, public_url=address))
    page = site.client_of("it").get(f"/labels?device={device}").content.decode()
    assert ("lead nowhere from a phone" in page) is warned


def test_the_time_line_says_where_nothing_is_recorded_and_where_it_is(site):
    device = estate.device(site, "NGT-1")
    page = site.client_of("it").get(f"/devices/{device}").content.decode()
    assert "lossproof-custody-not_recorded" in page and "lossproof-custody-in_stock" not in page
    assert "Where it was: Not recorded from" in page


def test_who_has_a_device_does_not_see_who_had_it_before(site):
    device = estate.held(site, "NGT-1", duty="contractor")
    client = site.client_of("it")
    client.post("/return", {"devices": "NGT-1", "reason": "leaver"})
    client.post(f"/devices/{device}/custody/restocked", {"device": device})
    estate.check(site, device, "NGT-1")
    token = estate.offered(site, "NGT-1")
    site.client().post(f"/accept/{token}", {"device": device, "agreed": "on", "act": "accept"})
    page = site.client_of("staff").get(f"/devices/{device}").content.decode()
    assert "Sita Fairbairn" in page and "Conor Ashgrove" not in page and "Ivan Thistlewood" not in page
    assert "somebody else" in page and "Conor Ashgrove" in client.get(f"/devices/{device}").content.decode()


def test_a_contractor_learns_nobody_s_name_but_its_own_people_s(site):
    device = estate.held(site, "WDS-1", organisation=site.contractor)
    client = site.client_of("contractor")
    page = client.get(f"/devices/{device}").content.decode()
    assert "somebody else" in page and "Sita Fairbairn" not in page and "Ivan Thistlewood" not in page
    for address in ("/devices", "/devices.csv"):
        assert "Sita Fairbairn" not in client.get(address).content.decode()


@pytest.mark.parametrize("duty", ["staff", "contractor"])
def test_what_others_have_is_not_even_said_to_be_there(site, duty):
    device = estate.device(site, "NGT-1")
    client = site.client_of(duty)
    for address in (f"/devices/{device}", f"/devices/{device}/ask/encrypt"):
        assert client.get(address).status_code == 404
    assert "NGT-1" not in client.get("/devices").content.decode()


def test_a_contractor_sees_its_own_devices_and_it_sees_them_too(site):
    device = estate.device(site, "WDS-1", organisation=site.contractor)
    for duty in ("contractor", "it", "governance_lead", "auditor", "regulator"):
        assert "WDS-1" in site.client_of(duty).get("/devices").content.decode()
        assert site.client_of(duty).get(f"/devices/{device}").status_code == 200


@pytest.mark.parametrize("duty", ["auditor", "regulator", "contractor", "staff"])
def test_only_it_and_governance_leads_change_a_device(site, duty):
    device = estate.device(site, "WDS-1", organisation=site.contractor)
    client = site.client_of(duty)
    for address in (
        "/devices/new",
        f"/devices/{device}/change",
        f"/devices/{device}/end",
        f"/devices/{device}/exception",
    ):
        assert client.get(address).status_code == 403
        assert client.post(address).status_code == 403
    assert site.client_of("it").get(f"/devices/{device}/exception").status_code == 403


def test_pages_ask_the_database_little_and_the_same_whatever_the_estate(site):
    device = estate.held(site, "NGT-1")
    client, staff = site.client_of("it"), site.client_of("staff")
    for address, golden, who in (("/devices", 19, client), ("/my", 16, staff), ("/return", 16, client)):
        who.get(address)
        with at_most(golden) as few:
            assert who.get(address).status_code == 200
        for number in range(12):
            estate.device(site, f"{address}-{number}")
        with at_most(len(few)):
            assert who.get(address).status_code == 200
    for _ in range(30):
        site.clock.turn(days=1)
        estate.check(site, device, "NGT-1")
    client.get(f"/devices/{device}")
    with at_most(37):
        page = client.get(f"/devices/{device}")
    assert page.status_code == 200 and len(page.content) < MOST_BYTES


def _many(site: Any, count: int) -> None:
    """Devices straight into the log, a transaction for all."""
    from lossproof.jobs.stating import signed
    from lossproof.model.facts.registration import Action, Device, Registration
    from lossproof.register.projection import apply
    from lossproof.wire.facts import subject_of

    thing = Device(kind=DeviceKind.STICK, organisation=site.controller, identifiers=())
    fact = Registration(true_at=site.clock.moment(), action=Action.CREATED, device=thing)
    with site.ledger.write() as writer:
        for number in range(count):
            writer.append(signed(site.key, fact, subject_of(f"{number:032x}")))
        apply(writer)


def test_five_thousand_devices_make_no_longer_a_page(site):
    _many(site, 5000)
    client = site.client_of("it")
    page = client.get("/devices")
    assert len(page.content) < MOST_BYTES and b"5,000 devices" in page.content
    assert len(client.get("/return").content) < MOST_BYTES
