"""What people have, and giving it back; what IT does then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from register.devices import estate


def custody_of(site: Any, device: str) -> Any:
    rows = site.ledger.database.execute("SELECT custody, holder FROM register_device WHERE subject = ?", (device,))
    return rows[0]


def test_i_see_what_i_have_and_nothing_else(site):
    mine, other = estate.held(site, "NGT-MINE"), estate.held(site, "NGT-OTHER", duty="contractor")
    page = site.client_of("staff").get("/my").content.decode()
    assert "NGT-MINE" in page and "NGT-OTHER" not in page and "It is fine until" in page
    assert site.client_of("staff").get(f"/devices/{mine}").status_code == 200
    for address in (
        f"/devices/{other}",
        f"/my/{other}/return",
        f"/my/{other}/missing",
        f"/devices/{other}/ask/encrypt",
    ):
        assert site.client_of("staff").get(address).status_code == 404
    assert site.client_of("staff").get("/devices").status_code == 403


def test_i_accept_an_offer_with_my_account(site):
    device = estate.checked(site, "NGT-1")
    estate.offered(site, "NGT-1")
    client = site.client_of("staff")
    page = client.get("/my").content.decode()
    offer = page.split("/my/offers/")[1][:32]
    assert site.client_of("contractor").get(f"/my/offers/{offer}").status_code == 404
    assert "Tick the box" in client.post(f"/my/offers/{offer}", {"device": device, "act": "accept"}).content.decode()
    answered = client.post(f"/my/offers/{offer}", {"device": device, "act": "accept", "agreed": "on"})
    assert answered.status_code == 302 and custody_of(site, device) == ("held", site.people["staff"])
    rows = site.ledger.database.execute("SELECT authenticated FROM register_custody WHERE event = 'accepted'")
    assert rows == [("password",)]


def test_i_decline_an_offer(site):
    device = estate.checked(site, "NGT-1")
    estate.offered(site, "NGT-1")
    client = site.client_of("staff")
    offer = client.get("/my").content.decode().split("/my/offers/")[1][:32]
    client.post(f"/my/offers/{offer}", {"device": device, "act": "decline", "reason": "no_longer_needed"})
    assert custody_of(site, device) == ("in_stock", None)


def test_i_give_a_device_back(site):
    device = estate.held(site, "NGT-1")
    answered = site.client_of("staff").post(f"/my/{device}/return", {"reason": "no_longer_needed"})
    assert answered.status_code == 302 and custody_of(site, device) == ("returned", None)


def test_i_report_a_device_missing_and_say_when_i_last_had_it(site):
    device = estate.held(site, "NGT-1")
    site.clock.turn(days=2)
    client = site.client_of("staff")
    late = (site.clock.at + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    assert (
        "time that is past"
        in client.post(f"/my/{device}/missing", {"reason": "lost", "last_had": late}).content.decode()
    )
    had = (site.clock.at - timedelta(hours=30)).replace(second=0)
    answered = client.post(f"/my/{device}/missing", {"reason": "stolen", "last_had": had.strftime("%Y-%m-%dT%H:%M")})
    assert answered.status_code == 302 and custody_of(site, device) == ("missing", site.people["staff"])
    rows = site.ledger.database.execute("SELECT true_at, reason FROM register_custody WHERE event = 'missing'")
    assert rows == [(int(had.timestamp()), "stolen")]
    assert "recorded as missing" in client.get("/my").content.decode()


def test_nobody_loses_a_device_before_they_had_it(site):
    device = estate.held(site, "NGT-1")
    accepted = site.clock.at - timedelta(seconds=1)
    site.clock.turn(days=2)
    early = {"reason": "lost", "last_had": (accepted - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")}
    for duty, address in (("staff", f"/my/{device}/missing"), ("it", f"/devices/{device}/custody/missing")):
        page = site.client_of(duty).post(address, early | {"device": device}).content.decode()
        assert "hands on 2 November 2026" in page and "when it was accepted or seen: enter a later time" in page
        assert "There is a problem" in page and 'value="lost" selected' in page
    assert custody_of(site, device)[0] == "held"


def test_a_loss_in_the_minute_of_the_acceptance_is_not_before_it(site):
    device = estate.held(site, "NGT-1")
    ((accepted,),) = site.ledger.database.execute("SELECT true_at FROM register_custody WHERE event = 'accepted'")
    site.clock.turn(hours=1)
    to_the_minute = datetime.fromtimestamp(accepted - accepted % 60, UTC).strftime("%Y-%m-%dT%H:%M")
    assert accepted % 60 > 0
    site.client_of("staff").post(f"/my/{device}/missing", {"reason": "lost", "last_had": to_the_minute})
    rows = site.ledger.database.execute("SELECT true_at FROM register_custody WHERE event = 'missing'")
    assert rows == [(accepted,)]


def test_what_i_ask_has_a_clock_and_is_asked_once(site):
    device = estate.held(site, "NGT-1")
    client = site.client_of("staff")
    assert client.post(f"/devices/{device}/ask/does_not_encrypt").status_code == 302
    assert client.post(f"/devices/{device}/ask/does_not_encrypt").status_code == 409
    assert "You wait for IT" in client.get("/my").content.decode()
    page = site.client_of("it").get(f"/devices/{device}").content.decode()
    assert "An answer is due by 4 November 2026" in page
    site.clock.turn(days=3)
    assert "An answer was due" in site.client_of("it").get(f"/devices/{device}").content.decode()
    asked = page.split("/answer/")[1][:32]
    address = f"/devices/{device}/answer/{asked}"
    assert client.post(address, {"outcome": "encrypted"}).status_code == 403
    assert "Select what came of it" in site.client_of("it").post(address, {}).content.decode()
    assert site.client_of("it").post(address, {"outcome": "encrypts_after_all"}).status_code == 302
    assert "lossproof-clock" not in site.client_of("it").get(f"/devices/{device}").content.decode()


def test_a_report_closes_the_gate_until_a_new_check(site):
    device = estate.held(site, "NGT-1")
    site.client_of("staff").post(f"/devices/{device}/ask/does_not_encrypt")
    client = site.client_of("it")
    client.post("/return", {"devices": "NGT-1", "reason": "broken"})
    client.post(f"/devices/{device}/custody/restocked", {"device": device})
    site.clock.turn(seconds=5)
    refused = client.post("/hand-over", {"devices": "NGT-1", "email": "staff@example.org", "reason": "issued"})
    assert refused.status_code == 409 and "does not encrypt" in refused.content.decode()
    estate.check(site, device, "NGT-1")
    estate.offered(site, "NGT-1")


def test_it_takes_several_back_at_once_or_none(either_site):
    site = either_site
    one, other = estate.held(site, "NGT-1"), estate.held(site, "NGT-2")
    estate.checked(site, "NGT-3")
    client = site.client_of("it")
    refused = client.post("/return", {"devices": "NGT-1\nNGT-3", "reason": "leaver"}).content.decode()
    assert "NGT-3: a device that is in stock" in refused and custody_of(site, one)[0] == "held"
    assert client.post("/return", {"devices": "NGT-1\nNGT-2", "reason": "leaver"}).status_code == 302
    assert custody_of(site, one) == custody_of(site, other) == ("returned", None)
    waiting = client.get("/return").content.decode()
    assert "NGT-1" in waiting and "not since it came back" in waiting
    chosen = f"/return/restocked?device={one}&device={other}"
    assert "Put in stock" in client.get(chosen).content.decode()
    assert client.post("/return/restocked", {"device": [one, other]}).status_code == 302
    assert custody_of(site, one)[0] == custody_of(site, other)[0] == "in_stock"


def test_a_found_device_goes_through_quarantine_before_it_is_wiped_and_destroyed(site):
    device = estate.held(site, "NGT-1")
    client = site.client_of("it")

    def happen(event: str, **typed: str) -> int:
        site.clock.turn(seconds=1)
        return client.post(f"/devices/{device}/custody/{event}", {"device": device, **typed}).status_code

    site.clock.turn(minutes=10)
    had = (site.clock.at - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")
    assert happen("missing", reason="lost", last_had=had) == 302
    assert happen("restocked") == 409
    assert "Put in quarantine" not in client.get(f"/devices/{device}").content.decode()
    assert happen("found", reason="found_by_public") == 302
    assert happen("wiped", reason="other", done="on") == 409
    assert happen("quarantined") == 302
    assert happen("wiped", reason="other") == 200
    assert happen("wiped", reason="other", done="on") == 302
    assert happen("destroyed", reason="end_of_life", done="on") == 302
    assert happen("sighted") == 409
    page = client.get(f"/devices/{device}").content.decode()
    assert "What happens with it" not in page and "The device was destroyed." in page


@pytest.mark.parametrize("chosen", ["", "?device=nothing", "?device=" + "0" * 32])
def test_a_choice_of_nothing_is_refused_in_words(site, chosen):
    answered = site.client_of("it").get(f"/return/wiped{chosen}")
    assert answered.status_code == 400 and "hoose at least one device" in answered.content.decode()


def test_readers_have_no_devices_of_their_own(site):
    assert site.client_of("auditor").get("/my").status_code == 403
