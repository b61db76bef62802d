"""Where in a text of rules the fault is that a message names, so that a person finds the line."""

from __future__ import annotations

import re
import tomllib
from typing import NamedTuple

from lossproof.register.rules.editing import block_starts

_SYNTAX = re.compile(r"at line (\d+), column \d+")
_LONG = re.compile(r"a line is longer than (\d+) bytes")
_NUMBERED = re.compile(r"rule number (\d+):")
_NAMED = re.compile(r"rule ([a-z][a-z0-9_-]*): (?:subject )?([^\s:]+)")
_OUTSIDE = re.compile(r"rules: (\S+) is no part")


_SHOWN = 60


class Fault(NamedTuple):
    """A line of the text, counting from 1, and what stands in it."""

    number: int
    line: str


def fault_in(text: str, message: str) -> Fault | None:
    """The line that a message of `parse_rules` about this text speaks of, None where it speaks of no one line."""
    at = _line_of(text, message)
    lines = text.split("\n")
    return None if at is None or not 0 <= at < len(lines) else Fault(at + 1, lines[at].strip()[:_SHOWN])


def _line_of(text: str, message: str) -> int | None:
    if found := _SYNTAX.search(message):
        return int(found[1]) - 1
    if found := _LONG.search(message):
        most = int(found[1])
        return next((at for at, line in enumerate(text.split("\n")) if len(line.encode()) > most), None)
    if found := _OUTSIDE.match(message):
        return _first(text, found[1], 0, len(text))
    starts = block_starts(text)
    if found := _NUMBERED.match(message):
        place = int(found[1]) - 1
        return _at(text, starts[place]) if place < len(starts) else None
    found = _NAMED.match(message)
    return None if found is None else _line_in_rule(text, starts, _place(text, found[1]), found[2])


def _line_in_rule(text: str, starts: list[int], place: int | None, word: str) -> int | None:
    """The line of a word in the rule at that place, or else where the rule begins."""
    if place is None or place >= len(starts):
        return None
    end = starts[place + 1] if place + 1 < len(starts) else len(text)
    line = _first(text, word, starts[place], end)
    return _at(text, starts[place]) if line is None else line


def _place(text: str, rule: str) -> int | None:
    """The place of the last rule with this id: of two it is the second that is one too many."""
    try:
        entries = tomllib.loads(text).get("rule", [])
    except (ValueError, RecursionError):
        return None
    ids = [one.get("id") for one in entries if isinstance(one, dict)]
    return len(ids) - 1 - ids[::-1].index(rule) if rule in ids else None


def _first(text: str, word: str, start: int, end: int) -> int | None:
    found = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])").search(text, start, end)
    return None if found is None else _at(text, found.start())


def _at(text: str, position: int) -> int:
    """The line, counting from 0, of a position."""
    return text.count("\n", 0, position)
