"""The terms that people sign when they accept devices: one file a version, and a version is never changed once it was used."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple


class Terms(NamedTuple):
    """One version of the terms: its text, and the SHA-256 of that text in UTF-8."""

    version: int
    text: str
    digest: str

    @property
    def sentences(self) -> list[str]:
        """One term a line."""
        return [line for line in self.text.splitlines() if line]


@lru_cache(maxsize=1)
def newest() -> Terms:
    """The terms that are signed now: those of the file with the largest number."""
    found = {int(one.name.removesuffix(".txt")): one for one in files(__name__).iterdir() if one.name.endswith(".txt")}
    version = max(found)
    text = found[version].read_text(encoding="utf-8")
    return Terms(version, text, hashlib.sha256(text.encode()).hexdigest())
