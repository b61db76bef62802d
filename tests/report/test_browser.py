"""The HTML page in a real browser: axe, a narrow screen, no script, no network, paper."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import sync_playwright

from lossproof.report.html import page
from report import made_up

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
AXE_RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const result = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  return result.violations.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(" | "));
}"""
# Above this the page is a list and no longer a report.
TALLEST_PIXELS = 9_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name, make in made_up.ALL.items():
        text = page(make(), made_at=made_up.MADE_AT, tool=made_up.TOOL)
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


def opened(browser, path, **options):
    context = browser.new_context(**options)
    context.set_default_timeout(60_000)
    tab = context.new_page()
    noises = []
    tab.on("console", lambda message: noises.append(message.text))
    tab.on("pageerror", lambda error: noises.append(str(error)))
    tab.on("dialog", lambda dialog: noises.append("a dialog opened"))
    asked_for = []
    tab.on("request", lambda request: asked_for.append(request.url))
    tab.goto(path.as_uri())
    return tab, noises, asked_for


def violations(tab):
    tab.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    return tab.evaluate(AXE_RUN)


# Ten thousand rows once are enough.
LOOKS = [(name, 1200, "light") for name in made_up.ALL] + [
    (name, 320, "dark") for name in made_up.ALL if name != "huge"
]


@pytest.mark.parametrize(("name", "width", "scheme"), LOOKS)
def test_axe_finds_nothing(browser, written, name, width, scheme):
    look = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    tab, _, _ = opened(browser, written / f"{name}.html", bypass_csp=True, **look)
    if name != "huge":
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert violations(tab) == []
    tab.context.close()


def test_axe_would_find_something(browser, tmp_path):
    (tmp_path / "bad.html").write_text("<html><title>t</title><p style='color:#ccc'>pale</p><img src='data:,'></html>")
    tab, _, _ = opened(browser, tmp_path / "bad.html")
    found = " ".join(violations(tab))
    assert "image-alt" in found
    assert "color-contrast" in found
    assert "html-has-lang" in found
    tab.context.close()


def test_the_policy_stops_a_script_and_a_style_that_got_in(browser, written, tmp_path):
    text = (written / "exposed.html").read_text(encoding="utf-8")
    bad = "<script>document.title = 'owned'</script><img src='https://example.org/x'><p id='hid' style='display:none'>x</p>"
    (tmp_path / "bad.html").write_text(text.replace("<main>", f"<main>{bad}"), encoding="utf-8")
    tab, noises, _ = opened(browser, tmp_path / "bad.html")
    assert tab.title().startswith("Yes: check of stick.img")
    assert tab.locator("#hid").is_visible()
    assert len(noises) >= 3
    tab.context.close()


@pytest.mark.parametrize("name", made_up.ALL)
def test_a_page_is_silent_alone_and_narrow_enough_without_script(browser, written, name):
    path = written / f"{name}.html"
    # The policy blocks scripts of the page; measuring through the debugger is not bound by it.
    look = {"viewport": {"width": 320, "height": 640}, "is_mobile": False}
    tab, noises, asked_for = opened(browser, path, **look)
    assert noises == []
    assert asked_for == [path.as_uri()]
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    if name != "huge":
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    tab.context.close()


@pytest.mark.parametrize("name", made_up.ALL)
def test_a_page_is_of_reasonable_height_with_everything_closed(browser, written, name):
    tab, _, _ = opened(
        browser, written / f"{name}.html", viewport={"width": 1200, "height": 800}, java_script_enabled=False
    )
    assert tab.locator("h1").bounding_box()["y"] < 400
    assert tab.locator("footer").bounding_box()["y"] < TALLEST_PIXELS
    tab.context.close()


@pytest.mark.parametrize("name", ["exposed", "protected", "weak", "hostile"])
def test_a_page_prints_with_every_list_open(browser, written, name, tmp_path):
    tab, noises, _ = opened(browser, written / f"{name}.html")
    tab.emulate_media(media="print")
    hidden = tab.evaluate(
        "[...document.querySelectorAll('details > :not(summary)')].filter(e => !e.checkVisibility()).length"
    )
    assert hidden == 0
    pdf = tab.pdf(path=tmp_path / "page.pdf", format="A4", prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert noises == []
    tab.context.close()


def test_lists_open_without_script(browser, written):
    tab, _, _ = opened(browser, written / "exposed.html", java_script_enabled=False)
    summary = tab.locator("summary", has_text="All 31 files as a table")
    cell = tab.locator("td", has_text="2,310 NHS numbers")
    assert not cell.is_visible()
    summary.focus()
    tab.keyboard.press("Enter")
    assert cell.is_visible()
    tab.context.close()
