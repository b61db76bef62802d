"""Bars and the range. Every number of these pictures also stands beside them as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lossproof.model.holding import People
from lossproof.report.markup import Markup, element, percent, together
from lossproof.report.text import number
from lossproof.report.words import people

_LEAST_SHARE = 0.004
_SHORT_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row: `label` and `said` are shown as text; `value` is drawn solid, and `beyond`, if larger, behind it."""

    label: str
    said: str
    value: int
    beyond: int = 0


def bars(rows: Sequence[Bar], *, whole: int | None = None) -> Markup:
    """The rows as a list of bars; a full bar is `whole`, or the largest value."""
    room = "short" if max((len(bar.said) for bar in rows), default=0) < _SHORT_CHARACTERS else "long"
    longest = whole or max((max(bar.value, bar.beyond) for bar in rows), default=0)
    return element("ul", *(_bar(bar, max(longest, 1)) for bar in rows), class_=f"bars {room}")


def spread(count: People) -> Markup:
    """The lowest, best and highest count on one line. `count.low < count.high`."""
    share = (count.point - count.low) / (count.high - count.low)
    best = 0.04 + 0.92 * share
    anchor = "start" if share < 0.3 else "end" if share > 0.7 else "middle"
    drawn = element(
        "svg",
        element("title", "The range of the count", id="range-title"),
        element(
            "desc",
            f"Lowest {people(count.low)}, best answer {people(count.point)}, highest {people(count.high)}.",
            id="range-desc",
        ),
        element(
            "text", f"best answer {number(count.point)}", x=percent(best), y=18, text_anchor=anchor, class_="strong"
        ),
        element("line", x1="4%", x2="96%", y1=42, y2=42, class_="range"),
        element("line", x1="4%", x2="4%", y1=30, y2=54, class_="range"),
        element("line", x1="96%", x2="96%", y1=30, y2=54, class_="range"),
        element("circle", cx=percent(best), cy=42, r=9, class_="best"),
        element("text", f"lowest {number(count.low)}", x="0%", y=76, text_anchor="start"),
        element("text", f"highest {number(count.high)}", x="100%", y=76, text_anchor="end"),
        class_="spread",
        role="img",
        aria_labelledby="range-title range-desc",
    )
    said = (
        f"At least {number(count.low)} and at most {number(count.high)} different people; {number(count.point)} is the "
        "best single answer. The line runs from the lowest to the highest count, not from zero."
    )
    return element("figure", drawn, element("figcaption", said))


def _bar(bar: Bar, longest: int) -> Markup:
    behind = _length("beyond", bar.beyond, longest) if bar.beyond > bar.value else Markup()
    drawn = element(
        "svg",
        element("rect", width="100%", height="100%", class_="track"),
        behind,
        _length("value", bar.value, longest),
        class_="bar",
        aria_hidden="true",
        focusable="false",
    )
    words = together(element("span", bar.label, class_="label"), " ", element("span", bar.said, class_="said"))
    return element("li", words, drawn)


def _length(kind: str, value: int, longest: int) -> Markup:
    share = max(min(value / longest, 1.0), _LEAST_SHARE) if value else 0.0
    return element("rect", width=percent(share), height="100%", class_=kind)
