"""One self-contained HTML page of a verdict: the answer, what to do, pictures, and everything that the answer rests on.

No script, no outside resource, no style attribute: the page's own policy forbids them, and names its one style sheet by
digest. It opens from disk, prints on A4, works at 320 pixels and without pictures. No identifier value is ever on it.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from lossproof.model.verdict import Verdict
from lossproof.report import evidence, findings, strip, words
from lossproof.report.answer import Answer, Tone, answer, categories_sentence, counted, next_steps
from lossproof.report.markup import Markup, element, name_of_file, together
from lossproof.report.tables import described
from lossproof.report.text import moment, number, size

_STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def page(verdict: Verdict, *, made_at: str, tool: str) -> str:
    """The whole page, as valid UTF-8 whatever the file names are.

    `made_at` is the time of the check (RFC 3339); `tool` the program and its version.
    """
    result = answer(verdict)
    sections = _sections(verdict, made_at=made_at, tool=tool)
    body = element(
        "body",
        strip.patterns(),
        element(
            "header",
            element("p", element("b", "lossproof"), " check of ", name_of_file(verdict.target or "(no name)")),
            element("p", moment(made_at)),
        ),
        element(
            "main",
            _verdict(verdict, result),
            _steps(verdict),
            _contents(sections),
            *(_section(*section) for section in sections),
        ),
        element(
            "footer",
            element(
                "p", f"Made by {tool}, {moment(made_at)}. Keep this page as carefully as the device: it names files."
            ),
        ),
    )
    return "<!doctype html>\n" + element("html", _head(verdict, result), body, lang="en-GB") + "\n"


_Section = tuple[str, str, Markup]


def _head(verdict: Verdict, result: Answer) -> Markup:
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{result.word}: check of {verdict.target} - lossproof"),
        element("style", Markup(_STYLE)),
    )


def _sections(verdict: Verdict, *, made_at: str, tool: str) -> list[_Section]:
    found: list[_Section] = []
    if verdict.inspection:
        found.append(("medium", "The medium", strip.strip(verdict.inspection)))
    if verdict.holding and findings.nothing(verdict.holding):
        found.append(("found", "What was found", element("p", "No personal data was found in what was read.")))
    elif verdict.holding:
        found += [
            ("files", "People in each file", findings.files(verdict.holding)),
            ("identifiers", "Identifiers found", findings.identifiers(verdict.holding)),
            ("categories", "Specially protected data", findings.categories(verdict.holding)),
            ("count", "How sure the count is", findings.how_many(verdict.holding)),
        ]
    found.append(("reasons", "Why this is the answer", evidence.reasons(verdict)))
    if verdict.inspection:
        found.append(("layers", "Layers and encryption", evidence.layers(verdict.inspection)))
    if verdict.holding:
        found.append(("not-examined", "What could not be examined", evidence.not_examined(verdict.holding)))
    found += [
        ("how", "How it was examined", evidence.how(verdict, made_at=made_at, tool=tool)),
        ("limits", "What this page does not prove", evidence.does_not_prove(verdict)),
    ]
    return found


def _section(anchor: str, heading: str, content: Markup) -> Markup:
    return element("section", element("h2", heading, id=anchor), content, aria_labelledby=anchor)


def _contents(sections: list[_Section]) -> Markup:
    links = (element("li", element("a", heading, href=f"#{anchor}")) for anchor, heading, _ in sections)
    return element(
        "nav", element("h2", "On this page", id="contents"), element("ul", *links), aria_labelledby="contents"
    )


def _verdict(verdict: Verdict, result: Answer) -> Markup:
    partial = verdict.holding is not None and verdict.holding.interrupted
    banner = element(
        "p",
        element("strong", "Partial."),
        " The check was stopped early. This page shows what was seen until then.",
        class_="partial",
    )
    sentence = result.sentence[:1].upper() + result.sentence[1:]
    heading = element("h1", element("span", f"{result.word}.", class_="word"), " ", f"{sentence}.")
    question = element("p", "Is there personal data here that a finder could read?", class_="question")
    said = categories_sentence(verdict.holding) if verdict.holding else ""
    return together(
        banner if partial else Markup(),
        element(
            "div",
            _symbol(result.tone),
            element("div", question, heading, element("p", f"{said}.") if said else Markup()),
            class_=f"verdict {result.tone}",
        ),
        _figures(verdict),
    )


def _symbol(tone: Tone) -> Markup:
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


def _figures(verdict: Verdict) -> Markup:
    """The few numbers that people ask for first."""
    pairs: list[tuple[str, str]] = []
    if verdict.holding:
        count = counted(verdict.holding)
        pairs.append(("People", number(count.point)))
        pairs += [
            (f"With data on {words.category(kind)}", number(value))
            for kind, value in verdict.holding.people_by_category.items()
            if value
        ]
        pairs.append(("Files with personal data", number(len(verdict.holding.files))))
        pairs.append(("Not examined", number(len(verdict.holding.not_examined))))
    elif verdict.inspection:
        pairs.append(("Size", size(verdict.inspection.size_bytes)))
        pairs.append(("Readable without a password", words.ACCESS[verdict.inspection.readable_without_secret]))
    return element("div", described(pairs), class_="figures") if pairs else Markup()


def _steps(verdict: Verdict) -> Markup:
    items = (
        element("li", element("strong", step.short), *((" ", step.detail) if step.detail else ()))
        for step in next_steps(verdict)
    )
    return element(
        "section",
        element("h2", "What to do now", id="todo"),
        element("ol", *items),
        aria_labelledby="todo",
        class_="todo",
    )
