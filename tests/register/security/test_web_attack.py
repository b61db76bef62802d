"""What somebody tries from a browser, or with the address of somebody else's page."""

from __future__ import annotations

import re

import pytest

from register.accounts.test_login import sign_in, with_passwords
from register.devices import estate
from register.sites import PASSWORD, Site

__all__ = ["with_passwords"]

pytestmark = pytest.mark.usefixtures("_cheap_passwords")


@pytest.fixture
def _cheap_passwords(site):
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def settings_of_django(site):
    """What `with_passwords` asks for: the hasher is cheap already."""


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///evil.example"],
)
def test_nobody_is_sent_elsewhere_after_signing_in(with_passwords, target):
    client = with_passwords.client()
    page = client.post("/login", {"login": "it@example.org", "password": PASSWORD, "next": target})
    assert page["Location"] == "/"
    out = with_passwords.client_of("it").post("/logout", {"next": target})
    assert "evil" not in out["Location"] and not out["Location"].startswith("javascript")


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "testserver@evil.example", "evil.example:80"]
)
def test_a_foreign_host_is_refused_and_comes_back_in_nothing(site, host):
    page = site.client().get("/login", headers={"host": host})
    assert page.status_code == 400 and "evil" not in page.content.decode()


def test_forwarded_headers_count_for_nothing_here(site):
    """What a proxy says is read by waitress, and only from the proxy's own address."""
    page = site.client().get("/login", headers={"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"})
    assert "evil" not in page.content.decode() + str(page.headers)
    statuses = {
        site.client().get("/join/x", headers={"x-forwarded-for": f"198.51.100.{number}"}).status_code
        for number in range(25)
    }
    assert statuses == {404, 429}


def test_another_session_begins_when_somebody_signs_in(with_passwords):
    client = with_passwords.client()
    client.cookies["session"] = "a-session-that-somebody-planted"
    sign_in(with_passwords, client, "it@example.org")
    assert client.cookies["session"].value != "a-session-that-somebody-planted"
    before = client.cookies["session"].value
    client.post("/logout")
    thief = with_passwords.client()
    thief.cookies["session"] = before
    assert thief.get("/people").status_code == 302


def test_a_new_password_ends_the_other_sessions(with_passwords):
    site = with_passwords
    old = site.client_of("staff")
    assert old.get("/my").status_code == 200
    page = site.client_of("it").post(f"/people/{site.people['staff']}/link")
    link = re.search(r"/join/[\w-]+", page.content.decode())[0]
    site.client().post(link, {"password": "another password of mine"})
    assert old.get("/my").status_code == 302


def test_every_form_wants_its_token(site):
    client = site.client(enforce_csrf_checks=True)
    client.force_login(site.account("governance_lead"))
    device = estate.device(site, "LS-1")
    addresses = [
        "/hand-over",
        "/return",
        f"/devices/{device}/end",
        f"/devices/{device}/exception",
        f"/people/{site.people['it']}/end",
        "/rules/adopt",
        "/import",
        "/logout",
        "/accept/guessed",
        "/join/guessed",
        "/login",
    ]
    for address in addresses:
        assert client.post(address, {"x": "y"}).status_code == 403, address


def test_names_are_text_and_never_markup(site):
    nasty = "<script>alert(1)</script>'\"><img src=x onerror=alert(1)>{{7*7}}"
    device = estate.device(site, nasty, serial="=cmd|' /C calc'!A0")
    lead = site.client_of("governance_lead")
    lead.post("/organisations/new", {"name": nasty[:100], "relation": "processor"})
    person = {"name": nasty[:110], "email": "n@example.org", "duties": ["staff"]}
    lead.post(f"/people/in/{site.controller}/new", person)
    for address in ("/devices", f"/devices/{device}", "/people", f"/labels?device={device}", "/hand-over", "/now"):
        page = lead.get(address)
        assert page.status_code == 200, address
        text = page.content.decode()
        assert "<script>alert" not in text and "<img src=x" not in text, address
    csv = lead.get("/devices.csv").content.decode()
    assert "'=cmd" in csv and not re.search(r'(^|,|\n)"?=cmd', csv)


def test_an_address_that_holds_a_secret_is_passed_on_to_nobody(site):
    estate.checked(site, "LS-1")
    token = estate.offered(site, "LS-1")
    page = site.client().get(f"/accept/{token}")
    assert page.status_code == 200 and page["Referrer-Policy"] == "same-origin"
    assert page["Cache-Control"] == "private, no-store"
    assert re.findall(r'(?:href|src|action)="(?:https?:)?//[^"]*', page.content.decode()) == []


BEFORE = (
    *("/accept/", "/join/", "/devices/", "/people/", "/static/", "/devices?after=", "/devices?q=", "/devices?kind="),
    *("/access?person=", "/now?at=", "/reconcile/unseen?after="),
)


@pytest.mark.parametrize(
    "ends", ["%00", "%0d%0aSet-Cookie:x=y", "..%2f..%2fetc%2fpasswd", "a" * 4000, "%ff%fe", "'--", "é"]
)
@pytest.mark.parametrize("before", BEFORE)
def test_strange_addresses_are_answered_and_never_an_error(site, before, ends):
    page = site.client_of("governance_lead").get(before + ends)
    assert page.status_code < 500, (before, ends)
    assert "Set-Cookie:x" not in str(page.headers)


def test_numbers_that_are_none_are_answered(site):
    """int() takes digits of every script, and too many of them; SQL does not."""
    lead = site.client_of("governance_lead")
    person = site.people["staff"]
    for number in ("\u00b2", "\u0661", "9" * 5000, "-1", ""):
        assert lead.post(f"/people/{person}/end", {"version": number}).status_code in {400, 409}, number[:3]
    assert site.account("staff").is_active


def test_the_wrong_duty_cannot_send_what_a_page_would_not_show(site):
    from lossproof.register.accounts.models import Account

    it = site.client_of("it")
    sent = {
        "name": "Ivan Thistlewood",
        "duties": ["it"],
        "version": site.account("it").version,
        "organisation": site.contractor,
        "is_active": "",
        "password": "x",
        "email": "taken@example.org",
        "is_superuser": "on",
    }
    it.post(f"/people/{site.people['it']}", sent)
    found = Account.objects.get(id=site.people["it"])
    assert (found.organisation, found.email, found.is_active) == (site.controller, "it@example.org", True)


def test_a_second_factor_is_asked_for_after_a_link_too(site: Site):
    """Whoever gets hold of a link to set a password has not passed the other factor by it."""
    from allauth.mfa.models import Authenticator

    from lossproof.register.accounts.adapters import SecondFactors

    account = site.account("staff")
    Authenticator.objects.create(
        user=account, type="totp", data={"secret": SecondFactors().encrypt("JBSWY3DPEHPK3PXP")}
    )
    page = site.client_of("it").post(f"/people/{account.id}/link")
    link = re.search(r"/join/[\w-]+", page.content.decode())[0]
    guest = site.client()
    assert "authenticate" in guest.post(link, {"password": PASSWORD})["Location"]
    assert guest.get("/my").status_code == 302
