"""The first page, reconciling and who looked, in real Chromium: empty, full and with errors, at both widths, without JavaScript."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.request import Ask
from lossproof.register.access import note
from register.browsing import axe, overflows
from register.estates import Shelf
from register.reconcile.test_reconcile import twice

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("LOSSPROOF_SCREENSHOTS")
"""A folder to keep pictures of the pages in, for whoever wants to look at them."""

PAGES = (
    "/now",
    "/now/not-protected",
    "/now/overdue",
    "/now/requests",
    "/reconcile",
    "/reconcile/unclaimed",
    "/reconcile/unseen",
    "/reconcile/duplicates",
    "/reconcile/quiet",
    "/access",
)


def full(site) -> list[str]:
    """An estate in which every list has something; addresses of pages that only such an estate has."""
    shelf = Shelf(site)
    then = site.clock.at
    kept, stray = twice(shelf)
    good, bad, held, missing = (shelf.device(f"LP-{number}") for number in range(4))
    shelf.check(good)
    shelf.check(bad, protected=False)
    shelf.check(held, protected=False)
    shelf.hand(held)
    shelf.hand(missing)
    shelf.hand(missing, event=CustodyEvent.MISSING)
    shelf.ask(held, Ask.DOES_NOT_ENCRYPT)
    shelf.ask(bad)
    site.clock.turn(days=3)
    shelf.device("WD-1", organisation=site.contractor)
    for device in (held, bad):
        note(site.people["it"], device)
    moment = then.strftime("%Y-%m-%dT%H:%M")
    return [
        f"/now?at={moment}&known=",
        "/now?at=2020-01-01T00:00&known=",
        f"/reconcile/merge/{stray}",
        f"/reconcile/merge/{stray}/{kept}",
    ]


def wrong_with(live, browser, addresses, width: int, state: str) -> Iterator[str]:
    tab = live.tab(browser, "governance_lead", width=width)
    noises: list[str] = []
    tab.on("console", lambda message: noises.append(message.text))
    for number, address in enumerate(addresses):
        assert tab.goto(live.url + address).status == 200, address
        if SHOTS:
            name = address.partition("?")[0].strip("/").replace("/", "-")[:20]
            tab.screenshot(path=Path(SHOTS) / f"{state}-{number:02}-{name}-{width}.png", full_page=True)
        assert len(tab.content()) < 100_000
        found = axe(tab) + noises + (["wider than the window"] if overflows(tab) else [])
        yield from (f"{address}: {one}" for one in found)
        noises.clear()
    tab.context.close()


@pytest.mark.parametrize("width", [1200, 320])
def test_every_page_is_for_everybody_with_nothing_on_it(live, browser, width):
    assert list(wrong_with(live, browser, PAGES, width, "empty")) == []


@pytest.mark.parametrize("width", [1200, 320])
def test_every_page_is_for_everybody_with_an_estate(live, browser, width):
    more = full(live.site)
    assert list(wrong_with(live, browser, [*PAGES, *more], width, "full")) == []


@pytest.mark.parametrize("width", [1200, 320])
def test_every_error_is_for_everybody(live, browser, width):
    *_, ask, _merge = full(live.site)
    shelf = Shelf(live.site, "tagged")
    merge = f"/reconcile/merge/{shelf.device('LP-8')}/{shelf.device('LP-9')}"
    errors = ["/now?at=1999-01-01T00:00&known=", "/reconcile/unseen?days=0"]
    assert list(wrong_with(live, browser, errors, width, "error")) == []
    tab = live.tab(browser, "it", width=width)
    for address, button in ((ask, "Continue"), (merge, "Make them one")):
        tab.goto(live.url + address)
        tab.get_by_role("button", name=button).click()
        tab.locator(".govuk-error-summary").wait_for()
        if SHOTS:
            tab.screenshot(path=Path(SHOTS) / f"merge-{button[:4]}-error-{width}.png", full_page=True)
        assert axe(tab) == [] and not overflows(tab), address
    tab.context.close()


def test_somebody_follows_the_numbers_and_makes_two_records_one_without_javascript(live, browser):
    full(live.site)
    tab = live.tab(browser, "it", width=320, javascript=False)
    tab.goto(live.url + "/")
    tab.get_by_role("link", name="devices are overdue").click()
    tab.get_by_role("heading", name="Devices that are overdue").wait_for()
    tab.get_by_role("link", name="Reconcile").click()
    tab.get_by_role("link", name="Records that may be one device").click()
    tab.get_by_role("link", name="Make them one").click()
    assert tab.get_by_label("LP-7").is_checked()
    tab.get_by_role("button", name="Make them one").click()
    tab.get_by_text("The two records are one: LP-7 stays").wait_for()
    tab.context.close()
