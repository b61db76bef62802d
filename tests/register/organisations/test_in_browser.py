"""Organisations, devices to get back, and who changed by what others sign in, in real Chromium: empty and full, both widths."""

from __future__ import annotations

import pytest

from register.browsing import axe, overflows
from register.estates import Shelf
from register.organisations.test_ending import end
from register.sites import CONTRACTOR_NAME

pytestmark = pytest.mark.browser


def look(tab, live, *addresses: str) -> None:
    for address in addresses:
        tab.goto(live.url + address)
        assert tab.locator("h1").count() == 1, address
        assert axe(tab) == [], address
        assert not overflows(tab), address


@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_are_for_everybody(live, browser, width):
    from lossproof.register.accounts import acts, second_factor

    site = live.site
    theirs = f"/organisations/{site.contractor}"
    tab = live.tab(browser, "governance_lead", width=width)
    pages = ("/organisations", theirs, "/reconcile/left", "/access/accounts", "/security/done", "/people/second-factor")
    look(tab, live, *pages, f"{theirs}/end", f"/organisations/{site.controller}")
    shelf = Shelf(site)
    shelf.hand(shelf.device("T-1"), "contractor")
    acts.new_link(site.account("staff"), site.people["it"])
    acts.reset(site.account("staff"), site.people["governance_lead"])
    end(site)
    second_factor.ask(True, site.people["governance_lead"])
    look(tab, live, *pages, "/now")
    tab.get_by_role("link", name="Set it up").click()
    assert "/security" in tab.url
    tab.goto(live.url + "/people/second-factor")
    tab.get_by_label("No", exact=True).check()
    tab.get_by_role("button", name="Save").click()
    assert "Set up a second factor first" in tab.inner_text("h1")
    assert axe(tab) == [] and not overflows(tab)


def test_an_organisation_is_ended_without_javascript(live, browser):
    tab = live.tab(browser, "governance_lead", width=320, javascript=False)
    tab.goto(live.url + "/people")
    tab.get_by_role("link", name="See all organisations, register one, or end one").click()
    tab.get_by_role("link", name=CONTRACTOR_NAME).click()
    tab.get_by_role("link", name="End this organisation").click()
    tab.get_by_role("button", name="End this organisation").click()
    assert "This organisation ended on" in tab.inner_text("main")
