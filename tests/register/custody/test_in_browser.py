"""Devices and custody in real Chromium: for everybody (WCAG 2.2 AA by axe), on a phone, without JavaScript, by keyboard alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.request import Ask
from register.browsing import axe, overflows
from register.devices import estate

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("LOSSPROOF_SCREENSHOTS")
"""A folder to keep pictures of the pages in, for whoever wants to look at them."""


def look(tab: Any, name: str) -> None:
    if SHOTS:
        tab.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def full(site: Any) -> dict[str, str]:
    """An estate in which every page has something to show; ids by what they are."""
    from datetime import timedelta

    from lossproof.register.accounts.duties import Acting
    from lossproof.register.custody import acts as custody_acts
    from lossproof.register.custody.models import SignedText
    from lossproof.register.devices import acts
    from lossproof.register.devices.acts import speaker_for

    made = {"held": estate.held(site, "NGT-STICK-0001"), "mine": estate.held(site, "NGT-LAPTOP-0002")}
    estate.count(site, made["held"], 4980)
    made["plain"] = estate.device(site, "NGT-STICK-0003")
    estate.check(site, made["plain"], "NGT-STICK-0003", estate.PLAIN)
    made["bare"] = estate.device(site, "A very long asset tag of a device that nobody has ever checked 0004")
    made["stock"] = estate.checked(site, "NGT-CARD-0005")
    site.clock.turn(days=20)
    made["offered"] = estate.checked(site, "NGT-STICK-0006")
    made["token"] = estate.offered(site, "NGT-STICK-0006")
    who = Acting(site.people["it"], site.controller, custody_acts.Authentication.PASSWORD)
    speaker = speaker_for(site.key, who)
    lead = Acting(site.people["governance_lead"], site.controller, custody_acts.Authentication.TOTP)
    acts.ask(site.ledger, site.key, who, made["plain"], Ask.DOES_NOT_ENCRYPT)
    acts.ask(site.ledger, site.key, who, made["mine"], Ask.ENCRYPT)
    acts.allow(
        site.ledger,
        site.key,
        lead,
        made["plain"],
        organisation=site.controller,
        until=site.clock.at + timedelta(days=9),
        reason="clinical_need",
    )
    for event, tag in ((CustodyEvent.RETURNED, "NGT-STICK-0007"), (CustodyEvent.MISSING, "NGT-STICK-0008")):
        made[event.value] = estate.held(site, tag)
        custody_acts.happen(site.ledger, speaker, event, [made[event.value]])
    site.clock.turn(days=3)
    made["signed"] = SignedText.objects.values_list("digest", flat=True)[0]
    return made


def pages_of(site: Any, made: dict[str, str]) -> dict[str, tuple[str | None, str]]:
    held, plain = made["held"], made["plain"]
    return {
        "devices": ("it", "/devices"),
        "devices-narrowed": ("auditor", "/devices?standing=unproven&q=nothing"),
        "device-held": ("it", f"/devices/{held}"),
        "device-plain": ("governance_lead", f"/devices/{plain}"),
        "device-bare": ("it", f"/devices/{made['bare']}"),
        "device-past": ("it", f"/devices/{held}?position=10"),
        "device-unread-time": ("it", f"/devices/{held}?at=yesterday"),
        "device-mine": ("staff", f"/devices/{made['mine']}"),
        "contents": ("it", f"/devices/{held}/contents"),
        "contents-none": ("it", f"/devices/{made['bare']}/contents"),
        "new-device": ("it", "/devices/new"),
        "change": ("it", f"/devices/{held}/change"),
        "end": ("it", f"/devices/{held}/end"),
        "ask": ("staff", f"/devices/{made['mine']}/ask/does_not_encrypt"),
        "allow": ("governance_lead", f"/devices/{plain}/exception"),
        "labels": ("it", f"/labels?device={held}&device={plain}&device={made['bare']}"),
        "labels-none": ("it", "/labels"),
        "hand-over": ("it", f"/hand-over?device={made['stock']}&device={plain}"),
        "offer": ("it", f"/devices/{made['offered']}/offer"),
        "accept": (None, f"/accept/{made['token']}"),
        "accept-wrong": (None, "/accept/nothing"),
        "accepted": (None, "/accepted"),
        "declined": (None, "/declined"),
        "my": ("staff", "/my"),
        "my-none": ("contractor", "/my"),
        "my-missing": ("staff", f"/my/{made['mine']}/missing"),
        "my-return": ("staff", f"/my/{made['mine']}/return"),
        "signed": ("staff", f"/signed/{made['signed']}"),
        "returns": ("it", "/return"),
        "destroyed": ("it", f"/devices/{made['returned']}/custody/destroyed"),
        "several": ("it", f"/return/restocked?device={made['returned']}&device={made['missing']}"),
    }


@pytest.mark.parametrize("width", [1200, 320])
def test_every_page_is_for_everybody(live, browser, width):
    made = full(live.site)
    tabs: dict[str | None, Any] = {}
    wrong = {}
    for name, (duty, address) in pages_of(live.site, made).items():
        tab = tabs.setdefault(duty, None) or live.tab(browser, duty, width=width)
        tabs[duty] = tab
        noises: list[str] = []
        tab.on("console", lambda message, kept=noises: kept.append(message.text))
        answered = tab.goto(live.url + address)
        assert answered.status == {"accept-wrong": 404}.get(name, 200), name
        look(tab, f"{name}-{width}")
        found = axe(tab) + (["wider than the window"] if overflows(tab) else [])
        found += [noise for noise in noises if "404" not in noise]
        if found:
            wrong[name] = found
    assert not wrong


@pytest.mark.parametrize("width", [1200, 320])
def test_every_refusal_is_for_everybody(live, browser, width):
    made = full(live.site)
    tab = live.tab(browser, "it", width=width)
    wrong = {}
    for name, address, typed in (
        ("empty-device", "/devices/new", {}),
        ("empty-hand-over", "/hand-over", {}),
        ("refused", f"/hand-over?device={made['plain']}&device={made['bare']}", {"email": "staff@example.org"}),
        ("unknown-return", "/return", {"devices": "nothing like it"}),
    ):
        tab.goto(live.url + address)
        for field, text in typed.items():
            tab.fill(f"[name={field}]", text)
        if name == "refused":
            tab.fill("[name=devices]", f"{made['stock']}\n{made['bare']}\n{made['held']}")
        tab.click("main form .govuk-button")
        tab.wait_for_load_state()
        look(tab, f"{name}-{width}")
        assert tab.locator(".govuk-error-summary").count() == 1, name
        found = axe(tab) + (["wider than the window"] if overflows(tab) else [])
        if found:
            wrong[name] = found
    assert not wrong


def test_the_empty_register_is_for_everybody(live, browser):
    wrong = {}
    for width in (1200, 320):
        tab = live.tab(browser, "it", width=width)
        for name in ("devices", "return", "my"):
            tab.goto(f"{live.url}/{name}")
            look(tab, f"{name}-empty-{width}")
            found = axe(tab) + (["wider than the window"] if overflows(tab) else [])
            if found:
                wrong[name, width] = found
    assert not wrong


def test_a_stick_is_handed_over_by_keyboard_alone_and_without_javascript(live, browser):
    estate.checked(live.site, "NGT-STICK-0001")
    desk = live.tab(browser, "it", width=320, javascript=False)
    desk.goto(live.url + "/hand-over")
    _tab_to(desk, "id_devices")
    desk.keyboard.type("NGT-STICK-0001")
    _tab_to(desk, "id_email")
    desk.keyboard.type("staff@example.org")
    desk.keyboard.press("Enter")
    desk.wait_for_selector(".lossproof-qr")
    token = desk.locator("a.lossproof-code").inner_text().rsplit("/", 1)[-1]
    look(desk, "offered-320")

    phone = live.tab(browser, None, width=320, javascript=False)
    phone.goto(f"{live.url}/accept/{token}")
    _tab_to(phone, "id_agreed")
    phone.keyboard.press("Space")
    phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/accepted")
    assert "NGT-STICK-0001" not in phone.content()

    mine = live.tab(browser, "staff", width=320, javascript=False)
    mine.goto(live.url + "/my")
    assert mine.get_by_role("link", name="NGT-STICK-0001", exact=True).count() == 1


def _tab_to(tab: Any, wanted: str) -> None:
    """Press Tab until this field has the focus."""
    for _ in range(60):
        tab.keyboard.press("Tab")
        if tab.locator(":focus").get_attribute("id") == wanted:
            return
    raise AssertionError(f"no Tab leads to {wanted}")
