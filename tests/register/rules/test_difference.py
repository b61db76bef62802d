"""What differs between rules: the words, no more and no less."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.policy.rules import parse_rules, shipped_text
from lossproof.register.rules.difference import Fate, differences, pieces

SHIPPED = shipped_text().decode()
WORDS = st.lists(st.sampled_from(["not", "older", "than", "31", "7", "days,", "(high)", "a", "stick."]), max_size=30)


def told(text: str, other: str) -> list[tuple[Fate, str, list[str]]]:
    before, after = (parse_rules(one.encode()).rules for one in (text, other))
    return [(one.fate, shown(one.title), [shown(each) for each in one.sentences]) for one in differences(before, after)]


def shown(sentence) -> str:
    marks = {Fate.SAME: "{}", Fate.GONE: "[-{}-]", Fate.NEW: "[+{}+]"}
    return "".join(marks[one.fate].format(one.text) for one in sentence)


def test_a_figure_that_changes_is_the_only_thing_marked():
    first = SHIPPED.replace('max_age = "31d", fresh', 'max_age = "7d", fresh', 1)
    ((fate, title, sentences),) = told(SHIPPED, first)
    assert fate is Fate.SAME and title == "Portable devices holding personal data are encrypted"
    assert sentences == [
        "… evidence that is observed or better, not older than [-31 days-][+7 days+], not older than 1 day when a device is handed …"
    ]


def test_rules_that_come_and_go_are_shown_whole():
    said = told(SHIPPED, SHIPPED.replace('id = "missing-1"', 'id = "missing-2"'))
    assert [(fate, title) for fate, title, _ in said] == [
        (Fate.GONE, "No device is missing"),
        (Fate.NEW, "No device is missing"),
    ]
    assert said[0][2][0] == "[-Every device must not be missing.-]"
    assert said[1][2][0] == "[+Every device must not be missing.+]"


def test_two_changes_of_a_sentence_are_told_apart():
    other = SHIPPED.replace("Search for it, and find out", "Ask the police, and find out")
    other = other.replace('say = "Ask the police', 'severity = "low", say = "Ask the police')
    other = other.replace('severity = "high", severity = "low"', 'severity = "low"')
    ((_, _, sentences),) = told(SHIPPED, other)
    assert sentences == [
        "Otherwise: [-Search for it-][+Ask the police+], and find out whose data was on it (severity [-high-][+low+])."
    ]


def test_a_change_that_no_words_tell_has_no_sentences():
    other = SHIPPED.replace('title = "No device is missing"', 'title = "No device may be missing"')
    assert told(SHIPPED, other) == [(Fate.SAME, "No device [-is-][+may be+] missing", [])]
    assert told(SHIPPED, f"# a remark\n{SHIPPED}") == []


@given(WORDS, WORDS)
def test_the_pieces_give_back_both_texts(old, new):
    before, after = " ".join(old), " ".join(new)
    found = pieces(before, after)
    for text, lost in ((before, Fate.NEW), (after, Fate.GONE)):
        assert "".join(one.text for one in found if one.fate is not lost).split() == text.split()


@pytest.mark.parametrize(
    ("old", "new", "seen"), [("", "", ""), ("", "a b", "[+a b+]"), ("a b", "", "[-a b-]"), ("a", "b", "[-a-][+b+]")]
)
def test_texts_that_have_nothing_in_common_are_whole(old, new, seen):
    assert shown(pieces(old, new)) == seen
