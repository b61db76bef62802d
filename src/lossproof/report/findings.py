"""What was found, drawn: people per file, identifiers, categories of personal data, and the range of the count."""

from __future__ import annotations

from lossproof.model.holding import FileHolding, Holding
from lossproof.report import words
from lossproof.report.answer import counted, counts_leftovers
from lossproof.report.bars import Bar, bars, spread
from lossproof.report.markup import Markup, element, name_of_file, together
from lossproof.report.tables import described, disclosure, table
from lossproof.report.text import amount, clip, number, printable, size

_FILES_DRAWN = 15
_FILES_LISTED = 500
_NAME_LENGTH = 100
_CATEGORY_LAW = {
    "health": "Data on health has special protection in law (UK GDPR, Article 9).",
    "criminal_offence": "Data on criminal offences has special protection in law (UK GDPR, Article 10).",
}


def nothing(holding: Holding) -> bool:
    """Whether there is nothing to draw: no person, no name, no identifier, in files or in leftover bytes."""
    seen = (holding.files, holding.identifiers, holding.named_only, holding.unattributed, holding.raw.identifiers)
    return not any(seen) and not counted(holding).high


def files(holding: Holding) -> Markup:
    """People per file: the fullest files as bars, and up to 500 of them in a table."""
    ranked = sorted(holding.files, key=lambda file: (-file.people, file.path))
    if not ranked:
        return element("p", "No file with personal data was found.")
    drawn = [
        Bar(label=_labelled(file, _NAME_LENGTH), said=words.people(file.people), value=file.people)
        for file in ranked[:_FILES_DRAWN]
    ]
    rest = len(ranked) - _FILES_DRAWN
    note = "One person can be in several files, so these numbers do not add up to the number of people."
    if rest > 0:
        note = f"The {_FILES_DRAWN} files with the most people, and {amount(rest, 'more file')} below. {note}"
    return together(element("figure", bars(drawn), element("figcaption", note)), _table_of_files(ranked))


def identifiers(holding: Holding) -> Markup:
    """Identifiers by kind: how many different ones, and behind them how often any was seen."""
    ranked = sorted(holding.identifiers.items(), key=lambda item: (-item[1].distinct, item[0]))
    if not ranked:
        return element("p", "No identifier was found.")
    drawn = [
        Bar(
            label=_capital(words.identifier(kind, 2)),
            said=f"{number(seen.distinct)} (seen {amount(seen.mentions, 'time')})",
            value=seen.distinct,
            beyond=seen.mentions,
        )
        for kind, seen in ranked
    ]
    note = "Dark: how many different ones, the first number. Light: how often any was seen. No value is on this page."
    return together(element("figure", bars(drawn), element("figcaption", note)), _unattributed(holding))


def categories(holding: Holding) -> Markup:
    """How many of the people have data of a specially protected kind."""
    kinds = [(kind, value) for kind, value in holding.people_by_category.items() if value]
    if not kinds:
        return element("p", "No data on health or criminal offences was recognised.")
    whole = max(holding.people.point, *(value for _, value in kinds))
    drawn = [
        Bar(
            label=_capital(words.category(kind)),
            said=f"{number(value)} of {words.about(holding.people)}".removesuffix(" people"),
            value=value,
        )
        for kind, value in kinds
    ]
    law = " ".join(_CATEGORY_LAW[kind] for kind, _ in kinds if kind in _CATEGORY_LAW)
    note = f"A full bar is everybody who was found. One person can be in both. {law}"
    return element("figure", bars(drawn, whole=whole), element("figcaption", note.strip()))


def how_many(holding: Holding) -> Markup:
    """The range of the count, what stands beside it, and how the count was made."""
    count = counted(holding)
    if not count.high:
        drawn = element("p", "Nobody was counted.")
    elif count.low == count.high:
        drawn = element("p", f"{_capital(words.people(count.point))}: nothing in the count is in doubt by our rules.")
    else:
        drawn = spread(count)
    beside = [
        ("By name alone", _named_only(holding)),
        ("In leftover bytes", "" if counts_leftovers(holding) else _leftover(holding)),
    ]
    return together(drawn, described(beside) if any(said for _, said in beside) else Markup(), _rules(holding))


def _labelled(file: FileHolding, length: int = 0) -> Markup:
    """The path of a file, cut in its middle to `length` where that is given, and whether it had been deleted."""
    path = name_of_file(clip(printable(file.path), length) if length else file.path)
    return together(path, " ", element("span", "deleted, but recovered", class_="tag")) if file.deleted else path


def _table_of_files(ranked: list[FileHolding]) -> Markup:
    rows = [
        (
            _labelled(file),
            number(file.people),
            ", ".join(f"{number(value)} {words.identifier(kind, value)}" for kind, value in file.identifiers.items()),
            ", ".join(f"{words.category(kind)} ({number(value)})" for kind, value in file.categories.items()),
            size(file.size_bytes),
        )
        for file in ranked[:_FILES_LISTED]
    ]
    heads = ("File", "People", "Identifiers", "Special categories", "Size")
    caption = f"Files with personal data, the {number(_FILES_LISTED)} with the most people"
    if len(ranked) <= _FILES_LISTED:
        return disclosure(
            f"All {amount(len(ranked), 'file')} as a table", table("Files with personal data", heads, rows)
        )
    rest = element("p", f"{number(len(ranked) - _FILES_LISTED)} more files are in the JSON report (the option --json).")
    return disclosure(f"The first {number(_FILES_LISTED)} files as a table", table(caption, heads, rows), rest)


def _unattributed(holding: Holding) -> Markup:
    kinds = [
        f"{number(value)} {words.identifier(kind, value)}" for kind, value in holding.unattributed.items() if value
    ]
    if not kinds:
        return Markup()
    said = f"Not counted as people, because no name stands with them: {', '.join(kinds)}. They still lead to somebody."
    return element("p", said)


def _named_only(holding: Holding) -> str:
    if not holding.named_only:
        return ""
    return (
        f"{words.people(holding.named_only)}. Only a name was found, without a number or a birth date: they are not in "
        "the count."
    )


def _leftover(holding: Holding) -> str:
    """People found where no file is: they may be the same people again."""
    count = holding.raw.people
    if not count.high:
        return ""
    spread_said = "" if count.low == count.high else f" ({words.spread(count)})"
    return (
        f"{_capital(words.about(count))}{spread_said}, in space that no file uses. They are counted apart: they may be "
        "the same people again."
    )


def _rules(holding: Holding) -> Markup:
    used = [(kind, times) for kind, times in holding.rests_on.items() if times]
    if not used:
        return Markup()
    rows = [(_capital(words.linking_rule(kind)), kind, number(times)) for kind, times in used]
    said = element(
        "p",
        "The same person is often mentioned many times. Two mentions were taken for one person when they had one of "
        "these in common:",
    )
    caption = "How often each rule joined two mentions"
    return disclosure("How people were counted", said, table(caption, ("In common", "Rule", "Times"), rows))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
