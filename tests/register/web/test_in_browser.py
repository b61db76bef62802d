"""The skeleton's pages in real Chromium: for everybody (WCAG 2.2 AA by axe), on a phone, without JavaScript, under the strict policy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from register.browsing import axe, overflows
from register.sites import NAMES, PASSWORD

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("LOSSPROOF_SCREENSHOTS")
"""A folder to keep pictures of the pages in, for whoever wants to look at them."""


def look(tab, name: str) -> None:
    if SHOTS:
        tab.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.fixture
def passwords(site):
    from django.contrib.auth.hashers import make_password

    from lossproof.register.accounts.models import Account

    Account.objects.update(password=make_password(PASSWORD))
    return site


def pages_of(site) -> dict[str, tuple[str | None, str]]:
    person = site.people["staff"]
    return {
        "login": (None, "/login"),
        "join-ended": (None, "/join/nothing"),
        "people": ("governance_lead", "/people"),
        "person": ("it", f"/people/{person}"),
        "end": ("it", f"/people/{person}/end"),
        "new-person": ("it", f"/people/in/{site.contractor}/new"),
        "new-organisation": ("it", "/organisations/new"),
        "security": ("staff", "/security/"),
        "password": ("staff", "/login/password"),
        "forbidden": ("staff", "/people"),
        "not-found": ("it", "/people/nobody"),
    }


@pytest.mark.parametrize("width", [1200, 320])
def test_every_page_is_for_everybody(live, browser, passwords, width):
    wrong = {}
    for name, (duty, address) in pages_of(live.site).items():
        tab = live.tab(browser, duty, width=width)
        noises: list[str] = []
        tab.on("console", lambda message, kept=noises: kept.append(message.text))
        answered = tab.goto(live.url + address)
        assert answered.status == {"join-ended": 404, "forbidden": 403, "not-found": 404}.get(name, 200), name
        look(tab, f"{name}-{width}")
        said = [noise for noise in noises if "Failed to load resource" not in noise]
        if found := axe(tab) + said + (["wider than the window"] if overflows(tab) else []):
            wrong[name] = found
        tab.context.close()
    assert wrong == {}


@pytest.mark.parametrize("width", [1200, 320])
def test_every_form_with_errors_is_for_everybody(live, browser, width):
    wrong = {}
    for name in ("login", "new-person", "new-organisation", "person"):
        duty, address = pages_of(live.site)[name]
        tab = live.tab(browser, duty, width=width)
        tab.goto(live.url + address)
        for box in tab.query_selector_all("main input[type=text]"):
            box.fill("")
        for box in tab.query_selector_all("main input[type=checkbox]:checked"):
            box.uncheck()
        tab.locator("main form button[type=submit]").first.click()
        tab.locator(".govuk-error-summary").wait_for()
        look(tab, f"{name}-errors-{width}")
        if found := axe(tab) + (["wider than the window"] if overflows(tab) else []):
            wrong[name] = found
        tab.context.close()
    assert wrong == {}


def test_somebody_is_invited_and_signs_in_without_javascript_by_keyboard(live, browser, passwords):
    tab = live.tab(browser, javascript=False, width=320)
    tab.goto(f"{live.url}/people")
    tab.get_by_label("E-mail address").focus()
    tab.keyboard.type("it@example.org")
    tab.keyboard.press("Tab")
    tab.keyboard.type(PASSWORD)
    tab.keyboard.press("Enter")
    tab.get_by_role("heading", name="People").wait_for()
    tab.goto(f"{live.url}/people/in/{live.site.contractor}/new")
    tab.get_by_label("Name").fill("Wendy Hollins")
    tab.get_by_label("E-mail address").fill("wendy@example.org")
    tab.get_by_label("Contractor").check()
    tab.get_by_role("button", name="Make the account").click()
    link = tab.locator("code").text_content()
    look(tab, "link-320")
    assert link and "/join/" in link
    guest = live.tab(browser, javascript=False, width=320)
    guest.goto(live.url + link.removeprefix("http://testserver"))
    look(guest, "join-320")
    guest.get_by_label("Password", exact=True).fill("tarpaulin lantern quince")
    guest.get_by_role("button", name="Set the password").click()
    guest.goto(f"{live.url}/security/")
    guest.get_by_role("heading", name="How you sign in").wait_for()
    assert guest.get_by_text("Wendy Hollins").is_visible()
    guest.get_by_role("button", name="Sign out").click()
    guest.get_by_role("heading", name="Sign in").wait_for()
    for one in (tab, guest):
        one.context.close()


def test_a_passkey_opens_an_account(live, browser, passwords):
    tab = live.tab(browser)
    session = tab.context.new_cdp_session(tab)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    tab.goto(f"{live.url}/login?next=/security/webauthn/add/")
    tab.get_by_label("E-mail address").fill("staff@example.org")
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Continue").click()
    tab.get_by_role("heading", name="Add a passkey").wait_for()
    look(tab, "passkey-add")
    assert axe(tab) == []
    tab.get_by_label("What you call it").fill("Laptop")
    tab.locator("input[type=checkbox]").check()
    tab.get_by_role("button", name="Add").click()
    tab.get_by_role("heading", name="Your recovery codes").wait_for()
    tab.goto(f"{live.url}/security/webauthn/")
    tab.get_by_role("link", name="Remove").wait_for()
    look(tab, "passkeys")
    assert axe(tab) == []
    tab.get_by_role("button", name="Sign out").click()
    tab.get_by_role("button", name="Sign in with a passkey").click()
    tab.get_by_text(NAMES["staff"]).wait_for()
    tab.context.close()
