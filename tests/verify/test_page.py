"""verify/verify.html as people meet it: alone and silent, for everybody, and in plain words."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from itertools import cycle

import pytest

from lossproof.model.fact import Authentication, Duty
from lossproof.model.facts.custody import CustodyEvent
from verify import building
from verify.in_browser import PAGE, Case, opened
from verify.stories import took_over

ROOT = PAGE.parents[1]
HOSTILE = "<img src=x onerror=alert(1)>\u202egnp.exe"


def hostile_story(log):
    """Names that would be markup, and would turn the direction of writing."""
    log.fact("genesis", building.genesis(log.log), log.log, "owner", "trust")
    name = log.name(HOSTILE, "organisation")
    log.fact("registration", building.organisation("controller", name), "trust")
    log.fact("registration", building.key("inspector", "inspector"), "inspector")
    log.fact("registration", building.device(serial=log.name(f"SN-{HOSTILE}", "serial")), "stick")
    log.fact("inspection", building.inspection(), "stick", by="inspector")
    log.heads()


def every_word(log):
    """A register that says of a device all that can happen to it, for people known in every way."""
    building.a_register(log)
    ways = cycle(Authentication)
    for event in CustodyEvent:
        log.fact("custody", building.custody(event, authenticated=next(ways)), "stick", by="register")
    for duty in Duty:  # of a person there is no chain in a pack, but here it is about the stick
        log.fact("registration", building.person(duty), "stick", by="register")


def damaged(members):
    members["tail"] = members["tail"][:-1] + b"!"


BOOK = building.a_story(building.Book())
CASES = {
    "verified": Case("verified", building.build(), building.policy(), BOOK.note(5)),
    "self_consistent": Case("self_consistent", building.build()),
    "incomplete": Case("incomplete", building.build(), building.policy(), BOOK.note(7)),
    "refused": Case("refused", building.build(change=damaged), building.policy()),
    "took_over": Case(
        "took_over", building.build(story=took_over, earlier=(), witnesses=()), building.policy(threshold=0)
    ),
    "register": Case("register", building.build(story=every_word), building.policy()),
    "hostile": Case("hostile", building.build(story=hostile_story, earlier=()), building.policy()),
}


def test_the_file_is_what_its_parts_make():
    run = subprocess.run(
        [sys.executable, "tools/verify_page.py", "--check"], cwd=ROOT, capture_output=True, check=False
    )
    assert run.returncode == 0, run.stderr.decode()


def test_the_policy_names_the_one_script_and_the_one_style_by_their_digests():
    text = PAGE.read_text(encoding="utf-8")
    [policy] = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', text)
    [script], [style] = (
        re.findall(r"<script>(.*?)</script>", text, re.DOTALL),
        re.findall(r"<style>(.*?)</style>", text, re.DOTALL),
    )
    digests = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (script, style)]
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{digests[0]}'; style-src 'sha256-{digests[1]}'; base-uri 'none'; form-action 'none'"
    )
    assert not re.findall(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|fetch\(|XMLHttp|WebSocket|import\(", script
    )
    assert not re.findall(r"(?:src|href)=|\son[a-z]+=|\sstyle=", text.replace(script, ""))


class TestInBrowser:
    pytestmark = pytest.mark.browser

    @pytest.mark.parametrize("name", CASES)
    def test_axe_finds_nothing_and_nothing_is_too_wide(self, browser, name):
        with opened(browser, bypass_csp=True) as page:
            page.check(CASES[name], "a-rather-long-name-of-a-file-" * 3 + ".zip")
            page.tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            for width, scheme in ((1200, "light"), (320, "dark")):
                page.tab.set_viewport_size({"width": width, "height": 800})
                page.tab.emulate_media(color_scheme=scheme)
                assert page.violations() == []
                assert page.tab.evaluate("document.documentElement.scrollWidth") <= width

    def test_axe_finds_nothing_before_anything_is_chosen(self, browser):
        with opened(browser, bypass_csp=True) as page:
            assert page.violations() == []

    @pytest.mark.parametrize("name", CASES)
    def test_it_is_silent_alone_and_says_on_the_screen_what_its_function_says(self, browser, name):
        case = CASES[name]
        with opened(browser, viewport={"width": 320, "height": 640}) as page:
            page.check(case)
            assert page.noises == []
            assert page.asked_for == [PAGE.as_uri()]
            assert page.result() == page.verify([case])[0]
            assert page.tab.evaluate("document.documentElement.scrollWidth") <= 320
            expected = "verified" if name in ("hostile", "took_over", "register") else name
            assert page.result()["outcome"] == expected
            word = {"self_consistent": "Consistent, but not verified", "incomplete": "Incomplete"}.get(
                expected, expected.title()
            )
            assert page.tab.locator(".verdict .word").text_content() == f"{word}."
            assert word in page.tab.locator("#status").text_content()

    def test_the_policy_stops_a_script_and_a_request_that_got_in(self, browser, tmp_path):
        bad = "<script>document.title = 'owned'</script><img src='https://example.org/x'><p id='hid' style='display:none'>x</p>"
        copy = tmp_path / "verify.html"
        copy.write_text(PAGE.read_text(encoding="utf-8").replace("<main>", f"<main>{bad}"), encoding="utf-8")
        with opened(browser, path=copy) as page:
            assert page.tab.title() == "Check an evidence pack - lossproof"
            assert page.tab.locator("#hid").is_visible()
            assert len(page.noises) >= 3

    def test_what_a_pack_calls_things_is_text_and_nothing_else(self, browser):
        with opened(browser) as page:
            page.check(CASES["hostile"], "x<b>y\u202e.zip")
            assert page.tab.locator("#answer img, #answer b").count() == 0
            shown = page.tab.locator("#answer").inner_text()
            assert "SN-<img src=x onerror=alert(1)>\\u{202e}gnp.exe" in shown
            assert "\u202e" not in page.tab.locator("html").inner_text()
            assert HOSTILE in page.result()["names"].values()

    def test_the_answer_says_what_is_proved_by_whom_and_what_is_not(self, browser):
        with opened(browser) as page:
            page.check(CASES["verified"])
            shown = page.tab.locator("#answer").inner_text()
            assert "serial SN-0001 \u00e9" in shown
            key = " ".join(re.findall("....", building.fingerprint("auditor")[:16]))
            assert f"Stated by an auditor of the controller (Made-up Trust), key {key}." in shown
            assert "Withdrawn later, by leaf 11." in shown
            assert "harbour saw the log to 18 of its 18 leaves at" in shown
            assert "Since the checkpoint that you gave, of 5 leaves, the log has only grown." in shown
            replay = (
                f"An auditor of the controller (Made-up Trust), key {key}, states that it replayed all of the log to"
            )
            assert f"{replay} 12 of its 18 leaves (5 January 2026" in shown
            assert "Nobody states in this pack that they replayed the whole log as far as that." in shown
            assert "That what was stated was true." in shown
            assert page.tab.locator("svg.line circle").count() == 6
            grouped = " ".join(re.findall("....", building.fingerprint("log")))
            assert grouped in shown

    def test_what_a_register_states_is_said_to_be_for_whom(self, browser):
        with opened(browser) as page:
            page.check(CASES["register"])
            page.tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            shown = page.tab.locator("#answer").inner_text()
            key = " ".join(re.findall("....", building.fingerprint("register")[:16]))
            by = f"Stated by the register of the controller (Made-up Trust), key {key}"
            assert f"{by}, for person {building.identity('nurse')[:8]}, who had a one-time link." in shown
            assert (
                f"{by}, for person {building.identity('lead')[:8]}, who gave a password and a one-time code." in shown
            )
            assert f"{by}, for somebody whom it does not name, who had a one-time link." in shown
            assert f"{by}, which does not say for whom." in shown
            assert "How it knew them is its signer's word" in shown
            said = page.tab.locator(".what strong").all_inner_texts()
            assert not [line for line in said if "undefined" in line]
            lines = {line for line in said if line.startswith("Custody: ")}
            assert len(lines) >= len(CustodyEvent)
            assert sum(line.startswith("Person registered: ") for line in set(said)) == len(Duty)
            leave = f"device {building.identity('stick')[:8]} may be handed over without fresh proof until 1 February 2026, 00:00 UTC"
            assert f"Exception registered: {leave}, by leave of person {building.identity('lead')[:8]} (urgent)" in said
            assert "undefined" not in shown

    def test_it_says_what_nobody_outside_saw_and_that_the_log_took_over_from_another(self, browser):
        with opened(browser) as page:
            page.check(CASES["took_over"])
            page.tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            shown = page.tab.locator("#answer").inner_text()
            assert "not independently witnessed" in shown
            assert "It took over from an earlier one" in shown
            assert "The log began, and took over from an earlier one of 1,204 leaves" in shown
            assert building.origin_of("older") in shown

    def test_without_a_policy_it_never_says_proved(self, browser):
        with opened(browser) as page:
            page.check(CASES["self_consistent"])
            headings = page.tab.locator("#answer h2").all_inner_texts()
            assert "What is proved" not in headings
            assert "You gave no trust policy" in page.tab.locator("#answer").inner_text()

    def test_a_refused_pack_shows_nothing_that_it_said(self, browser):
        with opened(browser) as page:
            page.check(CASES["refused"])
            shown = page.tab.locator("#answer").inner_text()
            assert "Do not rely on anything in this file." in shown
            assert "Made-up Trust" not in shown
            assert page.tab.locator("svg.line").count() == 0

    def test_an_answer_goes_when_another_file_is_chosen(self, browser):
        with opened(browser) as page:
            page.check(CASES["verified"])
            page.tab.set_input_files("#policy", [])
            assert page.tab.locator("#answer").inner_text() == ""
            assert page.tab.locator("#status").inner_text() == ""

    @pytest.mark.parametrize(
        ("case", "words"),
        [
            (Case("policy", building.build(), b"trust me\n"), "The trust policy has a line of an unknown kind."),
            (Case("policy", building.build(), b"\xff\xff\n"), "The trust policy is not text in UTF-8."),
            (
                Case("authority", building.build(), building.policy(), None, (b"hello",)),
                "not the certificate of a time-stamp",
            ),
        ],
    )
    def test_a_policy_or_certificate_that_cannot_be_read_is_a_sentence_and_no_verdict(self, browser, case, words):
        with opened(browser) as page:
            page.check(case)
            assert words in page.tab.locator(".problem").inner_text()
            assert page.tab.locator(".verdict").count() == 0
            assert page.noises == []

    def test_it_works_with_the_keyboard_alone(self, browser):
        with opened(browser) as page:
            stops = []
            for _ in range(5):
                page.tab.keyboard.press("Tab")
                stops.append(page.tab.evaluate("document.activeElement.id"))
            assert stops == ["pack", "policy", "since", "authorities", "check"]
            files = [{"name": "pack", "mimeType": "", "buffer": CASES["verified"].pack}]
            page.tab.set_input_files("#pack", files)
            page.tab.focus("#check")
            page.tab.keyboard.press("Enter")
            page.tab.locator("summary", has_text="The result as JSON").wait_for()
            page.tab.locator("summary", has_text="The result as JSON").focus()
            page.tab.keyboard.press("Enter")
            assert page.tab.locator("#result").is_visible()

    def test_it_prints_the_answer_with_every_list_open_and_not_the_form(self, browser, tmp_path):
        with opened(browser) as page:
            page.check(CASES["verified"])
            page.tab.emulate_media(media="print")
            hidden = (
                "[...document.querySelectorAll('details > :not(summary)')].filter(e => !e.checkVisibility()).length"
            )
            assert page.tab.evaluate(hidden) == 0
            assert not page.tab.locator("form").is_visible()
            assert page.tab.pdf(path=tmp_path / "answer.pdf", format="A4", prefer_css_page_size=True).startswith(
                b"%PDF"
            )

    def test_a_browser_without_ed25519_is_told_so(self, browser):
        lacks = "crypto.subtle.generateKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'));"
        with opened(browser, before=lacks) as page:
            page.check(CASES["verified"])
            assert "cannot check Ed25519 signatures" in page.tab.locator(".problem").inner_text()
            assert page.tab.locator(".verdict").count() == 0

    def test_a_check_that_could_not_be_finished_is_no_verdict(self, browser):
        breaks = "SubtleCrypto.prototype.digest = () => Promise.reject(new Error('out of memory'));"
        with opened(browser, before=breaks) as page:
            page.check(CASES["verified"])
            assert "nothing is proved" in page.tab.locator(".problem").inner_text()

    def test_a_file_larger_than_any_pack_is_refused(self, browser, tmp_path):
        large = tmp_path / "large.zip"
        with large.open("wb") as file:
            file.truncate((64 << 20) + 10)
        with opened(browser) as page:
            page.tab.set_input_files("#pack", large)
            page.tab.click("#check")
            page.tab.locator(".verdict").wait_for()
            assert json.loads(page.tab.locator("#result").text_content())["message"] == "the file is larger than 64 MiB"
