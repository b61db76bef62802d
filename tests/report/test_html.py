"""The HTML page without a browser: well-formed, inert, complete, and its policy holds its own style."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lossproof.model.holding import FileHolding, NotExamined
from lossproof.report.html import page
from lossproof.report.markup import Markup, element, percent, together
from lossproof.report.strip import letters
from lossproof.report.text import printable
from report import made_up

ALLOWED = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "main",
        "nav",
        "footer",
        "section",
        "div",
        "p",
        "span",
        "b",
        "strong",
        "bdi",
        "code",
        "h1",
        "h2",
        "h3",
        "a",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "figure",
        "figcaption",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "svg",
        "defs",
        "pattern",
        "rect",
        "path",
        "circle",
        "line",
        "text",
        "desc",
    ]
)
VOID = {"meta"}


class Reader(HTMLParser):
    """Collects elements and text, and holds that every element is closed in order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.texts, self.ids = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for key, value in attrs if key == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)


def read(verdict):
    text = page(verdict, made_at=made_up.MADE_AT, tool=made_up.TOOL)
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open
    return text, reader


def assert_inert(text, reader):
    text.encode("utf-8")
    assert set(reader.tags) <= ALLOWED
    assert len(reader.ids) == len(set(reader.ids))
    for key, value in reader.attributes:
        assert not key.startswith("on")
        assert key not in ("style", "src", "srcset", "action", "xlink:href")
        if key == "href":
            assert value.startswith("#")
            assert value[1:] in reader.ids
        if key == "fill":
            assert re.fullmatch(r"url\(#paint-[a-z]+\)", value)
            assert value[5:-1] in reader.ids


@pytest.mark.parametrize("name", made_up.ALL)
def test_every_page_is_well_formed_and_inert(name):
    assert_inert(*read(made_up.ALL[name]()))


@pytest.mark.parametrize("name", made_up.ALL)
def test_the_policy_allows_this_style_and_nothing_else(name):
    text, _ = read(made_up.ALL[name]())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert policy and style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1].replace("&#x27;", "'").split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "@import" not in style[1]
    assert "url(" not in style[1]


def test_the_answer_comes_first_and_headings_go_down_one_step_at_a_time():
    for make in made_up.ALL.values():
        _, reader = read(make())
        levels = [int(tag[1]) for tag in reader.tags if tag in ("h1", "h2", "h3")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_everything_that_was_not_examined_is_listed():
    verdict = made_up.huge()
    _, reader = read(verdict)
    texts = set(reader.texts)
    assert verdict.holding is not None
    missing = [item.path for item in verdict.holding.not_examined if item.path not in texts]
    assert not missing


def test_a_long_list_of_files_is_capped_and_says_so():
    text, reader = read(made_up.huge())
    assert len(text) < 1_000_000
    assert sum(path.startswith("archive/") for path in reader.texts) == 515
    assert any("9,500 more files are in the JSON report" in said for said in reader.texts)


def test_every_reason_and_every_step_stands_on_the_page():
    verdict = made_up.exposed()
    _, reader = read(verdict)
    for reason in verdict.reasons:
        assert reason.text in reader.texts


def test_hostile_names_are_shown_escaped():
    _, reader = read(made_up.hostile())
    for name in made_up.HOSTILE_NAMES:
        assert printable(name) in reader.texts


def test_values_are_never_on_the_page():
    verdict = made_up.exposed()
    assert verdict.holding is not None
    asked = replace(verdict, holding=replace(verdict.holding, samples={"email": ("jo@example.org",)}))
    assert "jo@example.org" not in read(asked)[0]


def test_a_stopped_check_is_marked_partial():
    assert "Partial." in read(made_up.interrupted())[1].texts
    assert "Partial." not in read(made_up.exposed())[1].texts


def test_pages_are_the_same_bytes_each_time():
    assert read(made_up.exposed())[0] == read(made_up.exposed())[0]


TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(TEXT, TEXT, TEXT)
def test_no_text_from_the_medium_can_become_markup(path, reason, target):
    base = made_up.exposed()
    assert base.holding is not None
    assert base.inspection is not None
    holding = replace(
        base.holding,
        files=(FileHolding(path=path, people=3, identifiers={reason: 1}, categories={reason: 1}, size_bytes=1),),
        not_examined=(NotExamined(path=path, reason=reason, text=target),),
        people_by_category={reason: 2},
        rests_on={reason: 1},
    )
    layer = replace(base.inspection.layers[0], scheme=reason, cipher=target, state=path, layers=())
    seen = replace(base.inspection, target=target, layers=(layer,), serial=path)
    verdict = replace(base, target=target, holding=holding, inspection=seen, valid_until=reason)
    assert_inert(*read(verdict))


def test_text_is_escaped_and_markup_is_kept():
    assert element("p", "<&\"'\x00", element("b", "x"), title='"<') == (
        '<p title="&quot;&lt;">&lt;&amp;&quot;&#x27;\\x00<b>x</b></p>'
    )
    assert element("meta", charset="utf-8", content=None) == '<meta charset="utf-8">'
    assert together("<", Markup("<")) == "&lt;<"
    assert (percent(0.25), percent(1 / 3), percent(1.0), percent(0.0)) == ("25%", "33.333%", "100%", "0%")


def test_parts_are_lettered_like_columns():
    assert [letters(place) for place in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_when_nothing_was_found_it_is_said_once():
    _, reader = read(made_up.nobody_found())
    assert "What was found" in reader.texts
    assert "Identifiers found" not in reader.texts


def test_the_picture_says_when_it_enlarges_a_part_of_a_volume():
    _, reader = read(made_up.protected())
    assert any("very small parts are enlarged" in text for text in reader.texts)
    _, reader = read(made_up.photographs())
    assert "Drawn to scale." in reader.texts
