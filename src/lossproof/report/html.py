"""One self-contained HTML page of a verdict: the answer, what to do, pictures, and everything that the answer rests on.

No script, no outside resource, no style attribute: the page's own policy forbids them, and names its one style sheet by
digest. It opens from disk, prints on A4, works at 320 pixels and without pictures. No identifier value is ever on it.
"""

from __future__ import annotations

from lossproof.model.verdict import Verdict
from lossproof.report import evidence, findings, strip, words
from lossproof.report.answer import NOT_COUNTED, Answer, answer, categories_sentence, counted, next_steps, uncounted
from lossproof.report.markup import Markup, element, name_of_file, together
from lossproof.report.sheet import Section, contents, document, section, symbol
from lossproof.report.tables import described
from lossproof.report.text import moment, number, size


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
            contents(sections),
            *map(section, sections),
        ),
        element(
            "footer",
            element(
                "p", f"Made by {tool}, {moment(made_at)}. Keep this page as carefully as the device: it names files."
            ),
        ),
    )
    return document(f"{result.word}: check of {verdict.target} - lossproof", body)


def _sections(verdict: Verdict, *, made_at: str, tool: str) -> list[Section]:
    found: list[Section] = []
    if verdict.inspection:
        found.append(Section("medium", "The medium", strip.strip(verdict.inspection)))
    if verdict.holding and findings.nothing(verdict.holding):
        found.append(Section("found", "What was found", element("p", "No personal data was found in what was read.")))
    elif verdict.holding:
        found += [
            Section("files", "People in each file", findings.files(verdict.holding)),
            Section("identifiers", "Identifiers found", findings.identifiers(verdict.holding)),
            Section("categories", "Specially protected data", findings.categories(verdict.holding)),
            Section("count", "How sure the count is", findings.how_many(verdict.holding)),
        ]
    found.append(Section("reasons", "Why this is the answer", evidence.reasons(verdict)))
    if verdict.inspection:
        found.append(Section("layers", "Layers and encryption", evidence.layers(verdict.inspection)))
    if verdict.holding:
        found.append(Section("not-examined", "What could not be examined", evidence.not_examined(verdict.holding)))
    found += [
        Section("how", "How it was examined", evidence.how(verdict, made_at=made_at, tool=tool)),
        Section("limits", "What this page does not prove", evidence.does_not_prove(verdict)),
    ]
    return found


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
            symbol(result.tone),
            element("div", question, heading, element("p", f"{said}.") if said else Markup()),
            class_=f"verdict {result.tone}",
        ),
        _figures(verdict),
    )


def _figures(verdict: Verdict) -> Markup:
    """The few numbers that people ask for first."""
    pairs: list[tuple[str, str]] = []
    if verdict.holding:
        count = counted(verdict.holding)
        pairs.append(("People", NOT_COUNTED if uncounted(verdict) else number(count.point)))
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
