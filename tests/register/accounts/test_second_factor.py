"""A second factor is asked of whoever changes the register; and what is done to an account is noted, shown and told."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from lossproof.register import options
from lossproof.register.access import What
from register.sites import NAMES, PASSWORD, Site
from register.test_matrix import address, guarded, objects

__all__ = ["objects"]

NEW = {"kind": "stick", "organisation": "", "asset_tag": "S-1"}


@pytest.fixture
def asked(site: Site) -> Site:
    """A second factor is asked."""
    from lossproof.register.accounts import second_factor

    second_factor.ask(True, site.people["governance_lead"])
    return site


def give_app(site: Site, duty: str, kind: str = "totp") -> None:
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=site.account(duty), type=kind, data={})


def acts_of(site: Site) -> list[tuple[str, str, str]]:
    from lossproof.register.access.models import AccountAct

    return [(one.what, one.person, one.by) for one in AccountAct.objects.order_by("pk")]


@pytest.mark.parametrize("duty", ["governance_lead", "it"])
def test_whoever_lacks_it_sees_everything_and_changes_nothing(asked, duty):
    client = asked.client_of(duty)
    size = asked.ledger.reader.size
    page = client.get("/devices/new")
    assert page.status_code == 200 and "Set up an authenticator app or a passkey." in page.content.decode()
    refused = client.post("/devices/new", {**NEW, "organisation": asked.controller})
    assert refused.status_code == 403 and "Nothing was recorded" in refused.content.decode()
    assert "/security/totp/activate" in refused.content.decode()
    assert client.post(f"/people/{asked.people['staff']}/link").status_code == 403
    assert asked.ledger.reader.size == size
    give_app(asked, duty)
    assert client.post("/devices/new", {**NEW, "organisation": asked.controller}).status_code == 302
    assert "Set up an authenticator" not in client.get("/devices/new").content.decode()


@pytest.mark.parametrize("duty", ["governance_lead", "it"])
def test_it_holds_for_every_route(asked, objects, duty):
    client = asked.client_of(duty)
    size = asked.ledger.reader.size
    found = {name: client.post(address(name, objects[0])).status_code for name in guarded()}
    assert found == dict.fromkeys(guarded(), 403)
    assert asked.ledger.reader.size == size


def test_recovery_codes_alone_are_none_and_a_passkey_is_one(asked):
    client = asked.client_of("it")
    give_app(asked, "it", "recovery_codes")
    assert client.post("/organisations/new", {}).status_code == 403
    give_app(asked, "it", "webauthn")
    assert client.post("/organisations/new", {}).status_code == 200


def test_they_can_set_one_up_and_sign_out(asked):
    client = asked.client_of("it")
    page = client.get("/security/totp/activate/", follow=True)
    assert page.status_code == 200
    assert client.post("/logout").status_code == 302


@pytest.mark.parametrize("duty", ["staff", "contractor", "auditor"])
def test_it_is_not_asked_of_those_who_answer_for_themselves_alone(asked, duty):
    text = asked.client_of(duty).get("/security/", follow=True).content.decode()
    assert "Set up an authenticator app or a passkey." not in text


def test_whoever_signs_in_by_another_provider_is_trusted_for_it(asked):
    client = asked.client_of("it")
    session = client.session
    session["account_authentication_methods"] = [{"method": "socialaccount", "at": 1.0, "provider": "organisation"}]
    session["account_authentication_methods_user"] = asked.people["it"]
    session.save()
    assert client.post("/organisations/new", {}).status_code == 200


def test_it_is_asked_where_the_register_is_reached_over_tls_unless_set_otherwise(site):
    from lossproof.register.accounts import second_factor

    assert not second_factor.is_asked()
    options.tell(replace(site.options, public_url="https://register.example.org"))
    try:
        assert second_factor.is_asked()
        second_factor.ask(False, site.people["governance_lead"])
        assert not second_factor.is_asked()
    finally:
        options.tell(site.options)


def test_a_governance_lead_sets_it_and_cannot_waive_it_without_one(site):
    from lossproof.register.accounts import second_factor

    lead = site.client_of("governance_lead")
    assert "second factor" in lead.get("/people").content.decode()
    assert lead.get("/people/second-factor").status_code == 200
    assert "Select yes or no" in lead.post("/people/second-factor", {}).content.decode()
    assert lead.post("/people/second-factor", {"asked": "yes"})["Location"] == "/people"
    assert second_factor.is_asked()
    assert lead.post("/people/second-factor", {"asked": "no"}).status_code == 403
    assert second_factor.is_asked()
    give_app(site, "governance_lead")
    assert lead.post("/people/second-factor", {"asked": "no"}).status_code == 302
    assert not second_factor.is_asked()
    me = site.people["governance_lead"]
    assert acts_of(site) == [(What.ASKED, "", me), (What.WAIVED, "", me)]
    noted = lead.get("/access/accounts").content.decode()
    assert "A second factor was no longer asked of anybody" in noted and "everybody" in noted


def test_links_and_factors_taken_off_are_noted_and_governance_leads_see_it(site):
    lead, it = site.client_of("governance_lead"), site.client_of("it")
    person = site.people["staff"]
    assert "There is none." in lead.get("/access/accounts").content.decode()
    it.post(f"/people/{person}/link")
    lead.post(f"/people/{person}/factors")
    who = site.people["governance_lead"]
    assert acts_of(site) == [
        (What.INVITED, person, site.people["it"]),
        (What.RESET, person, who),
        (What.INVITED, person, who),
    ]
    page = lead.get("/access/accounts").content.decode()
    assert NAMES["it"] in page and NAMES["staff"] in page and "App, passkeys and password were taken off" in page
    assert "Who made sign-in links" in lead.get("/access").content.decode()
    narrowed = lead.get(f"/access/accounts?person={site.people['it']}").content.decode()
    assert "There is none." in narrowed and "Show all" in narrowed


def test_the_person_is_told_at_each_sign_in_and_can_read_it(site):
    from django.contrib.auth.hashers import make_password
    from django.test import override_settings

    from lossproof.register.accounts import acts
    from lossproof.register.accounts.models import Account

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        Account.objects.update(password=make_password(PASSWORD))
        token = acts.new_link(site.account("staff"), site.people["it"])
        said = "Ivan Thistlewood made a new sign-in link for you on"
        guest = site.client()
        joined = guest.post(f"/join/{token}", {"password": "orchard kettle marmalade"}, follow=True)
        assert said in joined.content.decode()
        for _ in range(2):
            client = site.client()
            page = client.post(
                "/login", {"login": "staff@example.org", "password": "orchard kettle marmalade"}, follow=True
            )
            assert said in page.content.decode()
            assert said not in client.get("/my").content.decode()
        mine = client.get("/security/done").content.decode()
        assert "A link to set a new password was made" in mine and "Ivan Thistlewood" in mine
        other = site.client()
        page = other.post("/login", {"login": "it@example.org", "password": PASSWORD}, follow=True)
        assert said not in page.content.decode()


def test_a_link_from_the_terminal_is_noted_as_that(site):
    from lossproof.register.accounts import acts

    acts.new_link(site.account("it"), "")
    page = site.client_of("governance_lead").get("/access/accounts").content.decode()
    assert re.search(r"Somebody at the register(&#39;|')s own terminal", page)


def test_factors_that_come_and_go_are_noted(site):
    from allauth.mfa.signals import authenticator_added, authenticator_removed

    account = site.account("it")
    give_app(site, "it")
    (app,) = account.authenticator_set.all()
    for signal in (authenticator_added, authenticator_removed):
        signal.send(sender=type(app), request=None, user=account, authenticator=app)
    me = site.people["it"]
    assert acts_of(site) == [(What.ADDED, me, me), (What.REMOVED, me, me)]
    assert "themselves" in site.client_of("governance_lead").get("/access/accounts").content.decode()


def test_long_lists_come_in_pages(site):
    from lossproof.register.access import note_act

    for _ in range(51):
        note_act(What.LINKED, person=site.people["staff"], by=site.people["it"])
    lead = site.client_of("governance_lead")
    first = lead.get("/access/accounts").content.decode()
    after = re.search(r"\?after=(\d+)", first)[1]
    second = lead.get(f"/access/accounts?after={after}").content.decode()
    assert first.count(NAMES["staff"]) == 50 and second.count(NAMES["staff"]) == 1


def test_a_persons_copy_has_it(site):
    from lossproof.register.accounts import acts
    from lossproof.register.data_subjects.copying import all_about

    acts.new_link(site.account("staff"), site.people["it"])
    for duty in ("staff", "it"):
        (one,) = all_about(site.ledger, site.people[duty])["account_acts"]
        assert (one["person"], one["by"]) == (site.people["staff"], site.people["it"])
