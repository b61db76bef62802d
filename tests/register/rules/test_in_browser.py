"""Pages about rules in real Chromium: empty, full and with errors, wide and on a phone, and a change by keyboard without JavaScript."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lossproof.jobs.devices import register_device
from lossproof.model.facts.registration import DeviceKind
from lossproof.policy.rules import shipped_text
from register.browsing import axe, overflows

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("LOSSPROOF_SCREENSHOTS")
"""A folder to keep pictures of the pages in, for whoever wants to look at them."""

SHIPPED = shipped_text().decode()
NO_STICKS = SHIPPED.replace('applies = { kind = ["stick", "card"', 'applies = { kind = ["card"')


def faults(tab, name: str) -> list[str]:
    if SHOTS:
        tab.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
    return axe(tab) + (["wider than the window"] if overflows(tab) else [])


@pytest.mark.parametrize("width", [1200, 320])
def test_every_page_is_for_everybody(live, browser, width):
    wrong: dict[str, list[str]] = {}
    tab = live.tab(browser, "governance_lead", width=width)

    def look(name: str) -> None:
        if found := faults(tab, f"rules-{name}-{width}"):
            wrong[name] = found

    for name in ("rules", "rules/change", "rules/history", "rules/history/0", "rules/history/7"):
        tab.goto(f"{live.url}/{name}")
        look(f"empty-{name.replace('/', '-')}")
    for number in range(3):
        register_device(
            live.site.ledger,
            live.site.key,
            DeviceKind.STICK,
            asset_tag=f"STICK-{number}",
            organisation=live.site.controller,
        )
    tab.goto(f"{live.url}/rules/change")
    tab.get_by_label("How old a check may be", exact=True).first.fill("a month")
    tab.get_by_role("button", name="Show what would change", exact=True).click()
    tab.get_by_text("There is a problem").wait_for()
    look("figures-wrong")
    tab.goto(f"{live.url}/rules/change")
    tab.get_by_text("Write the rules yourself").click()
    tab.get_by_label("The rules as TOML").fill(SHIPPED.replace("all_volumes", "all_valumes"))
    tab.get_by_role("button", name="Show what would change by this text").click()
    tab.get_by_text("There is a problem").wait_for()
    look("text-wrong")
    tab.get_by_label("The rules as TOML").fill(NO_STICKS)
    tab.get_by_role("button", name="Show what would change by this text").click()
    tab.get_by_role("heading", name="What would change").wait_for()
    look("preview")
    tab.get_by_label("From which day?").evaluate("box => box.value = '2001-02-03'")
    tab.get_by_role("button", name="Adopt these rules").click()
    tab.get_by_text("There is a problem").wait_for()
    look("day-wrong")
    tab.get_by_label("From which day?").fill("")
    tab.get_by_role("button", name="Adopt these rules").click()
    tab.get_by_text("Version 1 of the rules was adopted.").wait_for()
    look("adopted")
    for name in ("rules/history", "rules/history/1"):
        tab.goto(f"{live.url}/{name}")
        look(f"full-{name.replace('/', '-')}")
    tab.context.close()
    assert wrong == {}


def test_a_lead_changes_a_figure_by_keyboard_without_javascript(live, browser):
    tab = live.tab(browser, "governance_lead", width=320, javascript=False)
    tab.goto(f"{live.url}/rules")
    tab.get_by_role("button", name="See what would change").press("Enter")
    box = tab.get_by_label("How old a check may be", exact=True).first
    box.focus()
    box.fill("14 days")
    box.press("Enter")
    tab.get_by_role("heading", name="What would change").wait_for()
    tab.get_by_role("button", name="Adopt these rules").press("Enter")
    tab.get_by_text("Version 1 of the rules was adopted.").wait_for()
    assert tab.get_by_text("not older than 14 days").first.is_visible()
    tab.context.close()
