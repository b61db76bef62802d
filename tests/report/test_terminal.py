"""The terminal screens, held by golden texts. `UPDATE_GOLDEN=1` writes them anew; read the difference before it is kept."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lossproof.model.holding import FileHolding, Holding, NotExamined
from lossproof.report.html import page
from lossproof.report.terminal import render, render_holding, render_inspection
from lossproof.report.text import cells
from report import made_up

GOLDEN = Path(__file__).with_name("golden")
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def screens(verdict, **look):
    """The screens that one verdict gives, by name."""
    found = {"check": render(verdict, **look)}
    if verdict.inspection:
        found["inspect"] = render_inspection(verdict.inspection, **look)
    if verdict.holding:
        found["discover"] = render_holding(verdict.holding, **look)
    return found


@pytest.mark.parametrize("name", made_up.ALL)
def test_screens_are_as_agreed(name):
    verdict = made_up.ALL[name]()
    shown = screens(verdict) | {f"{kind}-ascii": text for kind, text in screens(verdict, unicode=False).items()}
    whole = "".join(f"== {kind}\n{text}" for kind, text in shown.items())
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(whole, encoding="utf-8")
    assert whole == golden.read_text(encoding="utf-8")


def test_every_golden_text_belongs_to_a_verdict():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(made_up.ALL)


@pytest.mark.parametrize("name", made_up.ALL)
@pytest.mark.parametrize("width", [40, 80, 132])
def test_no_line_is_wider_than_the_screen(name, width):
    for unicode in (True, False):
        for text in screens(made_up.ALL[name](), width=width, unicode=unicode).values():
            assert text.endswith("\n")
            for line in text.splitlines():
                assert cells(line) <= width, line
                assert line == line.rstrip()
                assert line.isprintable()
                assert unicode or line.isascii()


@pytest.mark.parametrize("name", made_up.ALL)
def test_a_check_fits_one_screen(name):
    assert render(made_up.ALL[name]()).count("\n") <= 24


@pytest.mark.parametrize("name", made_up.ALL)
def test_colour_changes_nothing_but_colour(name):
    verdict = made_up.ALL[name]()
    plain, coloured = screens(verdict), screens(verdict, colour=True)
    for kind, text in coloured.items():
        assert ESCAPES.sub("", text) == plain[kind]
        assert text.splitlines()[0].startswith("\x1b[1;")


def test_examples_are_few_and_harmless():
    holding = made_up.exposed_holding()
    assert "For example" not in render_holding(holding)
    values = ("j***@***.uk", "a\x1b[1mb", "c", "d", "e")
    shown = render_holding(replace(holding, samples={"email": values, "nino": ()}))
    assert "For example   e-mail addresses: j***@***.uk, a\\x1b[1mb, c, and 2 more values" in shown


def test_examples_give_way_when_the_screen_is_full():
    verdict = made_up.exposed()
    assert verdict.holding is not None
    many = {f"kind_{place}": ("1", "2", "3", "4") for place in range(30)}
    shown = render(replace(verdict, holding=replace(verdict.holding, samples=many)))
    assert shown == render(verdict)


TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(TEXT, TEXT, TEXT, st.integers(1, 100), st.booleans())
def test_nothing_from_the_medium_reaches_the_terminal_raw(target, path, reason, width, unicode):
    holding = Holding(
        target=target,
        files=(FileHolding(path=path, people=1, identifiers={reason: 1}, categories={reason: 1}, size_bytes=1),),
        people_by_category={reason: 1},
        not_examined=(NotExamined(path=path, reason=reason, text=target),),
    )
    verdict = replace(made_up.hostile(), holding=holding, target=target)
    for text in screens(verdict, width=width, unicode=unicode).values():
        for line in text.split("\n"):
            assert line.isprintable()
            assert cells(line) <= max(width, 40)


def test_people_behind_a_lock_are_not_said_to_be_nobody():
    locked = replace(made_up.protected(), holding=Holding(target="stick.img"))
    (line,) = [line for line in render(locked).splitlines() if line.strip().startswith("People")]
    assert line.split() == ["People", "not", "counted:", "locked"]
    assert "not counted: locked" in page(locked, made_at="2026-11-03T09:14:00Z", tool="lossproof 0.1.0")
    (line,) = [line for line in render(made_up.nobody_found()).splitlines() if line.strip().startswith("People")]
    assert "locked" not in line
