"""What reading one file gave: mentions of people, and every accepted identifier with how often it was seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lossproof.discover.mention import Mention


@dataclass(slots=True)
class Findings:
    """Collected while a file is read. Values are personal data: they stay in memory."""

    mentions: list[Mention] = field(default_factory=list)
    identifiers: Counter[tuple[str, str]] = field(default_factory=Counter)

    def saw(self, kind: str, value: str) -> None:
        """Count one accepted identifier."""
        self.identifiers[kind, value] += 1

    def add(self, mention: Mention) -> None:
        """Keep a mention unless it says nothing about anybody."""
        if mention.counts or mention.surname or mention.email or mention.phone:
            self.mentions.append(mention)
