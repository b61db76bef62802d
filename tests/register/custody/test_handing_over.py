"""A device changes hands: the gate, the link, the signature, and every refusal on the way."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lossproof.register import options
from register.devices import estate


def accept(site: Any, token: str, *devices: str, **more: str) -> Any:
    return site.client().post(f"/accept/{token}", {"device": devices, "agreed": "on", "act": "accept", **more})


def custody_of(site: Any, device: str) -> str | None:
    rows = site.ledger.database.execute("SELECT custody, holder FROM register_device WHERE subject = ?", (device,))
    return rows[0]


def test_a_stick_is_handed_over_by_link_and_what_was_signed_is_kept(either_site):
    from lossproof.register.custody.models import AcceptLink, SignedText

    site = either_site
    one, other = estate.checked(site, "NGT-1"), estate.checked(site, "NGT-2", serial="AB12345")
    token = estate.offered(site, "NGT-1", "AB12345")
    shown = site.client().get(f"/accept/{token}").content.decode()
    assert "Sita Fairbairn" in shown and "NGT-1" in shown and "NGT-2" in shown and "AB12345" in shown
    assert "Read and answer" in site.client_of("staff").get("/my").content.decode()
    answered = accept(site, token, one, other)
    assert (answered.status_code, answered.url) == (302, "/accepted")
    assert custody_of(site, one) == custody_of(site, other) == ("held", site.people["staff"])
    (kept,) = SignedText.objects.all()
    assert hashlib.sha256(bytes.fromhex(kept.salt) + kept.text.encode()).hexdigest() == kept.digest
    assert "Sita Fairbairn" in kept.text and "NGT-2" in kept.text and "I say so at once" in kept.text
    facts = site.ledger.database.execute(
        "SELECT DISTINCT text, authenticated FROM register_custody WHERE event = 'accepted'"
    )
    assert facts == [(kept.digest, "link")]
    assert not AcceptLink.objects.filter(digest=token).exists()
    link = f"/signed/{kept.digest}"
    for duty in ("it", "auditor"):
        assert link in site.client_of(duty).get(f"/devices/{one}").content.decode()
    for duty, status in {"it": 200, "staff": 200, "contractor": 404, "auditor": 200}.items():
        assert site.client_of(duty).get(link).status_code == status, duty
    assert "word for word" in site.client_of("staff").get(link).content.decode()
    SignedText.objects.update(text="something else")
    assert "somebody has changed it" in site.client_of("it").get(link).content.decode()


def test_the_link_works_once_and_a_double_click_does_no_harm(site):
    device = estate.checked(site, "NGT-1")
    token = estate.offered(site, "NGT-1")
    first, second = accept(site, token, device), accept(site, token, device)
    assert (first.status_code, first.url) == (second.status_code, second.url) == (302, "/accepted")
    assert len(site.ledger.database.execute("SELECT 1 FROM register_custody WHERE event = 'accepted'")) == 1
    assert site.client().get(f"/accept/{token}").status_code == 404
    done = site.client().get("/accepted").content.decode()
    assert "NGT-1" not in done and "Sita" not in done


def test_at_the_desk_the_page_shows_nothing_of_who_is_signed_in(site):
    estate.checked(site, "NGT-1")
    token = estate.offered(site, "NGT-1")
    desk = site.client_of("it")
    for address in (f"/accept/{token}", "/accepted", "/declined", "/accept/wrong"):
        page = desk.get(address).content.decode()
        assert "Ivan Thistlewood" not in page and 'href="/devices' not in page


def test_a_wrong_link_says_nothing_and_guessing_is_slowed_down(site):
    estate.checked(site, "NGT-1")
    token = estate.offered(site, "NGT-1")
    client = site.client()
    wrong = client.get(f"/accept/{token[:-1]}x")
    assert wrong.status_code == 404 and "NGT-1" not in wrong.content.decode()
    assert [client.get("/accept/guess").status_code for _ in range(40)][-1] == 429


def test_a_link_that_is_too_old_no_longer_works(site):
    from lossproof.register.custody.models import AcceptLink

    device = estate.checked(site, "NGT-1")
    token = estate.offered(site, "NGT-1")
    AcceptLink.objects.update(expires_at=AcceptLink.expiry() - timedelta(hours=73))
    assert accept(site, token, device).status_code == 404
    assert custody_of(site, device)[0] == "offered"


def test_nothing_is_signed_without_the_tick(site):
    device = estate.checked(site, "NGT-1")
    token = estate.offered(site, "NGT-1")
    answered = site.client().post(f"/accept/{token}", {"device": device, "act": "accept"})
    assert answered.status_code == 200 and "Tick the box" in answered.content.decode()
    assert custody_of(site, device)[0] == "offered"


def test_nobody_signs_for_what_they_were_not_shown(site):
    one, other = estate.checked(site, "NGT-1"), estate.checked(site, "NGT-2")
    token = estate.offered(site, "NGT-1", "NGT-2")
    answered = accept(site, token, one)
    assert "has changed since you opened the page" in answered.content.decode()
    assert custody_of(site, one)[0] == custody_of(site, other)[0] == "offered"


def test_the_receiver_declines_with_a_reason(site):
    device = estate.checked(site, "NGT-1")
    token = estate.offered(site, "NGT-1")
    answered = site.client().post(f"/accept/{token}", {"device": device, "act": "decline", "reason": "broken"})
    assert answered.url == "/declined" and custody_of(site, device) == ("in_stock", None)
    assert accept(site, token, device).url == "/declined"


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("unchecked", "Nobody whose word counts has checked this device"),
        ("plain", "By the last check this device is not protected"),
        ("stale", "The last check is too old for a hand-over"),
        ("held", "have it returned first"),
    ],
)
def test_a_device_that_does_not_pass_is_not_handed_over_and_the_page_says_why(site, case, said):
    estate.checked(site, "NGT-1")
    device = estate.held(site, "NGT-2") if case == "held" else estate.device(site, "NGT-2")
    if case == "plain":
        estate.check(site, device, "NGT-2", estate.PLAIN)
    if case == "stale":
        estate.check(site, device, "NGT-2")
        site.clock.turn(hours=25)
    before = site.ledger.reader.size
    page = site.client_of("it").post(
        "/hand-over", {"devices": "NGT-1\nNGT-2", "email": "contractor@example.org", "reason": "loan"}
    )
    assert page.status_code == 409 and said in page.content.decode()
    assert site.ledger.reader.size == before


def test_the_gate_is_asked_again_in_the_transaction_that_records_the_acceptance(site):
    device = estate.checked(site, "NGT-1")
    token = estate.offered(site, "NGT-1")
    estate.check(site, device, "NGT-1", estate.PLAIN)
    answered = accept(site, token, device)
    assert answered.status_code == 409 and "Nothing was accepted" in answered.content.decode()
    assert custody_of(site, device)[0] == "offered"
    from lossproof.register.custody.models import SignedText

    assert not SignedText.objects.exists()


def test_an_exception_by_a_governance_lead_lets_a_device_go_and_is_shown_until_it_ends(site):
    device = estate.device(site, "NGT-1")
    lead = site.client_of("governance_lead")
    typed = {"organisation": site.controller, "reason": "clinical_need"}
    late = (site.clock.at + timedelta(days=40)).strftime("%Y-%m-%d")
    assert "within 30 days" in lead.post(f"/devices/{device}/exception", {**typed, "until": late}).content.decode()
    soon = (site.clock.at + timedelta(days=3)).strftime("%Y-%m-%d")
    assert lead.post(f"/devices/{device}/exception", {**typed, "until": soon}).status_code == 302
    page = site.client_of("it").get(f"/devices/{device}").content.decode()
    assert "Exception until" in page and "Grace Okonkwo" in page
    token = estate.offered(site, "NGT-1")
    assert accept(site, token, device).url == "/accepted"
    site.clock.turn(days=5)
    assert "lossproof-exception" not in site.client_of("it").get(f"/devices/{device}").content.decode()


def test_an_exception_is_ended_by_hand(site):
    device = estate.device(site, "NGT-1")
    lead = site.client_of("governance_lead")
    until = (site.clock.at + timedelta(days=3)).strftime("%Y-%m-%d")
    lead.post(f"/devices/{device}/exception", {"organisation": site.controller, "reason": "urgent", "until": until})
    (row,) = site.ledger.database.execute("SELECT exemption FROM register_exemption")
    assert lead.post(f"/devices/{device}/exception/{row[0]}/end").status_code == 302
    refused = site.client_of("it").post(
        "/hand-over", {"devices": "NGT-1", "email": "staff@example.org", "reason": "loan"}
    )
    assert refused.status_code == 409


def test_somebody_whom_the_register_does_not_know_gets_an_account_without_a_password(site):
    from lossproof.register.accounts.models import Account

    device = estate.checked(site, "NGT-1")
    client = site.client_of("it")
    typed = {"devices": "NGT-1", "email": "Bea@Example.org", "reason": "issued", "organisation": site.controller}
    assert "enter their name" in client.post("/hand-over", typed).content.decode()
    page = client.post("/hand-over", {**typed, "name": "Bea Norwood"})
    assert page.status_code == 200 and "Now Bea Norwood signs" in page.content.decode()
    made = Account.objects.get(email="bea@example.org")
    assert not made.has_usable_password()
    assert site.ledger.projection.person(made.id) is not None
    assert custody_of(site, device)[0] == "offered"


def test_a_receiver_is_found_by_a_part_of_the_name_and_chosen(site):
    device = estate.checked(site, "NGT-1")
    client = site.client_of("it")
    assert "optional" not in client.get("/hand-over").content.decode()
    typed = {"devices": "NGT-1", "email": "fairb", "reason": "issued"}
    page = client.post("/hand-over", typed).content.decode()
    assert "Select who is to have them" in page and "Sita Fairbairn, staff@example.org, Northern General Trust" in page
    assert "Their name" not in page
    assert custody_of(site, device)[0] is None
    # Somebody who was not offered to choose is not taken.
    assert client.post("/hand-over", {**typed, "person": site.people["it"]}).status_code == 200
    assert custody_of(site, device)[0] is None
    done = client.post("/hand-over", {**typed, "person": site.people["staff"]}).content.decode()
    assert "Now Sita Fairbairn signs" in done
    assert custody_of(site, device)[0] == "offered"


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("Nobody Atall", "knows nobody called that"),
        ("audrey", "knows nobody called that"),
        ("audrey@", "knows nobody called that"),
        ("auditor@example.org", "of your organisation, or of a contractor"),
    ],
)
def test_a_receiver_who_is_not_known_or_may_not_have_devices_is_refused(site, who, said):
    estate.checked(site, "NGT-1")
    page = site.client_of("it").post("/hand-over", {"devices": "NGT-1", "email": who, "reason": "issued"})
    assert page.status_code == 200 and said in page.content.decode()


def test_of_very_many_people_some_are_offered_and_more_of_the_name_is_asked_for(site):
    from lossproof.register.accounts.models import Account

    Account.objects.bulk_create(
        Account(
            email=f"s{number}@example.org", name=f"Sam Ashby {number:04}", organisation=site.controller, duties="staff"
        )
        for number in range(5000)
    )
    typed = {"devices": "NGT-1", "email": "ashby sam", "reason": "issued"}
    client = site.client_of("it")
    page = client.post("/hand-over", typed).content.decode()
    assert "enter more of their name" in page and page.count('name="person"') == 20
    assert client.post("/hand-over", {**typed, "email": "ashby 4711"}).content.decode().count('name="person"') == 1


def test_whoever_accepts_reads_how_to_reach_it(site, monkeypatch):
    assert "How to reach IT" not in site.client().get("/accepted").content.decode()
    monkeypatch.setattr(options, "_told", [replace(options.told(), contact="service desk, 0114 496 0000")])
    assert "How to reach IT: service desk, 0114 496 0000" in site.client().get("/accepted").content.decode()
    assert "service desk" in site.client_of("staff").get("/people").content.decode()


def test_what_stands_in_the_way_of_a_hand_over_decides_what_is_advised(site):
    estate.checked(site, "NGT-1")
    estate.device(site, "NGT-2")
    estate.offered(site, "NGT-1")
    client = site.client_of("it")
    typed = {"devices": "NGT-1", "email": "staff@example.org", "reason": "issued"}
    already = client.post("/hand-over", typed)
    assert already.status_code == 409 and "How to check a device" not in already.content.decode()
    unproven = client.post("/hand-over", {**typed, "devices": "NGT-2"})
    assert unproven.status_code == 409 and "How to check a device" in unproven.content.decode()


def test_nobody_is_registered_where_the_gate_stays_closed(site):
    from lossproof.register.accounts.models import Account

    estate.device(site, "NGT-1")
    typed = {"devices": "NGT-1", "email": "bea@example.org", "name": "Bea Norwood", "organisation": site.controller}
    assert site.client_of("it").post("/hand-over", {**typed, "reason": "issued"}).status_code == 409
    assert not Account.objects.filter(email="bea@example.org").exists()


def test_an_offer_is_taken_back_and_its_link_no_longer_works(site):
    device = estate.checked(site, "NGT-1")
    token = estate.offered(site, "NGT-1")
    client = site.client_of("it")
    another = client.post(f"/devices/{device}/offer", {"act": "link"}).content.decode()
    assert "/accept/" in another and token not in another
    assert site.client().get(f"/accept/{token}").status_code == 404
    assert client.post(f"/devices/{device}/offer", {"act": "decline"}).status_code == 302
    assert custody_of(site, device)[0] == "in_stock"
    assert client.get(f"/devices/{device}/offer").status_code == 404


def test_a_held_device_is_passed_on_and_stays_with_its_holder_until_it_is_accepted(site):
    device = estate.held(site, "NGT-1")
    estate.check(site, device, "NGT-1")
    token = estate.offered(site, "NGT-1", to="governance_lead@example.org")
    assert custody_of(site, device) == ("offered", site.people["staff"])
    assert accept(site, token, device).url == "/accepted"
    assert custody_of(site, device) == ("held", site.people["governance_lead"])


def test_what_is_pasted_may_be_a_label_s_address_and_what_nobody_knows_is_said_by_its_line(site):
    device = estate.checked(site, "NGT-1")
    client = site.client_of("it")
    lines = f"http://testserver/devices/{device}\nnot a device"
    page = client.post("/hand-over", {"devices": lines, "email": "staff@example.org", "reason": "issued"})
    assert "Line 2 names no device" in page.content.decode()


@pytest.mark.parametrize("duty", ["staff", "contractor", "auditor", "regulator"])
def test_only_it_and_governance_leads_hand_over_and_take_back(site, duty):
    client = site.client_of(duty)
    device = estate.device(site, "NGT-1")
    for address in ("/hand-over", "/return", f"/devices/{device}/custody/destroyed", f"/devices/{device}/offer"):
        assert client.get(address).status_code == 403
        assert client.post(address).status_code == 403
    assert custody_of(site, device)[0] is None
