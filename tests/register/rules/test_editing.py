from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossproof.errors import FormatError, UnsupportedError
from lossproof.policy.predicates import every
from lossproof.policy.rules import parse_rules, shipped_text
from lossproof.register.rules.editing import LEVEL, SPANS, figures, span_of, with_figures
from lossproof.register.rules.faults import fault_in

SHIPPED = shipped_text().decode()
ONE = """# a remark: max_age = "1d"
[[rule]]
id = "enc-1"
title = "One"
require = { protection = "on" }
evidence = { level = ">=observed", max_age = "31d" }
on_fail = { say = "Encrypt it" }
"""


def test_the_figures_of_the_shipped_rules_are_found():
    found = {(one.rule.id, one.name): one.text for one in figures(SHIPPED)}
    assert found == {
        ("contents-1", "contents_max_age"): "366d",
        ("contents-1", "level"): ">=observed",
        ("enc-1", "max_age"): "31d",
        ("enc-1", "fresh"): "24h",
        ("enc-1", "level"): ">=observed",
        ("enc-2", "max_age"): "31d",
        ("enc-2", "fresh"): "24h",
        ("enc-2", "level"): ">=observed",
        ("holder-1", "sighted_within"): "366d",
        ("offer-1", "offered_at_most"): "14d",
        ("quarantine-1", "quarantined_at_most"): "31d",
    }


def test_every_word_with_a_span_of_time_has_a_figure():
    def is_span(predicate) -> bool:
        try:
            return predicate.parse("24h") == 86_400
        except ValueError:
            return False

    assert {name for name, predicate in every().items() if is_span(predicate)} == set(SPANS)


def test_a_figure_is_written_back_and_nothing_else():
    (figure,) = [one for one in figures(SHIPPED) if (one.name, one.rule.id) == ("max_age", "enc-1")]
    new = with_figures(SHIPPED, {figure.key: "14d"})
    assert new == SHIPPED.replace('max_age = "31d", fresh', 'max_age = "14d", fresh', 1)
    assert with_figures(SHIPPED, {figure.key: "31d"}) == SHIPPED
    assert with_figures(SHIPPED, {"nothing_7": "1d"}) == SHIPPED


@pytest.mark.parametrize(
    "text",
    [
        ONE.replace('max_age = "31d"', 'max_age = """31d"""'),
        ONE.replace('"One"', "'max_age = \"31d\"'"),
        ONE.replace('"One"', "'''\\n[[rule]]\\n'''").replace("\\n", ""),
    ],
)
def test_a_figure_that_cannot_be_told_apart_is_not_offered(text):
    parse_rules(text.encode())
    assert "max_age" not in {one.name for one in figures(text)} or "'''" in text


def test_a_figure_in_a_remark_or_a_string_is_not_taken_for_the_rules():
    text = ONE.replace(', max_age = "31d"', "").replace('"One"', "'max_age = \"30d\"'")
    assert {one.name for one in figures(text)} == {"level"}
    with pytest.raises(FormatError, match="by itself"):
        # The same value as the one that holds where a rule leaves it out.
        again = text.replace("30d", "31d")
        with_figures(again, {one.key: "7d" for one in figures(again) if one.name == "max_age"})


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from([one.key for one in figures(SHIPPED)]), st.text(max_size=12), max_size=4))
def test_any_figures_give_rules_or_a_refusal(wanted):
    try:
        parse_rules(with_figures(SHIPPED, wanted).encode("utf-8"))
    except (FormatError, UnsupportedError):
        pass
    except UnicodeEncodeError:
        assert any("\ud800" <= character <= "\udfff" for said in wanted.values() for character in said)


@pytest.mark.parametrize(
    ("said", "written"),
    [("31 days", "31d"), ("24 hours", "24h"), ("1 day", "1d"), (" 7D ", "7d"), ("2h", "2h"), ("0 days", None)]
    + [(wrong, None) for wrong in ("", "days", "31", "31 weeks", "-3 days", "1.5 days", "٣ days", "999999d")],
)
def test_a_span_is_said_in_days_or_hours(said, written):
    assert span_of(said) == written


@pytest.mark.parametrize(
    ("text", "number", "line"),
    [
        (ONE.replace('"on"', "on"), 5, "require = { protection = on }"),
        (ONE.replace("protection", "protektion"), 5, 'require = { protektion = "on" }'),
        (ONE.replace("level", "escrow"), 6, 'evidence = { escrow = ">=observed", max_age = "31d" }'),
        (ONE.replace('"31d"', '"a month"'), 6, 'evidence = { level = ">=observed", max_age = "a month" }'),
        (ONE.replace("title", "titel"), 4, 'titel = "One"'),
        (ONE.replace("enc-1", "ENC"), 2, "[[rule]]"),
        (ONE + ONE, 9, "[[rule]]"),
        (ONE + "on_fall = 1\n", 8, "on_fall = 1"),
        ("surplus = 1\n" + ONE, 1, "surplus = 1"),
        (ONE.replace("One", "x" * 600), 4, None),
    ],
)
def test_a_fault_is_found_in_its_line(text, number, line):
    with pytest.raises((FormatError, UnsupportedError)) as refused:
        parse_rules(text.encode())
    fault = fault_in(text, str(refused.value))
    assert fault is not None
    assert fault.number == number
    assert line is None or fault.line == line


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_and_message_give_a_line_or_none(text, message):
    for said in (message, f"rule {message}: {text}", f"rule number 3: {message}", f"rules: {message} is no part"):
        fault = fault_in(text, said)
        assert fault is None or 1 <= fault.number <= text.count("\n") + 1


def test_the_level_is_a_word_that_rules_know():
    assert LEVEL in every()
