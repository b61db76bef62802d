"""The page inside a pack: well-formed, inert, says what the log says and that it proves nothing by itself."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from lossproof.model.fact import Grade, Role
from lossproof.model.facts.holding import HoldingFact
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.pack import PackFact
from lossproof.model.volume import Access, Protection
from lossproof.report.answer import Tone
from lossproof.report.evidence_page import last_seen, page
from lossproof.report.fact_words import for_whom
from lossproof.report.pack_words import device_facts, short
from report import made_up_packs
from report.made_up_inspections import DAMAGED, LOCKED, PLAIN
from report.test_browser import CHROMIUM, browser, opened, violations  # noqa: F401  a fixture
from report.test_html import Reader, assert_inert

MADE_AT, TOOL = "2026-11-23T12:00:00Z", "lossproof 0.1.0"


def drawn(name: str) -> str:
    return page(made_up_packs.ALL[name](), made_at=MADE_AT, tool=TOOL)


def said(name: str) -> str:
    reader = Reader()
    reader.feed(drawn(name))
    reader.close()
    assert not reader.open
    return " ".join(" ".join(reader.texts).split())


@pytest.mark.parametrize("name", made_up_packs.ALL)
def test_every_page_is_well_formed_inert_and_allows_its_own_style_alone(name):
    text = drawn(name)
    reader = Reader()
    reader.feed(text)
    assert_inert(text, reader)
    assert "<script" not in text
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert style and policy
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src &#x27;sha256-{digest}&#x27;" in policy[1]
    assert "default-src &#x27;none&#x27;" in policy[1]


@pytest.mark.parametrize("name", made_up_packs.ALL)
def test_every_page_says_that_it_proves_nothing_and_lists_every_fact(name):
    text, result = said(name), made_up_packs.ALL[name]()
    assert "This page proves nothing by itself." in text
    assert "lossproof verify FILE --trust POLICY" in text
    assert result.device in text
    for fact in result.facts:
        assert re.search(rf"(?<!\d){fact.leaf}(?!\d)", text)


def test_what_is_withdrawn_or_by_a_compromised_key_says_so():
    text = said("withdrawn")
    assert "withdrawn by leaf" in text
    assert "counts as compromised since leaf" in text
    assert "Not independently witnessed" in text
    assert "Nobody whose word could be checked here" in text


def test_witnesses_are_named():
    assert "witness-0.example" in said("plain")


def test_witnesses_that_did_not_see_every_fact_are_named_and_said_not_to_have():
    text = said("partly")
    assert "witness-0.example" in text
    assert "That does not cover every fact about the device. Not independently witnessed." in text
    assert "Not independently witnessed" not in said("plain")


def test_a_device_that_nobody_looked_at_is_not_known():
    text = said("unknown")
    assert "Not known." in text
    assert "No inspection of the device stands in the log" in text
    assert "Nobody stated how much personal data it holds" in text


def test_every_fact_by_a_register_says_for_whom():
    result, text = made_up_packs.ALL["registered"](), said("registered")
    facts = [fact for fact in result.facts if fact.role is Role.REGISTER]
    assert len(facts) > 6
    for fact in facts:
        assert f"the register of the controller, key {short(fact.signer)}{for_whom(fact.predicate, fact.role)}" in text
    assert "who had a one-time link" in text
    assert "Who it was for whom a fact was stated." in text


def test_hostile_names_are_shown_and_do_nothing():
    assert "\\u202e<script>alert('x')</script>\\x1b[31m" in said("hostile")


def inspections(seen: InspectionFact, **changed: object) -> list[PackFact]:
    """The last inspection about the device, as if it had seen this."""
    facts = device_facts(made_up_packs.ALL["plain"]())
    fact = [one for one in facts if isinstance(one.predicate, InspectionFact)][-1]
    return [replace(fact, predicate=seen, **changed)]


def test_the_first_words_follow_the_newest_fact_that_stands():
    assert last_seen(inspections(PLAIN)).tone is Tone.EXPOSED
    assert last_seen(inspections(LOCKED)).tone is Tone.SAFE
    assert last_seen(inspections(LOCKED)).word == "Encrypted"
    for hearsay in (Grade.CLAIMED, Grade.IMPORTED):
        assert last_seen(inspections(LOCKED, grade=hearsay)).tone is Tone.DOUBT
    assert last_seen(inspections(DAMAGED)).tone is Tone.DOUBT
    for gone in ({"retracted_by": 99}, {"key_compromised": 99}):
        assert last_seen(inspections(LOCKED, **gone)).word == "Not known"
    newer = inspections(PLAIN, leaf=999, true_at="2027-01-01T00:00:00Z")
    assert last_seen([*newer, *inspections(LOCKED)]).tone is Tone.EXPOSED


def test_what_the_signer_was_shown_makes_no_device_look_safe():
    lied = replace(PLAIN, shown=Protection.PROTECTED, access=Access.NO)
    seen = last_seen(inspections(lied))
    assert (seen.tone, seen.word) == (Tone.EXPOSED, "Not encrypted")
    assert "shown then as encrypted" in seen.inspection


@pytest.mark.parametrize("gone", [{"retracted_by": 1001}, {"key_compromised": 1001}])
def test_withdrawing_what_was_seen_last_never_makes_a_device_look_safer(gone):
    newer = inspections(PLAIN, leaf=999, true_at="2027-01-01T00:00:00Z", **gone)
    seen = last_seen([*inspections(LOCKED), *newer])
    assert (seen.tone, seen.word) == (Tone.DOUBT, "Not known")
    assert "A newer inspection is withdrawn" in seen.inspection
    older = inspections(PLAIN, leaf=1, true_at="2020-01-01T00:00:00Z", **gone)
    assert last_seen([*older, *inspections(LOCKED)]).tone is Tone.SAFE
    assert last_seen([*inspections(PLAIN), *newer]).tone is Tone.EXPOSED


def test_a_count_that_is_withdrawn_is_neither_shown_nor_passed_over():
    facts = device_facts(made_up_packs.ALL["plain"]())
    [fact] = [one for one in facts if isinstance(one.predicate, HoldingFact)]
    gone = replace(fact, leaf=999, retracted_by=1001)
    assert last_seen([gone]).people.startswith("What was stated of the people on it is withdrawn")
    assert last_seen([fact, gone]).people.endswith(
        "A newer count of the people on it is withdrawn, or its key counts as compromised."
    )
    assert "withdrawn" not in last_seen([fact]).people


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("packs")
    for name in made_up_packs.ALL:
        (folder / f"{name}.html").write_text(drawn(name), encoding="utf-8")
    return folder


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium")
@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (320, "dark")])
@pytest.mark.parametrize("name", ["plain", "withdrawn", "registered", "hostile", "unknown", "partly"])
def test_axe_finds_nothing_and_a_narrow_page_fits(browser, written, name, width, scheme):  # noqa: F811
    look = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    tab, _, asked_for = opened(browser, written / f"{name}.html", bypass_csp=True, **look)
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(tab) == []
    assert len(asked_for) == 1
    tab.context.close()
