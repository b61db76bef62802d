"""What every page has in common: a head whose policy lets nothing in, sections with a list of them, and the symbol of an answer.

No script, no outside resource, no style attribute: the page's own policy forbids them, and names its one style sheet by digest.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from lossproof.report.answer import Tone
from lossproof.report.markup import Markup, element

_STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")


class Section(NamedTuple):
    """A part of a page: the anchor that links lead to, its heading, and what stands in it."""

    anchor: str
    heading: str
    content: Markup


def document(title: str, body: Markup) -> str:
    """A whole page with this title and `body` element."""
    return "<!doctype html>\n" + element("html", _head(title), body, lang="en-GB") + "\n"


def section(one: Section) -> Markup:
    """A section under its heading."""
    heading = element("h2", one.heading, id=one.anchor)
    return element("section", heading, one.content, aria_labelledby=one.anchor)


def contents(sections: Iterable[Section]) -> Markup:
    """Links to the sections."""
    links = (element("li", element("a", one.heading, href=f"#{one.anchor}")) for one in sections)
    return element(
        "nav", element("h2", "On this page", id="contents"), element("ul", *links), aria_labelledby="contents"
    )


def symbol(tone: Tone) -> Markup:
    """A shape for each answer, so that colour is not what says it."""
    marks = {
        Tone.EXPOSED: (
            element("path", d="M32 4 L61 58 H3 Z", class_="shape"),
            element("path", d="M32 24 V40 M32 47 V51", class_="sign"),
        ),
        Tone.DOUBT: (
            element("circle", cx=32, cy=32, r=29, class_="shape"),
            element("path", d="M23 25 C23 13 41 13 41 24 C41 32 32 31 32 39 M32 46 V50", class_="sign"),
        ),
        Tone.SAFE: (
            element("circle", cx=32, cy=32, r=29, class_="shape"),
            element("path", d="M18 33 L28 43 L46 22", class_="sign"),
        ),
    }
    return element("svg", *marks[tone], viewBox="0 0 64 64", class_="symbol", aria_hidden="true", focusable="false")


def _head(title: str) -> Markup:
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(_STYLE)),
    )
