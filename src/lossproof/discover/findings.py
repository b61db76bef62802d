"""What reading one file gave: mentions of people, and every accepted identifier with how often it was seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lossproof.discover.mention import Mention


@dataclass(slots=True)
class Findings:
    """Collected while a file is read. Values are personal data: they stay in memory.

    `possible` counts records and numbers that may be somebody's though they name nobody: a birth date without a name, a row of
    contact details, a number with a good check digit and no word beside it. They are in no count, and forbid a clean "no".
    """

    mentions: list[Mention] = field(default_factory=list)
    identifiers: Counter[tuple[str, str]] = field(default_factory=Counter)
    possible: int = 0

    def saw(self, kind: str, value: str) -> None:
        """Count one accepted identifier."""
        self.identifiers[kind, value] += 1

    def add(self, mention: Mention) -> None:
        """Keep a mention of somebody; one that names nobody is only possible."""
        if mention.counts or mention.surname:
            self.mentions.append(mention)
        elif mention.born:
            self.possible += 1
