"""An organisation ends: what its people and machines could do ends with it, and what they have is to be got back."""

from __future__ import annotations

import re

import pytest

from fact_samples import SAMPLES
from ledger.world import made_key
from lossproof.errors import InputError, PolicyError
from lossproof.jobs.enrolling import enrol_key
from lossproof.jobs.stating import Speaker, signed
from lossproof.jobs.withdrawing import end as end_at_terminal
from lossproof.model.fact import Authentication, Relation, Role
from lossproof.model.facts.custody import CustodyEvent
from lossproof.wire.facts import subject_of
from register.devices import estate
from register.estates import Shelf
from register.evidence.api_client import asked, bring, code_for, enrolled, post, refused
from register.sites import CONTRACTOR_NAME, Site

CONTRACTOR = "contractor@example.org"


def speaker(site: Site) -> Speaker:
    return Speaker(key=site.key, by=site.people["governance_lead"], authenticated=Authentication.TOTP)


def end(site: Site) -> None:
    from lossproof.register.organisations import acts

    acts.end(site.ledger, speaker(site), site.contractor)


def link_for(site: Site, duty: str) -> str:
    from lossproof.register.accounts import acts

    return acts.new_link(site.account(duty), site.people["it"])


def sighted(site: Site, device: str, key) -> bytes:
    (sample,) = SAMPLES["inspection"]
    from dataclasses import replace

    return signed(key, replace(sample, true_at=site.clock.moment(), serial=None), subject_of(device))


def test_a_contractor_is_added_and_ended_from_the_pages_alone(site):
    lead = site.client_of("governance_lead")
    made = lead.post("/organisations/new", {"name": "Hallam Archive", "relation": "processor"}, follow=True)
    subject = re.search(r"/people/in/(\w+)/new", made.request["PATH_INFO"])[1]
    lead.post(
        f"/people/in/{subject}/new", {"name": "Wendy Hollins", "email": "w@example.org", "duties": ["contractor"]}
    )
    listed = lead.get("/organisations").content.decode()
    assert "Hallam Archive" in listed and f"/organisations/{subject}" in listed
    page = lead.get(f"/organisations/{subject}").content.decode()
    assert "Wendy Hollins" in page and "End this organisation" in page
    asks = lead.get(f"/organisations/{subject}/end").content.decode()
    assert "1 person can no longer sign in" in asks
    done = lead.post(f"/organisations/{subject}/end", follow=True)
    assert "The organisation has ended" in done.content.decode()
    assert "This organisation ended on" in done.content.decode()
    assert site.ledger.projection.organisation(subject).ended is not None
    again = lead.post(f"/organisations/{subject}/end")
    assert again.status_code == 400 and "has ended" in again.content.decode()
    assert "ended on" in lead.get("/organisations").content.decode()
    # The name is free for another.
    assert lead.post("/organisations/new", {"name": "Hallam Archive", "relation": "processor"}).status_code == 302


def test_the_controller_is_not_ended_and_it_ends_none(site):
    lead = site.client_of("governance_lead")
    assert lead.get(f"/organisations/{site.controller}/end").status_code == 404
    assert lead.post(f"/organisations/{site.controller}/end").status_code == 404
    assert "End this organisation" not in lead.get(f"/organisations/{site.controller}").content.decode()
    assert "End this organisation" not in site.client_of("it").get(f"/organisations/{site.contractor}").content.decode()
    from lossproof.register.organisations import acts

    with pytest.raises(PolicyError, match="whose ledger it is"):
        acts.end(site.ledger, speaker(site), site.controller)
    with pytest.raises(InputError, match="not registered"):
        acts.end(site.ledger, speaker(site), "0" * 32)


def test_its_people_are_out_at_once(site):
    theirs, ours = site.client_of("contractor"), site.client_of("staff")
    token = link_for(site, "contractor")
    assert theirs.get("/my").status_code == 200
    end(site)
    assert theirs.get("/my")["Location"].startswith("/login?next=")
    assert ours.get("/my").status_code == 200
    assert site.client().get(f"/join/{token}").status_code == 404
    account = site.account("contractor")
    assert not account.is_active and not account.has_usable_password() and account.ended_at
    assert site.ledger.projection.person(account.id).ended is not None
    with pytest.raises(PolicyError, match="has ended"):
        link_for(site, "contractor")


def test_what_an_owner_ends_at_a_terminal_ends_sessions_and_links_too(site):
    from django.contrib.auth.hashers import make_password
    from django.test import override_settings

    from lossproof.register.accounts.models import Account

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        Account.objects.update(password=make_password("kettle orchard marmalade"))
        theirs = site.client_of("contractor")
        token = link_for(site, "contractor")
        end_at_terminal(site.ledger, site.owner, CONTRACTOR_NAME)
        assert theirs.get("/my").status_code == 302
        assert site.client().get(f"/join/{token}").status_code == 404
        client = site.client()
        page = client.post("/login", {"login": CONTRACTOR, "password": "kettle orchard marmalade"})
        assert page.status_code == 302 and page["Location"] == "/login/ended"
        assert client.get("/my").status_code == 302
    people = site.client_of("it").get(f"/organisations/{site.contractor}").content.decode()
    assert "This organisation ended on" in people
    assert site.ledger.projection.person(site.people["contractor"]).ended is not None


def test_accounts_follow_the_log_when_the_register_begins(site):
    from lossproof.register.accounts import acts

    end_at_terminal(site.ledger, site.owner, site.contractor)
    assert site.account("contractor").is_active
    assert (acts.follow(site.ledger), acts.follow(site.ledger)) == (1, 0)
    account = site.account("contractor")
    assert not account.is_active and account.ended_at
    assert site.account("staff").is_active


def test_its_keys_end_and_are_refused_in_plain_words(site):
    agent = enrolled(site, "theirs", organisation=site.contractor)
    ours = enrolled(site, "ours")
    device = estate.device(site, "T-1", organisation=site.contractor)
    assert bring(site, sighted(site, device, agent))["outcomes"][0]["status"] == "accepted"
    end(site)
    site.clock.turn(seconds=5)
    (said,) = bring(site, sighted(site, device, agent))["outcomes"]
    assert (said["status"], said["error"]["message"]) == ("refused", "the key that signed the fact has ended")
    assert bring(site, sighted(site, device, ours))["outcomes"][0]["status"] == "accepted"
    assert not site.ledger.projection.key(agent.keyid).active


def test_a_key_that_an_owner_enrolled_is_refused_at_the_door(site):
    from lossproof.register.organisations import acts

    auditor = made_key("their auditor")
    home = site.organisations["auditor"]
    enrol_key(site.ledger, site.owner, auditor.public, Role.AUDITOR, organisation=home)
    device = estate.device(site, "T-1")
    assert bring(site, sighted(site, device, auditor))["outcomes"][0]["status"] == "accepted"
    asks = site.client_of("governance_lead").get(f"/organisations/{home}/end").content.decode()
    assert "1 more key was enrolled by an owner" in asks
    acts.end(site.ledger, speaker(site), home)
    site.clock.turn(seconds=5)
    (said,) = bring(site, sighted(site, device, auditor))["outcomes"]
    assert said["status"] == "refused"
    assert said["error"]["message"] == "the organisation of the key that signed the fact has ended"


def test_its_codes_no_longer_enrol_a_key(site):
    code = code_for(site, organisation=site.contractor)
    end(site)
    error = refused(post(site, "keys", asked(code, made_key("late"))), 403)
    assert "the code is not one that works" in error["message"]


def test_what_was_offered_to_it_is_taken_back_and_its_links_are_void(site):
    estate.checked(site, "T-1")
    device = estate.checked(site, "T-2")
    token = estate.offered(site, "T-1", "T-2", to=CONTRACTOR)
    assert site.client().get(f"/accept/{token}").status_code == 200
    end(site)
    assert site.client().get(f"/accept/{token}").status_code == 404
    assert site.client().post(f"/accept/{token}", {"accept": "on"}).status_code == 404
    row = site.ledger.database.execute("SELECT custody FROM register_device WHERE subject = ?", (device,))
    assert row == [("in_stock",)]
    refusal = site.client_of("it").post("/hand-over", {"devices": "T-2", "email": CONTRACTOR, "reason": "issued"})
    assert "has ended" in refusal.content.decode()


def test_an_open_link_shows_nothing_after_an_owner_ended_the_organisation(site):
    estate.checked(site, "T-1")
    token = estate.offered(site, "T-1", to=CONTRACTOR)
    end_at_terminal(site.ledger, site.owner, site.contractor)
    assert site.client().get(f"/accept/{token}").status_code == 404


def test_what_it_still_has_is_to_be_got_back(site):
    shelf = Shelf(site)
    held, theirs = shelf.device("T-1"), shelf.device("T-2", organisation=site.contractor)
    mine, gone = shelf.device("T-3"), shelf.device("T-4", organisation=site.contractor)
    shelf.hand(held, "contractor")
    shelf.hand(mine, "staff")
    shelf.hand(gone, event=CustodyEvent.DESTROYED)
    lead = site.client_of("governance_lead")
    assert "Nothing is to be done here" in lead.get("/reconcile/left").content.decode()
    assert "2 devices are still with its people" in lead.get(f"/organisations/{site.contractor}/end").content.decode()
    end(site)
    listed = lead.get("/reconcile/left").content.decode()
    assert f"/devices/{held}" in listed and f"/devices/{theirs}" in listed
    assert f"/devices/{mine}" not in listed and f"/devices/{gone}" not in listed
    assert "2 devices are still with people who have left" in lead.get("/now").content.decode()
    assert "Devices with people or organisations that have ended" in lead.get("/reconcile").content.decode()
    assert "Get them back" in lead.get(f"/organisations/{site.contractor}").content.decode()
    assert shelf.site.client_of("it").post("/return/returned", {"device": held}).status_code in {200, 302}


def test_a_device_of_somebody_who_left_is_to_be_got_back(site):
    from lossproof.register.accounts import acts

    shelf = Shelf(site)
    held = shelf.device("T-1")
    shelf.hand(held, "staff")
    acts.end(site.ledger, site.key, site.account("staff"), version=1)
    assert f"/devices/{held}" in site.client_of("it").get("/reconcile/left").content.decode()


def test_whoever_comes_back_gets_another_account_with_the_same_address(site):
    from lossproof.register.accounts.models import Account

    end(site)
    lead = site.client_of("governance_lead")
    made = lead.post("/organisations/new", {"name": CONTRACTOR_NAME, "relation": "processor"})
    subject = re.search(r"/people/in/(\w+)/new", made["Location"])[1]
    typed = {"name": "Conor Ashgrove", "email": CONTRACTOR.upper(), "duties": ["contractor"]}
    assert lead.post(f"/people/in/{subject}/new", typed).status_code == 200
    assert Account.objects.get(email=CONTRACTOR).organisation == subject
    assert site.account("contractor").email is None
    assert "an account with this e-mail address" in lead.post(f"/people/in/{subject}/new", typed).content.decode()
    assert site.ledger.projection.relation(subject) is Relation.PROCESSOR


def test_every_projection_is_the_same_after_a_rebuild(site):
    from lossproof.register.projection import rebuild

    shelf = Shelf(site)
    shelf.hand(shelf.device("T-1"), "contractor")
    end(site)
    before = site.ledger.database.execute("SELECT * FROM register_device ORDER BY device")
    rebuild(site.ledger)
    assert site.ledger.database.execute("SELECT * FROM register_device ORDER BY device") == before
