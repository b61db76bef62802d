"""The check of an evidence pack for a person at a terminal: the answer, what is proved, the facts, and what is not proved.

Plain text, wrapped; nothing from the pack reaches the terminal but by `printable`.
"""

from __future__ import annotations

from textwrap import wrap

from lossproof.model.pack import Outcome, PackFact, PackResult
from lossproof.report import pack_words
from lossproof.report.fact_words import sentence
from lossproof.report.text import ascii_only, moment, number, printable

_NARROWEST = 40
_TITLE_WIDTH = 16
_FACT = " " * 6


def render_pack(result: PackResult, *, width: int = 80, unicode: bool = True) -> str:
    """The report, ending in a newline. `width` in columns, 40 at least; without `unicode` ASCII alone."""
    text = _Text(max(width, _NARROWEST), unicode=unicode)
    _, word, meaning = pack_words.outcome(result)
    text.put(f"{word}. {meaning}")
    if result.part:
        text.put(f"{pack_words.part(result).capitalize()}: {result.message}.")
    if result.outcome is not Outcome.REFUSED:
        _body(text, result)
    return "\n".join(text.lines) + "\n"


class _Text:
    """Lines so far. What is put is made harmless first, so that it is measured as it will be shown."""

    def __init__(self, width: int, *, unicode: bool) -> None:
        self.lines: list[str] = []
        self._width = width
        self._clean = printable if unicode else ascii_only

    def put(self, text: str, first: str = "", rest: str = "") -> None:
        """A paragraph; `first` stands before its first line, `rest` before the others."""
        self.lines += wrap(self._clean(text), self._width, initial_indent=first, subsequent_indent=rest)

    def titled(self, title: str, text: str) -> None:
        """A paragraph beside its title."""
        self.put(text, "  " + title.ljust(_TITLE_WIDTH), " " * (2 + _TITLE_WIDTH))

    def heading(self, text: str) -> None:
        """A line behind an empty one."""
        self.lines.append("")
        self.put(text)


def _body(text: _Text, result: PackResult) -> None:
    text.heading("What is proved" if result.outcome is Outcome.VERIFIED else "What fits together")
    for title, claim in pack_words.shown(result):
        text.titled(title, claim)
    facts, names = pack_words.device_facts(result), pack_words.organisations(result)
    text.heading(f"Device {', '.join([str(result.device), *pack_words.identifiers(result)])}")
    for fact in facts:
        _fact(text, fact, pack_words.stated_by(fact, names))
    others = len(result.facts) - len(facts)
    text.put(f"and {number(others)} facts about the log, keys and organisations, on which these rely")
    text.heading("Log")
    text.titled("Origin", str(result.origin))
    text.titled("Key", pack_words.grouped(result.log_key or ""))
    text.titled("Root", f"{pack_words.grouped(result.root or '')} at {number(result.size or 0)} leaves")
    for mark in sorted({fact.signer for fact in facts}):
        text.titled("Signer's key", pack_words.grouped(mark))
    text.heading("What is not proved")
    for gap in pack_words.not_proved(result):
        text.put(gap, "  - ", "    ")


def _fact(text: _Text, fact: PackFact, by: str) -> None:
    text.put(f"{moment(fact.true_at)}: {sentence(fact.predicate)}", "  ", _FACT)
    grade = f"{pack_words.GRADES[fact.grade]}; " if fact.grade else ""
    text.put(f"{grade}stated by {by}", _FACT, _FACT)
    text.put(f"leaf {fact.leaf}, known to the log {moment(fact.known_at)}", _FACT, _FACT)
    for remark in pack_words.remarks(fact):
        text.put(f"! {remark}", _FACT, _FACT + "  ")
