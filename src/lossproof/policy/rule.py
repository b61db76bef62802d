"""A rule as data: which devices it is for, what it asks of them, how good the evidence must be, and what follows where it is broken."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lossproof.policy.predicates import Demands

HANDOVER = "handover"
"""The one act that a broken rule can stop so far."""

FRESH_SECONDS = 24 * 3600
"""How old evidence may be at a hand-over where a rule that stops it does not say."""


class Severity(StrEnum):
    """How bad it is to break the rule."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Source(StrEnum):
    """How the citations of a rule are known: from memory, or looked up in the text that they name."""

    RECALLED = "recalled"
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `applies` and `require` are pairs of a predicate's name and its parsed value, sorted by name."""

    id: str
    title: str
    applies: tuple[tuple[str, Any], ...]
    require: tuple[tuple[str, Any], ...]
    demands: Demands
    severity: Severity
    say: str
    stop: frozenset[str]
    cites: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All rules that hold at a time, in the order in which they were written, each with its own id."""

    rules: tuple[Rule, ...]
