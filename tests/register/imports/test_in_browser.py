"""Imports in real Chromium: each step, wide and on a phone, and the whole way by keyboard without JavaScript."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from register.browsing import axe, overflows

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("LOSSPROOF_SCREENSHOTS")
"""A folder to keep pictures of the pages in, for whoever wants to look at them."""

RECORDED = Path(__file__).parents[2] / "wire" / "reports" / "recorded"
LIST = b"""Asset tag,Serial,Type,Assigned to,Status
T-1,PF0001,laptop,staff@example.org,In use
T-2,PF0002,usb stick,nobody@example.org,In stock
T-3,PF0003,Toughpad,,
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """Files of runs stand in a folder of the test's own, and pages wait until a step is done, however busy the machine."""
    from lossproof.register.imports import files, views

    monkeypatch.setattr(views, "_WAIT_SECONDS", 60)
    monkeypatch.setattr(files, "folder_of", lambda run: tmp_path / f"import-{run}")


def upload(tab, name: str, content: bytes) -> None:
    tab.get_by_label("File").set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})
    tab.get_by_role("button", name="Upload").click()


@pytest.mark.parametrize("width", [1200, 320])
def test_every_step_is_for_everybody(live, browser, width):
    from lossproof.register.imports.models import Run

    wrong: dict[str, list[str]] = {}
    tab = live.tab(browser, "it", width=width)

    def look(name: str) -> None:
        if SHOTS:
            tab.screenshot(path=Path(SHOTS) / f"import-{name}-{width}.png", full_page=True)
        if found := axe(tab) + (["wider than the window"] if overflows(tab) else []):
            wrong[name] = found

    tab.goto(f"{live.url}/import")
    look("empty")
    tab.get_by_role("button", name="Upload").click()
    tab.get_by_text("There is a problem").wait_for()
    look("no-file")
    upload(tab, "assets of the old hospital.csv", LIST)
    tab.get_by_role("heading", name="Which column is what?").wait_for()
    look("columns")
    tab.get_by_label("Serial number").select_option("0")
    tab.get_by_role("button", name="See what would be done").click()
    tab.get_by_text("There is a problem").wait_for()
    look("columns-wrong")
    tab.get_by_label("Serial number").select_option("1")
    tab.get_by_label("Record who has each device").check()
    tab.get_by_label("Keep this choice").fill("Stores")
    tab.get_by_role("button", name="See what would be done").click()
    tab.get_by_role("heading", name="What would be done").wait_for()
    look("planned")
    tab.get_by_role("link", name="Change the columns").click()
    tab.get_by_label("Use a choice that was kept").wait_for()
    look("columns-saved")
    address = tab.url.removesuffix("/columns")
    Run.objects.update(state="running", done=2000, rows=200000)
    tab.goto(address)
    look("cut-off")
    Run.objects.update(state="planned", done=0)
    tab.goto(address)
    tab.get_by_role("button", name="Take it in").click()
    tab.get_by_role("heading", name="The import is done").wait_for()
    look("done")
    tab.goto(f"{live.url}/import")
    upload(tab, "intune.csv", (RECORDED / "intune.csv").read_bytes())
    tab.get_by_role("heading", name="A report of another system").wait_for()
    look("report")
    tab.get_by_role("button", name="See what would be done").click()
    tab.get_by_text("There is a problem").wait_for()
    look("report-wrong")
    tab.get_by_label("On which day").fill("2026-11-20")
    tab.get_by_role("button", name="See what would be done").click()
    tab.get_by_role("heading", name="What would be done").wait_for()
    look("report-planned")
    tab.get_by_role("button", name="Leave this import").click()
    tab.get_by_role("heading", name="This import was stopped").wait_for()
    look("stopped")
    tab.goto(f"{live.url}/import")
    upload(tab, "x.json", b'{"what": "ever"}')
    tab.get_by_role("heading", name="This file cannot be imported").wait_for()
    look("failed")
    tab.goto(f"{live.url}/import")
    look("full")
    tab.context.close()
    assert wrong == {}


def test_how_far_it_is_can_be_seen_and_read_out(live, browser, monkeypatch):
    from lossproof.register.imports import work
    from lossproof.register.imports.models import Run

    monkeypatch.setattr(work, "is_cut_off", lambda _run: False)
    for width in (1200, 320):
        made = Run.objects.create(
            organisation=live.site.controller,
            by=live.site.people["it"],
            file_name="a.csv",
            state="running",
            rows=200000,
            done=64000,
        )
        tab = live.tab(browser, "it", width=width)
        tab.goto(f"{live.url}/import/{made.id}")
        assert "64,000 of 200,000 so far." in tab.inner_text("main")
        if SHOTS:
            tab.screenshot(path=Path(SHOTS) / f"import-progress-{width}.png", full_page=True)
        assert axe(tab) == [] and not overflows(tab)
        tab.context.close()


def test_a_list_is_imported_by_keyboard_without_javascript(live, browser):
    tab = live.tab(browser, "it", width=320, javascript=False)
    tab.goto(f"{live.url}/import")
    tab.get_by_label("File").set_input_files({"name": "assets.csv", "mimeType": "text/csv", "buffer": LIST})
    tab.get_by_role("button", name="Upload").press("Enter")
    tab.get_by_role("button", name="See what would be done").press("Enter")
    tab.get_by_label("Toughpad").select_option("tablet")
    tab.get_by_role("button", name="Look again").press("Enter")
    tab.get_by_role("button", name="Take it in").press("Enter")
    tab.get_by_role("heading", name="The import is done").wait_for()
    assert live.site.ledger.projection.find_device("T-3").kind == "tablet"
    tab.context.close()
