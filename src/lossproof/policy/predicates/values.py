"""How values stand in a rule: spans of time, lists of words, yes, and how each reads in a sentence. Not a predicate."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_SPAN = re.compile(r"([1-9][0-9]{0,4})(h|d)", re.ASCII)
_SECONDS = {"h": 3600, "d": 86400}


def span(value: object) -> int:
    """Seconds from "24h" or "31d"."""
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('give a time as "24h" or "31d"')
    return int(found[1]) * _SECONDS[found[2]]


def span_words(seconds: int) -> str:
    """A span as people say it: days where they are whole."""
    if seconds % 86400 == 0:
        days = seconds // 86400
        return "1 day" if days == 1 else f"{days} days"
    hours = seconds // 3600
    return "1 hour" if hours == 1 else f"{hours} hours"


def words(value: object, known: Collection[str]) -> tuple[str, ...]:
    """A sorted list of different words, each one of `known`, at least one."""
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one in known for one in value):
        raise ValueError(f"give a list of some of: {quoted(sorted(known))}")
    return tuple(sorted(set(value)))


def one_of(value: object, known: Collection[str]) -> str:
    """One word of `known`."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"give one of: {quoted(sorted(known))}")
    return value


def yes(value: object) -> bool:
    """True, the one value of a predicate that is either there or left out."""
    if value is not True:
        raise ValueError("give true, or leave it out")
    return True


def quoted(these: Iterable[str]) -> str:
    """Words as TOML has them: they are typed so in every language."""
    return ", ".join(f'"{one}"' for one in these)


def choice(these: Iterable[str], last: str = "or") -> str:
    """Words in a sentence: "a, b or c"."""
    spoken = [one.replace("_", " ") for one in these]
    return spoken[0] if len(spoken) == 1 else f"{', '.join(spoken[:-1])} {last} {spoken[-1]}"


def plurals(these: Iterable[str], last: str = "and") -> str:
    """Words in a sentence, several of each: "cards, discs and sticks"."""
    return choice([f"{one}s" for one in these], last)
