"""The figures in a text of rules that people change most, found in it and written back, all else left as it stands.

A figure is only offered where it stands once in its rule, in the plain form `name = "value"`, and after a change the text is read
again to see that this figure is another and nothing else is. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from lossproof.errors import FormatError
from lossproof.policy.predicates import every
from lossproof.policy.rule import Rule
from lossproof.policy.rules import parse_rules

SPANS = (
    "max_age",
    "fresh",
    "contents_max_age",
    "sighted_within",
    "offered_at_most",
    "held_at_most",
    "quarantined_at_most",
)
"""Words of rules whose value is a span of time."""

LEVEL = "level"
"""The word whose value is the least grade of evidence."""

_BLOCK = re.compile(r"^[ \t]*\[\[[ \t]*rule[ \t]*\]\]", re.MULTILINE)
_SAID = re.compile(r"([1-9][0-9]{0,4}) *(d|days?|h|hours?)", re.ASCII | re.IGNORECASE)


class Figure(NamedTuple):
    """One figure: `place` is the rule's, counting from 0; `text` the value as it stands, between `start` and `end` of the whole."""

    place: int
    rule: Rule
    name: str
    text: str
    start: int
    end: int

    @property
    def key(self) -> str:
        """What a form calls it."""
        return f"{self.name}_{self.place}"


def figures(text: str) -> tuple[Figure, ...]:
    """The figures of a text of rules that can be changed without changing anything else. Raises as `parse_rules`."""
    rules = parse_rules(text.encode("utf-8")).rules
    starts = block_starts(text)
    if len(starts) != len(rules):
        return ()
    return tuple(
        figure
        for place, (rule, start, end) in enumerate(zip(rules, starts, [*starts[1:], len(text)], strict=True))
        for name in (*SPANS, LEVEL)
        if (figure := _figure(text, place, rule, name, start, end)) is not None
    )


def with_figures(text: str, wanted: Mapping[str, str]) -> str:
    """The text with other figures, by `Figure.key`. Raises `FormatError` where the text does not let them be changed alone."""
    known = figures(text)
    changed = [one for one in known if one.key in wanted and wanted[one.key] != one.text]
    new = text
    for one in sorted(changed, key=lambda one: -one.start):
        new = f"{new[: one.start]}{wanted[one.key]}{new[one.end :]}"
    expected = list(parse_rules(text.encode("utf-8")).rules)
    for one in changed:
        expected[one.place] = _with(expected[one.place], one.name, wanted[one.key])
    if parse_rules(new.encode("utf-8")).rules != tuple(expected):
        raise FormatError("this figure cannot be changed by itself", hint="change the text of the rules instead")
    return new


def span_of(said: str) -> str | None:
    """A span of time as rules write it, from "31 days" or "24 hours"; None for anything else."""
    found = _SAID.fullmatch(said.strip())
    return None if found is None else f"{found[1]}{found[2][0].lower()}"


def block_starts(text: str) -> list[int]:
    """Where in the text each rule begins, by the look of it."""
    return [found.start() for found in _BLOCK.finditer(text)]


def _figure(text: str, place: int, rule: Rule, name: str, start: int, end: int) -> Figure | None:
    found = list(re.compile(rf'(?<![\w.-]){name}[ \t]*=[ \t]*"([^"\\\n]*)"').finditer(text, start, end))
    if len(found) != 1:
        return None
    said = found[0][1]
    try:
        parsed = every()[name].parse(said)
    except ValueError:
        return None
    if parsed != _value(rule, name):
        return None
    return Figure(place, rule, name, said, found[0].start(1), found[0].end(1))


def _value(rule: Rule, name: str) -> object:
    """What a rule has under a word, None where it has nothing."""
    if name in rule.demands._fields:
        return getattr(rule.demands, name)
    return dict(rule.require).get(name, dict(rule.applies).get(name))


def _with(rule: Rule, name: str, said: str) -> Rule:
    try:
        value = every()[name].parse(said)
    except ValueError as error:
        raise FormatError(f"rule {rule.id}: {name}: {error}") from None
    if name in rule.demands._fields:
        return replace(rule, demands=rule.demands._replace(**{name: value}))
    return replace(rule, require=tuple(sorted((dict(rule.require) | {name: value}).items())))
